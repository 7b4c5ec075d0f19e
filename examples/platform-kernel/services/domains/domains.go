// Package domains keeps the certificates of domains.
package domains

import (
	"context"
	"errors"
	"time"

	"platform-kernel.test/kernel/services/vault"
)

const (
	// RenewBefore is DOMAINS_SSL_RENEW_DAYS_BEFORE.
	RenewBefore = 30 * 24 * time.Hour
	// Lives is how long a certificate is good for.
	Lives = 90 * 24 * time.Hour
)

// Issuer is the role of the PKI mount.
const Issuer = "domains"

// Resolver looks at certificates, and replaces those that end soon.
type Resolver struct {
	secrets vault.SecretProvider
	now     func() time.Time
}

// New makes a resolver.
func New(secrets vault.SecretProvider, now func() time.Time) *Resolver {
	return &Resolver{secrets, now}
}

// Path is where a domain's certificate is.
func Path(domain string) string { return "platform/domains/" + domain + "/cert" }

// Renew issues a certificate where there is none, or where it ends within
// RenewBefore. Two resolvers that do so at a time store one: the other's write
// is refused, which is no error.
func (r *Resolver) Renew(ctx context.Context, domain string) (renewed bool, err error) {
	current, err := r.secrets.GetSecret(ctx, Path(domain))
	version := 0
	if err == nil {
		ends, err := time.Parse(time.RFC3339, current.Data["expires_at"])
		if err == nil && r.now().Add(RenewBefore).Before(ends) {
			return false, nil
		}
		version = current.Version
	} else if !errors.Is(err, vault.ErrNotFound) {
		return false, err
	}
	made, err := r.secrets.Issue(ctx, Issuer, domain, Lives)
	if err != nil {
		return false, err
	}
	_, err = r.secrets.PutSecret(ctx, Path(domain), vault.Data{
		"fullchain": made.FullChain, "privkey": made.PrivateKey,
		"expires_at": made.Expires.Format(time.RFC3339)}, version)
	if errors.Is(err, vault.ErrConflict) {
		return false, nil
	}
	return err == nil, err
}
