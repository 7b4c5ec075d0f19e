package vault

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/hashicorp/vault/api"
)

// session is the service's token.
type session struct {
	login sync.Mutex // one login at a time; of these fields:
	// Logins that fail wait for one another: Vault locks a role out after five.
	failures int
	failed   error
	tryAt    time.Time

	lock    sync.Mutex
	token   string
	ttl     time.Duration // that a login grants; 0: it has no end
	renewAt time.Time
	old     []string // tokens that were replaced and may be alive
	doubted string   // what was made with it, nobody knows
	leases  []*lease
}

// nextOld is a token to revoke; none as long as a lease hangs on one.
func (s *session) nextOld() string {
	s.lock.Lock()
	defer s.lock.Unlock()
	for _, l := range s.leases {
		if l.token != s.token {
			return ""
		}
	}
	if len(s.old) == 0 {
		return ""
	}
	return s.old[0]
}

func (s *session) isRevoked(token string) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if len(s.old) > 0 && s.old[0] == token {
		s.old = s.old[1:]
	}
}

func (s *session) doubt(token string) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.doubted = token
}

func (s *session) isDoubted(token string) bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.doubted == token && token != ""
}

func (s *session) current() string {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.token
}

// login replaces the token, unless another goroutine has done so already.
func (p *Provider) login(ctx context.Context, bad string) error {
	s := &p.session
	s.login.Lock()
	defer s.login.Unlock()
	if s.current() != bad {
		return nil
	}
	now := p.config.Clock.Now()
	if s.failed != nil && now.Before(s.tryAt) {
		return s.failed
	}
	token, ttl, err := p.newToken(ctx)
	if s.failed = err; err != nil {
		s.failures++
		s.tryAt = now.Add(p.config.backoff(s.failures))
		return err
	}
	s.failures = 0
	s.lock.Lock()
	if bad != "" && bad != token {
		s.old = append(s.old, bad)
	}
	s.token, s.ttl = token, ttl
	s.renewAt = p.twoThirds(ttl)
	s.lock.Unlock()
	// Leases end with the token they were made with.
	p.hurry("")
	return nil
}

// newToken logs in with the ids of the AppRole, or looks at the token that the
// deployment gave.
func (p *Provider) newToken(ctx context.Context) (string, time.Duration, error) {
	c := &p.config
	if c.Token != "" {
		secret, err := p.send(ctx, p.client, c.Token, "GET", "auth/token/lookup-self", nil)
		if err != nil {
			return "", 0, err
		}
		ttl, err := secret.TokenTTL()
		return c.Token, ttl, err
	}
	secret, err := p.send(ctx, p.client, "", "PUT", "auth/approle/login",
		map[string]any{"role_id": c.RoleID, "secret_id": c.SecretID})
	if err != nil {
		return "", 0, err
	}
	if secret == nil || secret.Auth == nil {
		return "", 0, errNoAnswer
	}
	return secret.Auth.ClientToken, seconds(secret.Auth.LeaseDuration), nil
}

// keepToken renews the token when two thirds of its time are over. A renewal
// that grants less than a login is near the maximum, and one that is refused
// will not come back: then a new login takes its place, before the token ends.
func (p *Provider) keepToken(ctx context.Context) (time.Time, error) {
	s := &p.session
	s.lock.Lock()
	token, ttl, at := s.token, s.ttl, s.renewAt
	s.lock.Unlock()
	if ttl == 0 {
		return never, nil
	}
	if p.config.Clock.Now().Before(at) {
		return at, nil
	}
	secret, err := p.send(ctx, p.client, token, "PUT", "auth/token/renew-self",
		map[string]any{})
	if err != nil && status(err) != http.StatusForbidden && status(err) != http.StatusBadRequest {
		return at, err
	}
	granted := leaseOf(secret)
	if granted < ttl {
		err = p.login(ctx, token)
	} else {
		s.lock.Lock()
		s.renewAt = p.twoThirds(granted)
		s.lock.Unlock()
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.renewAt, err
}

// revokeOld revokes the tokens that were replaced, once no lease hangs on them.
// That ends, too, what was made by a request whose answer never came.
func (p *Provider) revokeOld(ctx context.Context) (time.Time, error) {
	for {
		token := p.session.nextOld()
		if token == "" {
			return never, nil
		}
		_, err := p.send(ctx, p.client, token, "PUT", "auth/token/revoke-self", nil)
		if err != nil && status(err) != http.StatusForbidden {
			return never, err
		}
		p.session.isRevoked(token)
	}
}

func (p *Provider) twoThirds(ttl time.Duration) time.Time {
	if ttl == 0 {
		return never
	}
	return p.config.Clock.Now().Add(ttl * 2 / 3)
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

func leaseOf(secret *api.Secret) time.Duration {
	if secret == nil {
		return 0
	}
	if secret.Auth != nil {
		return seconds(secret.Auth.LeaseDuration)
	}
	return seconds(secret.LeaseDuration)
}
