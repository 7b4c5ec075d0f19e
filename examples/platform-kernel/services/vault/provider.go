// Package vault is the only way in which services of the platform come to their
// secrets. There is no other source: where Vault cannot be asked, a service does
// not start.
package vault

import (
	"context"
	"errors"
	"time"
)

// SecretProvider is what services know of Vault.
type SecretProvider interface {
	// GetSecret reads the current version of a secret of KV v2. The path is
	// without secret/data/.
	GetSecret(ctx context.Context, path string) (*Secret, error)
	// GetVersion reads an older one.
	GetVersion(ctx context.Context, path string, version int) (*Secret, error)
	// PutSecret writes a version, if the current one is still that which is
	// named; 0 means that there is none.
	PutSecret(ctx context.Context, path string, data Data, current int) (version int, err error)
	// RotateSecret writes a new version. The one before it stays readable for
	// the grace period, and is destroyed by Run then.
	RotateSecret(ctx context.Context, path string, data Data, grace time.Duration) (*Rotation, error)
	// WatchRotation has changed called with the current version, and again with
	// each later one, by Run. It is called again where it returns an error.
	WatchRotation(path string, changed func(context.Context, *Secret) error)
	// UseCredentials has changed called with credentials of a database, and
	// before they end with others, by Run.
	UseCredentials(role string, changed func(Credentials))
	// Issue asks a role of a PKI mount for a certificate.
	Issue(ctx context.Context, role, name string, ttl time.Duration) (*Certificate, error)
	// Run keeps the token, watches and leases alive until the context is done.
	Run(ctx context.Context) error
	// Trouble says what Run does not succeed in at the moment.
	Trouble() error
}

// Data is what a secret holds.
type Data map[string]string

// Secret is one version of a secret.
type Secret struct {
	Path    string
	Version int
	Created time.Time
	Data    Data
}

// Rotation is a new version beside an old one.
type Rotation struct {
	Old, New int
	// GraceEnds is when the old one is destroyed.
	GraceEnds time.Time
}

// Credentials are a user of a database.
type Credentials struct {
	Username, Password string
	LeaseID            string
}

// Certificate is a certificate with its key, as PEM.
type Certificate struct {
	FullChain, PrivateKey string
	Expires               time.Time
}

var (
	// ErrInit says that Vault could not be asked within the time that a service
	// may take to start.
	ErrInit = errors.New("vault: not there within VAULT_INIT_TIMEOUT_SEC")
	// ErrNotFound says that there is no such secret or version.
	ErrNotFound = errors.New("vault: no such secret")
	// ErrForbidden says that the token lives and its policies do not suffice.
	ErrForbidden = errors.New("vault: the policies do not allow it")
	// ErrConflict says that somebody else wrote the secret first.
	ErrConflict = errors.New("vault: the secret has another version by now")
)
