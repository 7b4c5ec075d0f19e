package app

import (
	"context"
	"net/http"
	"testing"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/modules/vault"
)

// The one line that differs from a test with Vault's image.
const image = "mockvault"

func start(t *testing.T) *vault.VaultContainer {
	// The module types each set of commands again until all of it succeeds, so
	// a set says only what can be said twice; what cannot (secrets enable) is
	// last in its set.
	c, err := vault.Run(context.Background(), image,
		vault.WithToken("root"),
		vault.WithInitCommand(
			"kv put secret/app password=hunter2",
			"secrets enable transit"))
	testcontainers.CleanupContainer(t, c)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func status(t *testing.T, c *vault.VaultContainer) int {
	address, err := c.HttpHostAddress(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	request, _ := http.NewRequest("GET", address+"/v1/secret/data/app", nil)
	request.Header.Set("X-Vault-Token", "root")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode
}

func order(t *testing.T, c *vault.VaultContainer, words ...string) {
	words = append([]string{"mockvault", "ctl"}, words...)
	if code, _, err := c.Exec(context.Background(), words); code != 0 {
		t.Fatal(words, code, err)
	}
}

func TestSealedForAWhile(t *testing.T) {
	c := start(t)
	if got := status(t, c); got != 200 {
		t.Fatal(got)
	}
	order(t, c, "outage", "sealed")
	if got := status(t, c); got != 503 {
		t.Fatal(got)
	}
	order(t, c, "outage", "off", "sealed")
	if got := status(t, c); got != 200 {
		t.Fatal(got)
	}
}
