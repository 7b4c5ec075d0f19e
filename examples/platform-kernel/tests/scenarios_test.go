package tests

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mockvault.test/mockvault"
	"platform-kernel.test/kernel/services/vault"
)

// TestScenarios: the services live through each incident that mockvault tells,
// with what it expects of its clients. A minute of a story takes as long as the
// requests in it.
func TestScenarios(t *testing.T) {
	t.Parallel()
	set := func(more ...any) map[string]any {
		values := map[string]any{}
		for i := 0; i < len(more); i += 2 {
			values[more[i].(string)] = more[i+1]
		}
		return values
	}
	// The longest pause of the page is 16 s, so that is how long a client may
	// take until it notices that an incident is over. One restart after the
	// other is slept through with it: the pauses of the second one go on in the
	// third. There VAULT_RETRY_MAX_MS has to be shorter.
	for name, story := range map[string]struct {
		role     string
		set      map[string]any
		lasts    time.Duration
		retryMax time.Duration
	}{
		"leader-crash":       {"long", set("again", "17s"), 40 * time.Second, 0},
		"rolling-restart":    {"long", set(), 45 * time.Second, 4 * time.Second},
		"seal-incident":      {"long", set("again", "17s", "patience", "17s"), 3 * time.Minute, 0},
		"renewal-blip":       {"short", set(), time.Minute, 0},
		"max-ttl-cliff":      {"short", set(), 90 * time.Second, 0},
		"login-storm":        {"long", set("again", "17s"), time.Minute, 0},
		"policy-change":      {"long", set("policy", "platform-iam", "again", "17s"), 90 * time.Second, 0},
		"lb-meltdown":        {"long", set("late", "1ms"), 40 * time.Second, 0},
		"audit-after-effect": {"long", set(), 30 * time.Second, 0},
	} {
		name, story := name, story
		t.Run(name, func(t *testing.T) {
			p := start(t)
			config := p.config(story.role)
			config.RetryMax = story.retryMax
			p.play(name, config, story.set, story.lasts)
		})
	}
	// A certificate is a server's, so this one is not shared.
	t.Run("cert-rotation", func(t *testing.T) {
		folder := t.TempDir()
		p := start(t, mockvault.WithFlags("-dev-tls", "-dev-tls-cert-dir="+folder))
		config := p.config("long")
		config.Transport = trusting(t, filepath.Join(folder, "vault-ca.pem"))
		p.play("cert-rotation", config, set("again", "17s"), 40*time.Second)
	})
}

// play has a service that signs and holds credentials live through a story.
func (p *platform) play(name string, config vault.Config, set map[string]any, lasts time.Duration) {
	p.t.Helper()
	judge := p.Scenario(p.t, name, mockvault.ScenarioStart{Set: set, Clock: "virtual"})
	config.WatchInterval = time.Second
	s := p.signing(config)
	var held []vault.Credentials
	s.secrets.UseCredentials(dbRole, func(c vault.Credentials) { held = append(held, c) })
	s.live(lasts)
	s.works()
	if len(held) == 0 {
		p.t.Error("it has no credentials")
	}
	judge()
}

func trusting(t *testing.T, file string) *http.Transport {
	t.Helper()
	ca, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		t.Fatal("no certificate in ", file)
	}
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
}
