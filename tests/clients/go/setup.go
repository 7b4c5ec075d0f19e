package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"

	"github.com/hashicorp/vault/api"
	"github.com/hashicorp/vault/api/auth/approle"
)

// What a platform's setup page does after initialisation, command by command,
// with the official client in the CLI's place.
var setup = []check{
	{"secrets enable, kv put of a key pair", storeKeys},
	{"rotation keeps the old version readable", rotateKeys},
	{"AppRole of the identity service", identityService},
	{"policies per service", servicePolicies},
	{"a certificate per domain", domainCertificate},
	{"list-peers, health, metadata", healthAndStatus},
}

const jwtKeys = "platform/iam/jwt-keys"

func keyPair() (map[string]interface{}, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	text := func(kind string, der []byte) string {
		block := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
		return base64.StdEncoding.EncodeToString(block)
	}
	return map[string]interface{}{
		"private_key": text("EC PRIVATE KEY", private),
		"public_key":  text("PUBLIC KEY", public)}, nil
}

func storeKeys(c *api.Client) error {
	err := c.Sys().Mount("secret", &api.MountInput{Type: "kv-v2"})
	if err != nil {
		return err
	}
	pair, err := keyPair()
	if err != nil {
		return err
	}
	made, err := c.KVv2("secret").Put(ctx, jwtKeys, pair)
	if err != nil {
		return err
	}
	return want("version", made.VersionMetadata.Version, 1)
}

func rotateKeys(c *api.Client) error {
	pair, err := keyPair()
	if err != nil {
		return err
	}
	kv := c.KVv2("secret")
	old, err := kv.Get(ctx, jwtKeys)
	if err != nil {
		return err
	}
	if _, err = kv.Put(ctx, jwtKeys, pair); err != nil {
		return err
	}
	first, err := kv.GetVersion(ctx, jwtKeys, 1)
	if err != nil {
		return err
	}
	now, err := kv.Get(ctx, jwtKeys)
	if err != nil {
		return err
	}
	if err = want("the old pair", first.Data, old.Data); err != nil {
		return err
	}
	return want("the new pair", now.Data, pair)
}

const iamPolicy = `path "secret/data/platform/iam/*" {
  capabilities = ["read"]
}
path "secret/metadata/platform/iam/*" {
  capabilities = ["read", "list"]
}
`

func identityService(c *api.Client) error {
	err := first(
		c.Sys().EnableAuthWithOptions("approle",
			&api.EnableAuthOptions{Type: "approle"}),
		c.Sys().PutPolicy("platform-iam", iamPolicy))
	if err != nil {
		return err
	}
	_, err = c.Logical().Write("auth/approle/role/platform-iam",
		map[string]interface{}{"token_policies": "platform-iam",
			"token_ttl": "1h", "token_max_ttl": "4h",
			"secret_id_ttl": "0"})
	if err != nil {
		return err
	}
	service, login, err := loginAs(c, "platform-iam")
	if err != nil {
		return err
	}
	if err = want("token", []interface{}{login.Auth.LeaseDuration,
		login.Auth.Renewable}, []interface{}{3600, true}); err != nil {
		return err
	}
	if _, err = service.KVv2("secret").Get(ctx, jwtKeys); err != nil {
		return err
	}
	_, err = service.KVv2("secret").Put(ctx, jwtKeys,
		map[string]interface{}{})
	return status(err, 403)
}

// loginAs makes a client of its own for a role.
func loginAs(c *api.Client, role string) (*api.Client, *api.Secret, error) {
	id, err := c.Logical().Read("auth/approle/role/" + role + "/role-id")
	if err != nil {
		return nil, nil, err
	}
	made, err := c.Logical().Write("auth/approle/role/"+role+"/secret-id",
		nil)
	if err != nil {
		return nil, nil, err
	}
	helper, err := approle.NewAppRoleAuth(id.Data["role_id"].(string),
		&approle.SecretID{FromString: made.Data["secret_id"].(string)})
	if err != nil {
		return nil, nil, err
	}
	own, err := c.Clone()
	if err != nil {
		return nil, nil, err
	}
	login, err := own.Auth().Login(ctx, helper)
	return own, login, err
}

func servicePolicies(c *api.Client) error {
	services := map[string]string{
		"platform-domain-resolver": `path "secret/data/platform/domains/*" {
  capabilities = ["read", "create", "update", "delete"]
}`,
		"platform-services": `path "database/creds/platform-db-role" {
  capabilities = ["read"]
}`,
		"jwt-rotation-job": `path "secret/data/platform/iam/jwt-keys" {
  capabilities = ["create", "update"]
}`,
	}
	for name, policy := range services {
		if err := c.Sys().PutPolicy(name, policy); err != nil {
			return err
		}
		_, err := c.Logical().Write("auth/approle/role/"+name,
			map[string]interface{}{"token_policies": name})
		if err != nil {
			return err
		}
	}
	job, _, err := loginAs(c, "jwt-rotation-job")
	if err != nil {
		return err
	}
	pair, err := keyPair()
	if err != nil {
		return err
	}
	if _, err = job.KVv2("secret").Put(ctx, jwtKeys, pair); err != nil {
		return err
	}
	_, err = job.KVv2("secret").Get(ctx, jwtKeys)
	return status(err, 403)
}

func domainCertificate(c *api.Client) error {
	resolver, _, err := loginAs(c, "platform-domain-resolver")
	if err != nil {
		return err
	}
	_, err = resolver.KVv2("secret").Put(ctx,
		"platform/domains/example.com/cert", map[string]interface{}{
			"fullchain": "chain", "privkey": "key",
			"expires_at": "2026-07-22T00:00:00Z"})
	if err != nil {
		return err
	}
	_, err = resolver.KVv2("secret").Get(ctx, jwtKeys)
	return status(err, 403)
}

func healthAndStatus(c *api.Client) error {
	if err := raft(c); err != nil {
		return err
	}
	health, err := c.Sys().Health()
	if err != nil {
		return err
	}
	if !health.Initialized || health.Sealed || health.Standby {
		return fmt.Errorf("health: %+v", health)
	}
	metadata, err := c.KVv2("secret").GetMetadata(ctx, jwtKeys)
	if err != nil {
		return err
	}
	return want("versions", metadata.CurrentVersion, 3)
}
