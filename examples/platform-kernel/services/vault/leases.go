package vault

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// lease is the credentials of one role.
type lease struct {
	role    string
	changed func(Credentials)

	credentials Credentials
	token       string // that they were made with, and end with
	ttl         time.Duration
	renewAt     time.Time
}

// UseCredentials implements SecretProvider.
func (p *Provider) UseCredentials(role string, changed func(Credentials)) {
	l := &lease{role: role, changed: changed}
	p.session.lock.Lock()
	p.session.leases = append(p.session.leases, l)
	p.session.lock.Unlock()
	p.every("lease of "+role, func(ctx context.Context) (time.Time, error) {
		return p.keepLease(ctx, l)
	})
}

// keepLease renews the credentials when two thirds of their time are over, and
// takes others when the token is another one, or when a renewal grants less
// than it used to or is refused.
func (p *Provider) keepLease(ctx context.Context, l *lease) (time.Time, error) {
	if l.token != p.session.current() {
		return p.takeLease(ctx, l)
	}
	if p.config.Clock.Now().Before(l.renewAt) {
		return l.renewAt, nil
	}
	secret, err := p.send(ctx, p.client, l.token, "PUT", "sys/leases/renew",
		map[string]any{"lease_id": l.credentials.LeaseID, "increment": int(l.ttl.Seconds())})
	if err != nil && status(err) != http.StatusForbidden && status(err) != http.StatusBadRequest {
		return never, err
	}
	granted := leaseOf(secret)
	if granted < l.ttl {
		return p.takeLease(ctx, l)
	}
	l.renewAt = p.twoThirds(granted)
	return l.renewAt, nil
}

// takeLease asks for credentials. Where it cannot know whether some were made,
// it takes another token before it asks again: the old one is revoked, and what
// hangs on it ends.
func (p *Provider) takeLease(ctx context.Context, l *lease) (time.Time, error) {
	token := p.session.current()
	if p.session.isDoubted(token) {
		if err := p.login(ctx, token); err != nil {
			return never, err
		}
	}
	secret, err := p.askBy(ctx, p.direct, "GET", "database/creds/"+l.role, nil)
	token = p.session.current()
	if err == nil && (secret == nil || secret.LeaseID == "") {
		err = errNoAnswer
	}
	if err != nil {
		if mayHaveDone(err) {
			p.session.doubt(token)
		}
		return never, err
	}
	l.credentials.LeaseID = secret.LeaseID
	l.credentials.Username, _ = secret.Data["username"].(string)
	l.credentials.Password, _ = secret.Data["password"].(string)
	l.ttl = leaseOf(secret)
	l.renewAt = p.twoThirds(l.ttl)
	p.session.lock.Lock()
	l.token = token
	p.session.lock.Unlock()
	l.changed(l.credentials)
	p.hurry("old tokens")
	return l.renewAt, nil
}

// mayHaveDone tells whether a request that failed may have taken effect.
func mayHaveDone(err error) bool {
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return false
	}
	switch status(err) {
	case 0:
		return !errors.Is(err, ErrForbidden) && !errors.Is(err, ErrNotFound)
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusGatewayTimeout:
		return true
	}
	return false
}
