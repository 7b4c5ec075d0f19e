package tests

import (
	"testing"
	"time"

	"mockvault.test/mockvault"
	"platform-kernel.test/kernel/services/vault"
)

const dbRole = "platform-db-role"

var creds = &mockvault.Match{Path: "database/creds/**"}

// users is a service that holds a database's credentials.
type users struct {
	*platform
	secrets *vault.Provider
	held    []vault.Credentials
}

func (p *platform) users(config vault.Config) *users {
	p.t.Helper()
	u := &users{platform: p, secrets: p.open(config)}
	u.secrets.UseCredentials(dbRole, func(c vault.Credentials) { u.held = append(u.held, c) })
	return u
}

func (u *users) live(d time.Duration) {
	u.t.Helper()
	u.run(u.secrets, d)
}

// works fails the test unless the lease of what it holds is alive, and is the
// only one.
func (u *users) works() {
	u.t.Helper()
	if len(u.held) == 0 {
		u.t.Fatal("it has no credentials")
	}
	last := u.held[len(u.held)-1]
	if last.Username == "" || last.Password == "" {
		u.t.Error(last)
	}
	found, err := u.Client().Sys().Lookup(last.LeaseID)
	if err != nil || found == nil {
		u.t.Errorf("%s is dead: %v", last.LeaseID, err)
	}
	u.Verify(u.t, mockvault.Verify{Tokens: &mockvault.VerifyTokens{
		Unrevoked: mockvault.Ptr(1)}})
}

// TestCredentials: the lease is renewed while its token lives; with each new
// token come new credentials before the old ones end, as leases end with their
// token. In two days there is no moment without.
func TestCredentials(t *testing.T) {
	p := start(t)
	config := p.config("platform-services")
	config.WatchInterval = 10 * time.Minute
	u := p.users(config)
	for hour := 0; hour < 48; hour++ {
		u.live(time.Hour)
		u.works()
	}
	if n := len(u.held); n < 12 || n > 16 {
		t.Error(n, " credentials in 48 hours of tokens that live 4")
	}
	p.Verify(t, mockvault.Verify{Status: 403, Times: 0},
		mockvault.Verify{Match: &mockvault.Match{Path: "sys/leases/renew"},
			Status: 200, Times: mockvault.VerifyTimes{Min: mockvault.Ptr(48)}})
}

// TestLeaseMaximum: a token without end does not make a lease live longer than
// its role allows.
func TestLeaseMaximum(t *testing.T) {
	p := start(t)
	u := p.users(vault.Config{Addr: p.Addr, Token: "kernel-dev-root-token",
		Clock: p.clock, WatchInterval: 10 * time.Minute})
	for day := 0; day < 3; day++ {
		u.live(24 * time.Hour)
		last := u.held[len(u.held)-1]
		if _, err := p.Client().Sys().Lookup(last.LeaseID); err != nil {
			t.Errorf("%s is dead: %v", last.LeaseID, err)
		}
	}
	if n := len(u.held); n < 3 || n > 5 {
		t.Error(n, " credentials in three days of leases that live one")
	}
}

// TestLeaseGone: somebody revoked all leases of the database.
func TestLeaseGone(t *testing.T) {
	p := start(t)
	u := p.users(p.config("platform-services"))
	u.live(time.Minute)
	p.Outage(t, "lease-gone", mockvault.Outage{Params: map[string]any{
		"prefix": "database/creds/"}})
	u.live(time.Hour) // it is noticed by the next renewal
	u.works()
	if len(u.held) != 2 {
		t.Error(u.held)
	}
}

// TestLostCredentials: the user was made, and the answer was lost. The service
// takes another token and asks by that, and the first user goes with the first
// token. Asking again alone would leave a user that nobody knows.
func TestLostCredentials(t *testing.T) {
	t.Parallel()
	for name, outage := range map[string]struct {
		name   string
		params map[string]any
	}{
		"reset":   {"reset", map[string]any{"at": "request", "effect": "before-fault", "times": 1}},
		"audit":   {"audit-fail", map[string]any{"side": "response", "times": 1}},
		"in half": {"truncate", map[string]any{"times": 1}},
	} {
		outage := outage
		t.Run(name, func(t *testing.T) {
			p := start(t)
			p.Outage(t, outage.name, mockvault.Outage{Params: outage.params, Match: creds})
			u := p.users(p.config("platform-services"))
			u.live(time.Minute)
			u.works()
			p.Verify(t, mockvault.Verify{Match: creds, Times: 2},
				mockvault.Verify{Match: login, Times: 2})
		})
	}
}

// TestDatabaseDown: no answer is doubted where nothing can have been made.
func TestDatabaseDown(t *testing.T) {
	p := start(t, mockvault.WithOutage("rate-limit", mockvault.Outage{
		Params: map[string]any{"rate": 0}, Match: creds, For: "1m", Clock: "virtual"}))
	u := p.users(p.config("platform-services"))
	u.live(2 * time.Minute)
	u.works()
	p.Verify(t, mockvault.Verify{Match: login, Times: 1})
}
