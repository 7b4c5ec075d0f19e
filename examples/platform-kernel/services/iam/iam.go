// Package iam signs the platform's tokens.
package iam

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"sync"
	"time"

	"platform-kernel.test/kernel/services/jws"
	"platform-kernel.test/kernel/services/vault"
)

// KeyPath is where the signing key is.
const KeyPath = "platform/iam/jwt-keys"

// IAM holds the current signing key in memory.
type IAM struct {
	secrets vault.SecretProvider
	now     func() time.Time
	grace   time.Duration
	publish func([]jws.Key)

	lock    sync.Mutex
	key     *ecdsa.PrivateKey
	version int
}

// New makes a service that reads its key when the provider runs, and again after
// each rotation. Publish gets the public keys that are good: the new one, and
// for the grace period the one before it.
func New(secrets vault.SecretProvider, now func() time.Time, grace time.Duration, publish func([]jws.Key)) *IAM {
	i := &IAM{secrets: secrets, now: now, grace: grace, publish: publish}
	secrets.WatchRotation(KeyPath, i.load)
	return i
}

func (i *IAM) load(ctx context.Context, secret *vault.Secret) error {
	private, err := jws.Private(secret.Data["private_key"])
	if err != nil {
		return fmt.Errorf("iam: version %d: %w", secret.Version, err)
	}
	keys, err := i.publicKeys(ctx, secret)
	if err != nil {
		return err
	}
	i.publish(keys) // before anything is signed with the new one
	i.lock.Lock()
	defer i.lock.Unlock()
	i.key, i.version = private, secret.Version
	return nil
}

// publicKeys are found in Vault alone, so a service that starts within a grace
// period knows both as well.
func (i *IAM) publicKeys(ctx context.Context, secret *vault.Secret) ([]jws.Key, error) {
	current, err := jws.Public(secret.Data["public_key"])
	if err != nil {
		return nil, fmt.Errorf("iam: version %d: %w", secret.Version, err)
	}
	keys := []jws.Key{*current}
	ends := secret.Created.Add(i.grace)
	if secret.Version == 1 || !i.now().Before(ends) {
		return keys, nil
	}
	before, err := i.secrets.GetVersion(ctx, KeyPath, secret.Version-1)
	if errors.Is(err, vault.ErrNotFound) {
		return keys, nil // destroyed
	}
	if err != nil {
		return nil, err
	}
	old, err := jws.Public(before.Data["public_key"])
	if err != nil {
		return nil, fmt.Errorf("iam: version %d: %w", before.Version, err)
	}
	old.NotAfter = ends
	return append(keys, *old), nil
}

// Version is that of the key which signs.
func (i *IAM) Version() int {
	i.lock.Lock()
	defer i.lock.Unlock()
	return i.version
}

// Token signs a token for somebody.
func (i *IAM) Token(subject string, lives time.Duration) (string, error) {
	i.lock.Lock()
	defer i.lock.Unlock()
	if i.key == nil {
		return "", errors.New("iam: there is no key yet")
	}
	now := i.now()
	return jws.Sign(i.key, jws.Claims{Subject: subject, IssuedAt: now.Unix(),
		Expires: now.Add(lives).Unix()})
}

// Rotate makes a new key pair. The service's own policy does not allow it; an
// operator's does.
func Rotate(ctx context.Context, secrets vault.SecretProvider) (*vault.Rotation, error) {
	private, public, err := jws.NewPair()
	if err != nil {
		return nil, err
	}
	return secrets.RotateSecret(ctx, KeyPath,
		vault.Data{"private_key": private, "public_key": public}, vault.DefaultGrace)
}
