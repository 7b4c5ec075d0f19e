package tests

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"mockvault.test/mockvault"
	"platform-kernel.test/kernel/services/iam"
	"platform-kernel.test/kernel/services/vault"
)

func env(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

// TestDevelopment is the page's first setup: the root token by VAULT_TOKEN.
func TestDevelopment(t *testing.T) {
	p := start(t)
	config, err := vault.FromEnv(env(map[string]string{
		"VAULT_ADDR": p.Addr, "VAULT_TOKEN": "kernel-dev-root-token",
		"VAULT_WATCH_INTERVAL_SEC": "30"}))
	if err != nil {
		t.Fatal(err)
	}
	config.Clock = p.clock
	s := p.signing(config)
	s.live(time.Minute)
	s.works()
	p.Verify(t, mockvault.Verify{Match: login, Times: 0})
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	for _, wrong := range []map[string]string{
		{},
		{"VAULT_ROLE_ID": "r"},
		{"VAULT_TOKEN": "t", "VAULT_RETRY_MAX_MS": "16s"},
		{"VAULT_TOKEN": "t", "VAULT_INIT_TIMEOUT_SEC": "0"},
	} {
		if c, err := vault.FromEnv(env(wrong)); err == nil {
			t.Error(wrong, c)
		}
	}
}

// TestNoFallback: where Vault is not there the service does not start, whatever
// the environment holds, after the time of the page and with its back-off.
func TestNoFallback(t *testing.T) {
	p := start(t, mockvault.WithOutage("refuse"))
	config, err := vault.FromEnv(env(map[string]string{
		"VAULT_ADDR": p.Addr, "VAULT_ROLE_ID": "platform-iam",
		"VAULT_SECRET_ID": secretIDs["platform-iam"],
		"JWT_PRIVATE_KEY": "a key", "JWT_PUBLIC_KEY": "a key"}))
	if err != nil {
		t.Fatal(err)
	}
	config.Clock = p.clock
	_, err = vault.Open(context.Background(), config)
	if !errors.Is(err, vault.ErrInit) {
		t.Fatal(err)
	}
	want := "[250ms 500ms 1s 2s 4s 8s 16s 16s 16s 16s 16s 16s]" // 111.75 s
	if slept := fmt.Sprint(p.clock.slept); slept != want {
		t.Error("it waited ", slept)
	}
}

// TestLateVault: it comes up, sealed, in the middle of the start.
func TestLateVault(t *testing.T) {
	p := start(t, mockvault.WithOutage("sealed", mockvault.Outage{
		For: "30s", Clock: "virtual"}))
	s := p.signing(p.config("platform-iam"))
	s.live(time.Second)
	s.works()
	p.Verify(t,
		mockvault.Verify{Match: login, EndsWith: "success"},
		mockvault.Verify{Match: login, Clock: "virtual", Times: 8,
			Spacing: &mockvault.VerifySpacing{Min: "250ms", Max: "16s",
				Growing: mockvault.Ptr(2.0)}})
}

// TestAppRole sets the role up by the page's commands, as they stand.
func TestAppRole(t *testing.T) {
	p := start(t, mockvault.From("empty"), mockvault.WithFixtures(
		`{"kv": {"secret/platform/iam/jwt-keys": "{{es256}}"}}`))
	said := p.script("testdata/approle.sh", p.Token)
	config := vault.Config{Addr: p.Addr, Clock: p.clock,
		RoleID: field(t, said, "role_id"), SecretID: field(t, said, "secret_id")}
	s := p.signing(config)
	s.live(time.Minute)
	s.works()
}

// TestTokenLife: an hour's token is renewed up to four hours and replaced before
// they are over. In a day that nobody sees nothing is asked with a dead token.
func TestTokenLife(t *testing.T) {
	p := start(t)
	config := p.config("platform-iam")
	config.WatchInterval = 10 * time.Minute
	s := p.signing(config)
	s.live(24 * time.Hour)
	s.works()
	p.Verify(t,
		mockvault.Verify{Status: 403, Times: 0},
		mockvault.Verify{Match: login, Times: mockvault.VerifyTimes{
			Min: mockvault.Ptr(6), Max: mockvault.Ptr(8)}},
		mockvault.Verify{Match: &mockvault.Match{Op: "renew"},
			Times: mockvault.VerifyTimes{Min: mockvault.Ptr(24)}},
		mockvault.Verify{Match: &mockvault.Match{Path: "auth/token/revoke-self"},
			Status: 204, Times: mockvault.VerifyTimes{Min: mockvault.Ptr(5)}})
}

// TestLeastPrivilege: what the page's table gives a service, and not more.
func TestLeastPrivilege(t *testing.T) {
	const (
		keys   = "secret/data/platform/iam/jwt-keys"
		domain = "secret/data/platform/domains/example.com/cert"
		creds  = "database/creds/platform-db-role"
	)
	p := start(t)
	type row map[string]string // path: capabilities, in the order of Vault
	for policy, may := range map[string]row{
		"platform-iam":             {keys: "read", "secret/metadata/platform/iam/mfa-key": "list read", domain: "deny", creds: "deny"},
		"platform-domain-resolver": {keys: "deny", domain: "create delete read update", creds: "deny"},
		"platform-services":        {keys: "deny", domain: "deny", creds: "read"},
		"jwt-rotation-job":         {keys: "create update", "secret/data/platform/iam/mfa-key": "deny", domain: "deny", creds: "deny"},
	} {
		client := p.Client()
		client.SetToken(tokenOf(t, client, policy))
		for path, want := range may {
			got, err := client.Sys().CapabilitiesSelf(path)
			if err != nil || joined(got) != want {
				t.Errorf("%s: %s: %v, wanted %s: %v", policy, path, got, want, err)
			}
		}
	}
	// Reading is all that IAM may do with its keys.
	secrets := p.open(p.config("platform-iam"))
	if _, err := iam.Rotate(context.Background(), secrets); !errors.Is(err, vault.ErrForbidden) {
		t.Error(err)
	}
	if _, err := secrets.GetSecret(context.Background(), "platform/domains/example.com/cert"); !errors.Is(err, vault.ErrForbidden) {
		t.Error(err)
	}
	if _, err := secrets.GetSecret(context.Background(), "platform/iam/zork"); !errors.Is(err, vault.ErrNotFound) {
		t.Error(err)
	}
	p.Verify(t, mockvault.Verify{Match: login, Times: 1}) // 403 is no reason to log in
}
