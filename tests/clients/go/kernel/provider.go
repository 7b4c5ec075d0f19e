package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/vault/api"
	"github.com/hashicorp/vault/api/auth/approle"
)

// Settings are the environment variables of Platform-Kernel's services.
type Settings struct {
	InitTimeout   time.Duration // VAULT_INIT_TIMEOUT_SEC
	RetryInitial  time.Duration // VAULT_RETRY_INITIAL_MS
	RetryMax      time.Duration // VAULT_RETRY_MAX_MS
	WatchInterval time.Duration // VAULT_WATCH_INTERVAL_SEC
	Grace         time.Duration // OIDC_SECRET_ROTATION_GRACE_HOURS
}

var defaults = Settings{120 * time.Second, 250 * time.Millisecond,
	16 * time.Second, 30 * time.Second, 24 * time.Hour}

// Time is the clock that a service waits on; in a test it is the vault's.
type Time interface {
	Now() time.Time
	Sleep(d time.Duration)
}

// Provider is a service's way to its secrets, as services/vault has it.
type Provider struct {
	client *api.Client
	time   Time
	Settings
}

// Start waits for Vault with a back-off that doubles, and gives up once
// InitTimeout is over: there is no fallback.
func (p *Provider) Start() error {
	end := p.time.Now().Add(p.InitTimeout)
	wait := p.RetryInitial
	for {
		err := p.ready()
		if err == nil {
			return nil
		}
		if !p.time.Now().Add(wait).Before(end) {
			return fmt.Errorf("vault is not there after %s: %w",
				p.InitTimeout, err)
		}
		p.time.Sleep(wait)
		if wait *= 2; wait > p.RetryMax {
			wait = p.RetryMax
		}
	}
}

func (p *Provider) ready() error {
	health, err := p.client.Sys().Health()
	if err != nil {
		return err
	}
	if !health.Initialized || health.Sealed {
		return errors.New("vault is sealed")
	}
	return nil
}

// Login is AppRole's; the token it returns is in use from now on.
func (p *Provider) Login(role, secret string) (*api.Secret, error) {
	auth, err := approle.NewAppRoleAuth(role,
		&approle.SecretID{FromString: secret})
	if err != nil {
		return nil, err
	}
	return p.client.Auth().Login(context.Background(), auth)
}

// KeepToken renews at two thirds of the token's life, and logs in again when
// less than a full life is left before its cliff. It returns after `until`.
func (p *Provider) KeepToken(role, secret string, until time.Time) error {
	token, err := p.Login(role, secret)
	if err != nil {
		return err
	}
	full := token.Auth.LeaseDuration
	for p.time.Now().Before(until) {
		life := time.Duration(token.Auth.LeaseDuration) * time.Second
		p.time.Sleep(life * 2 / 3)
		renewed, err := p.client.Auth().Token().RenewSelf(0)
		if err == nil && renewed.Auth.LeaseDuration == full {
			token = renewed
			continue
		}
		if token, err = p.Login(role, secret); err != nil {
			return err
		}
	}
	return nil
}

// Read gives a version of a secret of secret/, 0 for the latest.
func (p *Provider) Read(path string, version int) (*api.KVSecret, error) {
	kv := p.client.KVv2("secret")
	if version > 0 {
		return kv.GetVersion(context.Background(), path, version)
	}
	return kv.Get(context.Background(), path)
}

// RotateSecret writes version N+1; N stays readable until grace is over.
func (p *Provider) RotateSecret(path string,
	data map[string]interface{}) (int, error) {
	kv := p.client.KVv2("secret")
	made, err := kv.Put(context.Background(), path, data)
	if err != nil {
		return 0, err
	}
	return made.VersionMetadata.Version, nil
}

// EndGrace makes every version before the latest unreadable.
func (p *Provider) EndGrace(path string, latest int) error {
	var old []int
	for v := 1; v < latest; v++ {
		old = append(old, v)
	}
	return p.client.KVv2("secret").DeleteVersions(context.Background(), path,
		old)
}

// WatchRotation polls the latest version and calls changed with each new one,
// until it returns false.
func (p *Provider) WatchRotation(path string,
	changed func(*api.KVSecret) bool) error {
	seen := 0
	for {
		secret, err := p.Read(path, 0)
		if err == nil && secret.VersionMetadata.Version != seen {
			first := seen == 0
			seen = secret.VersionMetadata.Version
			if !first && !changed(secret) {
				return nil
			}
		}
		p.time.Sleep(p.WatchInterval)
	}
}
