// Package tests shows how a service is tested that lives by Vault. Each test has
// a Vault of its own, whose time stands still until somebody sleeps: then it
// goes on by that much at once. So an hour of the service's life takes as long
// as its requests do.
package tests

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"mockvault.test/mockvault"
	"platform-kernel.test/kernel/services/gateway"
	"platform-kernel.test/kernel/services/iam"
	"platform-kernel.test/kernel/services/vault"
)

// What every Vault here begins with: the page's policies, keys and database, and
// roles that log in with these policies. The server reads it once, at its start;
// each test's space is a copy.
var fixtures = []string{"../../../fixtures/platform-kernel.json", "testdata/platform.json"}

func TestMain(m *testing.M) {
	os.Exit(withFixtures(m.Run))
}

func withFixtures(run func() int) int {
	folder, err := os.MkdirTemp("", "fixtures")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	for n, file := range fixtures {
		text, err := os.ReadFile(file)
		if err == nil {
			err = os.WriteFile(fmt.Sprintf("%s/%d.json", folder, n), text, 0o600)
		}
		if err != nil {
			panic(err)
		}
	}
	os.Setenv("MOCKVAULT_FIXTURES", folder)
	return run()
}

// platform is a Vault with what the page sets up, and the services' clock.
type platform struct {
	*mockvault.Vault
	t     *testing.T
	clock *clock
}

func start(t *testing.T, options ...mockvault.Option) *platform {
	t.Helper()
	t.Parallel()
	v := mockvault.Start(t, options...)
	v.Clock.Freeze(t)
	return &platform{v, t, &clock{t: t, vault: v, now: v.Clock.Now(t)}}
}

// config is that of a service with an AppRole of testdata/platform.json.
func (p *platform) config(role string) vault.Config {
	return vault.Config{Addr: p.Addr, RoleID: role, SecretID: secretIDs[role],
		Clock: p.clock}
}

var secretIDs = map[string]string{
	"platform-iam": "s3cret-iam", "platform-domain-resolver": "s3cret-domains",
	"platform-services": "s3cret-services", "platform-operator": "s3cret-operator",
	"long": "s3cret-long", "short": "s3cret-short",
}

func (p *platform) open(config vault.Config) *vault.Provider {
	p.t.Helper()
	provider, err := vault.Open(context.Background(), config)
	if err != nil {
		p.t.Fatal(err)
	}
	return provider
}

// run lets a service live for so long.
func (p *platform) run(provider *vault.Provider, d time.Duration) {
	p.t.Helper()
	p.clock.endAfter(d)
	defer p.clock.endAfter(0)
	if err := provider.Run(context.Background()); !errors.Is(err, errOver) {
		p.t.Fatal(err)
	}
}

// put is what an operator does.
func (p *platform) put(path string, data any) {
	p.t.Helper()
	if _, err := p.Client().Logical().Write(path, map[string]any{"data": data}); err != nil {
		p.t.Fatal(err)
	}
}

// ---- time ----

var errOver = errors.New("the time that the test gave is over")

// clock is the services' clock and the Vault's: who sleeps moves it.
type clock struct {
	t     testing.TB
	vault *mockvault.Vault

	lock     sync.Mutex
	now, end time.Time
	slept    []time.Duration
}

func (c *clock) Now() time.Time {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.lock.Lock()
	defer c.lock.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	d = (d + time.Millisecond - 1).Truncate(time.Millisecond)
	if !c.end.IsZero() && c.now.Add(d).After(c.end) {
		c.advance(c.end.Sub(c.now))
		return errOver
	}
	c.advance(d)
	c.slept = append(c.slept, d)
	return nil
}

func (c *clock) advance(d time.Duration) {
	if d > 0 {
		c.vault.Clock.Advance(c.t, d)
		c.now = c.now.Add(d)
	}
}

// pass moves the time while no service runs.
func (c *clock) pass(d time.Duration) {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.advance(d)
}

// endAfter says when sleeping fails; 0: never.
func (c *clock) endAfter(d time.Duration) {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.end = time.Time{}
	if d > 0 {
		c.end = c.now.Add(d)
	}
}

// ---- IAM and the gateway ----

// signing is IAM with its provider, and a gateway.
type signing struct {
	*platform
	secrets *vault.Provider
	iam     *iam.IAM
	gateway *gateway.Gateway
}

func (p *platform) signing(config vault.Config) *signing {
	p.t.Helper()
	s := &signing{platform: p, secrets: p.open(config), gateway: gateway.New(p.clock.Now)}
	s.iam = iam.New(s.secrets, p.clock.Now, vault.DefaultGrace, s.gateway.Accept)
	return s
}

func (s *signing) live(d time.Duration) {
	s.t.Helper()
	s.run(s.secrets, d)
}

func (s *signing) token(lives time.Duration) string {
	s.t.Helper()
	token, err := s.iam.Token("alice", lives)
	if err != nil {
		s.t.Fatal(err)
	}
	return token
}

// accepts fails the test unless the gateway takes the token, or refuses it.
func (s *signing) accepts(token string, want bool) {
	s.t.Helper()
	claims, err := s.gateway.Check(token)
	if got := err == nil && claims.Subject == "alice"; got != want {
		s.t.Errorf("the gateway accepts it: %v, wanted %v: %v", got, want, err)
	}
}

func (s *signing) works() {
	s.t.Helper()
	s.accepts(s.token(time.Minute), true)
}

// rotate is what an operator does.
func (s *signing) rotate() *vault.Rotation {
	s.t.Helper()
	operator := s.open(s.config("platform-operator"))
	r, err := iam.Rotate(context.Background(), operator)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

var login = &mockvault.Match{Op: "login"}
