package tests

import (
	"context"
	"errors"
	"testing"
	"time"

	"mockvault.test/mockvault"
	"platform-kernel.test/kernel/services/iam"
	"platform-kernel.test/kernel/services/vault"
)

const day = 24 * time.Hour

// TestRotation: two keys for a day, and one afterwards.
func TestRotation(t *testing.T) {
	p := start(t)
	config := p.config("platform-iam")
	config.WatchInterval = 5 * time.Minute
	s := p.signing(config)
	s.live(time.Second)
	old := s.token(30 * time.Hour)
	before := s.iam.Version()

	operator := p.open(p.config("platform-operator"))
	r, err := iam.Rotate(context.Background(), operator)
	if err != nil {
		t.Fatal(err)
	}
	if r.Old != before || r.New != before+1 {
		t.Fatal(r)
	}
	s.live(config.WatchInterval)
	if s.iam.Version() != r.New {
		t.Error("IAM signs with version ", s.iam.Version())
	}
	s.works()
	s.accepts(old, true)

	p.run(operator, 23*time.Hour) // nothing is destroyed too early
	s.accepts(old, true)
	if _, err := s.secrets.GetVersion(context.Background(), iam.KeyPath, r.Old); err != nil {
		t.Error(err)
	}
	p.run(operator, 2*time.Hour)
	s.accepts(old, false) // by its key: its own time is not over
	s.works()
	if _, err := s.secrets.GetVersion(context.Background(), iam.KeyPath, r.Old); !errors.Is(err, vault.ErrNotFound) {
		t.Error(err)
	}
}

// TestRestartInGrace: a service that starts between two keys knows both.
func TestRestartInGrace(t *testing.T) {
	p := start(t)
	first := p.signing(p.config("platform-iam"))
	first.live(time.Second)
	old := first.token(time.Hour)
	first.rotate()
	second := p.signing(p.config("platform-iam"))
	second.live(time.Second)
	second.accepts(old, true)
	second.works()
}

// TestNinetyDays is the page's CronJob, as it stands, four times in a year.
func TestNinetyDays(t *testing.T) {
	p := start(t)
	config := p.config("platform-iam")
	config.WatchInterval = 10 * time.Minute
	s := p.signing(config)
	s.live(time.Second)
	for n := 1; n <= 4; n++ {
		before, signed := s.iam.Version(), s.token(100*day)
		p.clock.pass(90 * day) // the machine sleeps; the token has ended
		p.script("testdata/rotate-jwt.sh", p.cronToken())
		overlap := s.token(30 * time.Hour)
		s.live(config.WatchInterval + 16*time.Second)
		if s.iam.Version() != before+1 {
			t.Fatal("IAM signs with version ", s.iam.Version(), " after ", before)
		}
		s.works()
		s.accepts(signed, true)
		s.accepts(overlap, true)
		p.clock.pass(day)
		s.accepts(signed, false)
		s.accepts(overlap, false)
		s.works()
	}
	p.Verify(t, mockvault.Verify{Match: &mockvault.Match{Op: "write",
		Path: "secret/data/platform/iam/jwt-keys"}, Status: 200, Times: 4})
}

// cronToken is what the secret vault-rotation-token of the page holds.
func (p *platform) cronToken() string {
	p.t.Helper()
	return tokenOf(p.t, p.Client(), "jwt-rotation-job")
}

// TestTwoOperators: who comes second is told so.
func TestTwoOperators(t *testing.T) {
	p := start(t)
	ctx := context.Background()
	a, b := p.open(p.config("platform-operator")), p.open(p.config("platform-operator"))
	current, err := a.GetSecret(ctx, iam.KeyPath)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = a.PutSecret(ctx, iam.KeyPath, vault.Data{"k": "a"}, current.Version); err != nil {
		t.Fatal(err)
	}
	if _, err = b.PutSecret(ctx, iam.KeyPath, vault.Data{"k": "b"}, current.Version); !errors.Is(err, vault.ErrConflict) {
		t.Error(err)
	}
}

// TestLostAnswer: the rotation took effect and nobody heard of it. It is not
// done twice.
func TestLostAnswer(t *testing.T) {
	p := start(t, mockvault.WithOutage("reset", mockvault.Outage{
		Params: map[string]any{"at": "headers", "effect": "before-fault", "times": 1},
		Match:  &mockvault.Match{Op: "write", Path: "secret/**"}}))
	s := p.signing(p.config("platform-iam"))
	s.live(time.Second)
	before := s.iam.Version()
	if r := s.rotate(); r.New != before+1 {
		t.Error(r)
	}
	s.live(time.Minute)
	if s.iam.Version() != before+1 {
		t.Error("IAM signs with version ", s.iam.Version())
	}
}

// TestBrokenKey: a key that cannot be read is not signed with, and the next one
// is.
func TestBrokenKey(t *testing.T) {
	p := start(t)
	s := p.signing(p.config("platform-iam"))
	s.live(time.Second)
	before := s.iam.Version()
	p.put("secret/data/platform/iam/jwt-keys", map[string]any{"private_key": "zork"})
	s.live(time.Minute)
	s.works()
	if s.iam.Version() != before {
		t.Error("IAM signs with version ", s.iam.Version())
	}
}
