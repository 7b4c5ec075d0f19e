package tests

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"mockvault.test/mockvault"
	"platform-kernel.test/kernel/services/iam"
	"platform-kernel.test/kernel/services/vault"
)

// TestOutages: two minutes of each in the middle of a service's life. It signs
// all the while with the key that it has, asks no more often than its back-off
// says, keeps its token, and has the key that came meanwhile when the outage is
// over, at the latest after the longest back-off.
func TestOutages(t *testing.T) {
	t.Parallel()
	data := &mockvault.Match{Path: "secret/**"}
	// These it need not notice.
	harmless := map[string]bool{"slow": true, "wrong clock": true, "blips": true,
		"flapping": true}
	for name, outage := range map[string]struct {
		name   string
		params map[string]any
		match  *mockvault.Match
	}{
		"sealed":        {name: "sealed"},
		"standby":       {name: "no-leader"},
		"redirect":      {name: "redirect", params: map[string]any{"to": "unreachable"}},
		"not forwarded": {name: "forward-fail", params: map[string]any{"as": "unavailable", "stall": "1ms"}},
		"500":           {name: "storage-error"},
		"blips":         {name: "storage-error", params: map[string]any{"every": 2}},
		"rate limit":    {name: "rate-limit", params: map[string]any{"rate": 0}},
		"overloaded":    {name: "brown-out", params: map[string]any{"as": "503", "grow": "0s"}},
		"slow":          {name: "slow", params: map[string]any{"delay": "5ms"}},
		"proxy's page":  {name: "lb-html"},
		"200, no Vault": {name: "lb-200-html"},
		"no bytes":      {name: "empty"},
		"cut short":     {name: "truncate"},
		"no HTTP":       {name: "garbage"},
		"RST":           {name: "reset", params: map[string]any{"at": "request"}},
		"down":          {name: "refuse"},
		"upgrading":     {name: "kv-upgrading"},
		"flapping":      {name: "permission-flap", match: data},
		"deleted":       {name: "kv-deleted", params: map[string]any{"path": "secret/platform/iam/jwt-keys"}},
		"policy lost":   {name: "policy-lost", params: map[string]any{"policy": "platform-iam"}},
		"wrong clock":   {name: "clock-skew", params: map[string]any{"by": "-90s"}},
	} {
		name, outage := name, outage
		t.Run(name, func(t *testing.T) {
			p := start(t)
			s := p.signing(p.config("platform-iam"))
			s.live(time.Minute)
			end := s.Outage(t, outage.name, mockvault.Outage{
				Params: outage.params, Match: outage.match})
			for i := 0; i < 4; i++ {
				s.live(30 * time.Second)
				s.works()
			}
			if err := s.secrets.Trouble(); (err == nil) != harmless[name] {
				t.Error("what the service says of itself: ", err)
			}
			end()
			r := s.rotate()
			s.live(30 * time.Second)
			if err := s.secrets.Trouble(); err != nil {
				t.Error(err)
			}
			if s.iam.Version() != r.New {
				t.Errorf("IAM signs with version %d, there is %d", s.iam.Version(), r.New)
			}
			s.works()
			s.Verify(t,
				mockvault.Verify{Match: login, Times: 2}, // IAM's and the operator's
				mockvault.Verify{Clock: "virtual", Rate: &mockvault.VerifyRate{
					Max: mockvault.Ptr(8), Per: "1s"}})
		})
	}
}

// TestHang: a request that is never answered ends with the service's own limit,
// the only real time that a test here waits.
func TestHang(t *testing.T) {
	p := start(t)
	config := p.config("platform-iam")
	config.RequestTimeout = 100 * time.Millisecond
	s := p.signing(config)
	s.live(time.Second)
	s.Outage(t, "storage-hang", mockvault.Outage{For: "31s", Clock: "virtual",
		Match: &mockvault.Match{Path: "secret/**"}})
	s.live(time.Minute)
	s.works()
	s.Verify(t, mockvault.Verify{Rule: "storage-hang",
		Times: mockvault.VerifyTimes{Min: mockvault.Ptr(2)}},
		mockvault.Verify{Match: &mockvault.Match{Path: "secret/**"}, EndsWith: "success"})
}

// TestTokenEnds: the token is dead before its time, because somebody revoked it
// or a machine slept. The next request notices, and logs in once.
func TestTokenEnds(t *testing.T) {
	t.Parallel()
	for _, outage := range []string{"token-expired", "token-revoked", "token-exhausted", "clock-jump"} {
		outage := outage
		t.Run(outage, func(t *testing.T) {
			p := start(t)
			s := p.signing(p.config("platform-iam"))
			s.live(time.Minute)
			s.Outage(t, outage)
			s.live(2 * time.Minute)
			s.works()
			s.Verify(t, mockvault.Verify{Match: login, Times: 2},
				mockvault.Verify{EndsWith: "success"})
		})
	}
}

// TestRenewDenied: the policy that lets a token renew itself is gone. The token
// lives on for a third of its time, and another one is taken.
func TestRenewDenied(t *testing.T) {
	p := start(t, mockvault.WithOutage("renew-denied"))
	config := p.config("platform-iam")
	config.WatchInterval = 5 * time.Minute
	s := p.signing(config)
	s.live(2 * time.Hour)
	s.works()
	s.Verify(t, mockvault.Verify{Match: login, Times: 4},
		mockvault.Verify{Match: &mockvault.Match{Path: "secret/**"}, Status: 403, Times: 0})
}

// TestAmnesia: a development server was restarted and has lost everything. The
// service goes on with the key it has and is back when the roles are.
func TestAmnesia(t *testing.T) {
	p := start(t)
	s := p.signing(p.config("platform-iam"))
	s.live(time.Minute)
	s.Outage(t, "amnesia", mockvault.Outage{For: "3m", Clock: "virtual"})
	s.live(2 * time.Minute)
	s.works()
	s.live(2 * time.Minute)
	s.rotate()
	s.live(time.Minute)
	s.works()
	s.Verify(t, mockvault.Verify{Match: login, Clock: "virtual",
		Rate: &mockvault.VerifyRate{Max: mockvault.Ptr(4), Per: "1s"}})
}

// TestSecretIDEnds: the service lives as long as its token, and no login
// succeeds after it. It goes on signing, and its health check says what is wrong.
// After five logins Vault locks the role out and says 403 instead of 400, so it
// tries no more often than its back-off says, whatever else there is to do.
func TestSecretIDEnds(t *testing.T) {
	p := start(t)
	config := p.config("platform-iam")
	config.WatchInterval = 5 * time.Minute
	s := p.signing(config)
	s.live(time.Minute)
	s.Outage(t, "secret-id-expired", mockvault.Outage{
		Params: map[string]any{"role": "platform-iam"}})
	s.live(3 * time.Hour)
	s.works()
	s.Verify(t, mockvault.Verify{Match: login, Times: 1})
	s.live(3 * time.Hour)
	s.works()
	if _, err := s.secrets.GetSecret(context.Background(), iam.KeyPath); err == nil {
		t.Error("its token is dead and it reads")
	}
	if err := s.secrets.Trouble(); err == nil || !strings.Contains(err.Error(), "auth/approle/login") {
		t.Error(err)
	}
	s.Verify(t, mockvault.Verify{Match: login, Clock: "virtual",
		Status: 403, Spacing: &mockvault.VerifySpacing{Min: "8s"}})
}

// TestCallGivesUp: what the service asks for outside its background work ends
// with an error after a minute, not with a hang.
func TestCallGivesUp(t *testing.T) {
	p := start(t)
	secrets := p.open(p.config("platform-iam"))
	p.Outage(t, "sealed")
	began := p.clock.Now()
	if _, err := secrets.GetSecret(context.Background(), iam.KeyPath); err == nil ||
		errors.Is(err, vault.ErrNotFound) {
		t.Error(err)
	}
	if took := p.clock.Now().Sub(began); took < 30*time.Second || took > time.Minute {
		t.Error("it gave up after ", took)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := secrets.GetSecret(ctx, iam.KeyPath); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
