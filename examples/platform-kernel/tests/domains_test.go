package tests

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"sync"
	"testing"
	"time"

	"mockvault.test/mockvault"
	"platform-kernel.test/kernel/services/domains"
	"platform-kernel.test/kernel/services/vault"
)

// stored reads a domain's certificate back, and checks that key and certificate
// are a pair.
func (p *platform) stored(secrets vault.SecretProvider, domain string) (*x509.Certificate, int) {
	p.t.Helper()
	secret, err := secrets.GetSecret(context.Background(), domains.Path(domain))
	if err != nil {
		p.t.Fatal(err)
	}
	pair, err := tls.X509KeyPair([]byte(secret.Data["fullchain"]), []byte(secret.Data["privkey"]))
	if err != nil {
		p.t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		p.t.Fatal(err)
	}
	if err := leaf.VerifyHostname(domain); err != nil {
		p.t.Error(err)
	}
	return leaf, secret.Version
}

// TestCertificates: a year of a domain. Its certificate is looked at once a day,
// replaced when it has 30 days left, and never older than that.
func TestCertificates(t *testing.T) {
	p := start(t)
	ctx := context.Background()
	secrets := p.open(p.config("platform-domain-resolver"))
	resolver := domains.New(secrets, p.clock.Now)
	const domain = "shop.example.com"
	renewed := 0
	for d := 0; d < 365; d++ {
		did, err := resolver.Renew(ctx, domain)
		if err != nil {
			t.Fatal(d, err)
		}
		if did {
			renewed++
			leaf, version := p.stored(secrets, domain)
			if version != renewed {
				t.Error("version ", version, " after ", renewed)
			}
			if left := leaf.NotAfter.Sub(p.clock.Now()); left < domains.Lives-time.Hour {
				t.Error("a new one has ", left)
			}
		}
		p.clock.pass(day)
	}
	if renewed != 7 { // on day 0, 60, 120, ... 360
		t.Error(renewed, " certificates")
	}
	leaf, _ := p.stored(secrets, domain)
	if left := leaf.NotAfter.Sub(p.clock.Now()); left < domains.RenewBefore {
		t.Error("it has ", left)
	}
}

// TestOldCertificate: the one that Certbot put there is kept until its time.
func TestOldCertificate(t *testing.T) {
	p := start(t)
	ctx := context.Background()
	secrets := p.open(p.config("platform-domain-resolver"))
	resolver := domains.New(secrets, p.clock.Now)
	for _, step := range []struct {
		pass time.Duration
		want bool
	}{{0, false}, {59 * day, false}, {2 * day, true}, {0, false}} {
		p.clock.pass(step.pass)
		if did, err := resolver.Renew(ctx, "example.com"); did != step.want || err != nil {
			t.Error(step, did, err)
		}
	}
	if _, version := p.stored(secrets, "example.com"); version != 2 {
		t.Error("version ", version)
	}
	if _, err := secrets.GetVersion(ctx, domains.Path("example.com"), 1); err != nil {
		t.Error("the old one is not kept: ", err)
	}
}

// TestTwoResolvers: both find the certificate old at the same moment. One
// version comes of it, and no error.
func TestTwoResolvers(t *testing.T) {
	p := start(t)
	ctx := context.Background()
	// Both are held before they write, and go on together.
	p.Rule(t, mockvault.Rule{ID: "both", Match: &mockvault.Match{Op: "write", Path: "secret/**"},
		Then: []any{map[string]any{"hold": map[string]any{"for": "30s"}}}})
	var wait sync.WaitGroup
	for i := 0; i < 2; i++ {
		resolver := domains.New(p.open(p.config("platform-domain-resolver")), p.clock.Now)
		wait.Add(1)
		go func() {
			defer wait.Done()
			if _, err := resolver.Renew(ctx, "two.example.com"); err != nil {
				t.Error(err)
			}
		}()
	}
	p.Wait(t, mockvault.Wait{Match: &mockvault.Match{Path: "pki/issue/**"}, N: mockvault.Ptr(2)})
	p.release("both", 2)
	wait.Wait()
	if _, version := p.stored(p.open(p.config("platform-domain-resolver")), "two.example.com"); version != 1 {
		t.Error("version ", version)
	}
}

// TestNoNewCertificate: Vault is away on the day of the renewal. The old one has
// 30 days left, and the next day's look replaces it.
func TestNoNewCertificate(t *testing.T) {
	p := start(t)
	ctx := context.Background()
	secrets := p.open(p.config("platform-domain-resolver"))
	resolver := domains.New(secrets, p.clock.Now)
	p.clock.pass(61 * day)
	end := p.Outage(t, "storage-error", mockvault.Outage{Match: &mockvault.Match{Path: "pki/**"}})
	if did, err := resolver.Renew(ctx, "example.com"); did || err == nil {
		t.Error(did, err)
	}
	if _, version := p.stored(secrets, "example.com"); version != 1 {
		t.Error("version ", version)
	}
	end()
	p.clock.pass(day)
	if did, err := resolver.Renew(ctx, "example.com"); !did || err != nil {
		t.Error(did, err)
	}
}
