package app

import (
	"context"
	"testing"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
	"mockvault.test/mockvault"
)

func mockvaultContainer(t *testing.T) (address string) {
	c, err := testcontainers.Run(context.Background(), "mockvault",
		testcontainers.WithExposedPorts("8200/tcp"),
		testcontainers.WithEnv(map[string]string{"VAULT_DEV_ROOT_TOKEN_ID": "root"}),
		testcontainers.WithWaitStrategy(wait.ForHTTP("/_mock/ready").WithPort("8200/tcp")))
	testcontainers.CleanupContainer(t, c)
	if err == nil {
		address, err = c.PortEndpoint(context.Background(), "8200/tcp", "http")
	}
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func TestEachTestHasASpaceOfIt(t *testing.T) {
	address := mockvaultContainer(t)
	vault := mockvault.Join(t, address, mockvault.WithFixtures(
		`{"kv": {"secret/app": {"password": "hunter2"}}}`))
	other := mockvault.Join(t, address)
	read := func(v *mockvault.Vault) bool {
		client := v.Client()
		client.SetMaxRetries(0)
		secret, err := client.Logical().Read("secret/data/app")
		return err == nil && secret != nil
	}
	end := vault.Outage(t, "sealed")
	if read(vault) {
		t.Fatal("read in an outage")
	}
	end()
	if !read(vault) || read(other) {
		t.Fatal("not read by the one, or by the other")
	}
	vault.Verify(t, mockvault.Verify{Times: 2, EndsWith: "success"})
	other.Verify(t, mockvault.Verify{Times: 1, Status: 404})
}
