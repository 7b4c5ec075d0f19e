package main

import (
	"fmt"
	"time"

	"github.com/hashicorp/vault/api"
	"github.com/hashicorp/vault/api/auth/approle"
)

// production is for a server behind TLS that nobody has initialised yet; each
// check goes on from the one before.
var production = append(append([]check{
	{"initialise and unseal", initialise},
}, setup...), []check{
	{"AppRole helper", appRole},
	{"LifetimeWatcher", watch},
	{"leases", leases},
	{"wrapped secret id", wrappedSecretID},
	{"rekey and generate-root", newKeys},
}...)

// What the checks hand on.
var (
	keys   []string
	roleID string
	secret *api.Secret
)

func initialise(c *api.Client) error {
	made, err := c.Sys().Init(&api.InitRequest{
		SecretShares: 5, SecretThreshold: 3})
	if err != nil {
		return err
	}
	keys = made.Keys
	c.SetToken(made.RootToken)
	for i, key := range keys[:3] {
		state, err := c.Sys().Unseal(key)
		if err != nil {
			return err
		}
		if state.Sealed != (i < 2) {
			return fmt.Errorf("after %d keys sealed is %v", i+1,
				state.Sealed)
		}
	}
	health, err := c.Sys().Health()
	if err != nil {
		return err
	}
	return want("health", []bool{health.Initialized, health.Sealed,
		health.Standby}, []bool{true, false, false})
}

func appRole(c *api.Client) error {
	role := map[string]interface{}{"token_policies": "default,app",
		"token_ttl": "1h", "token_max_ttl": "4h"}
	err := c.Sys().PutPolicy("app",
		`path "secret/data/app" { capabilities = ["read"] }`)
	if err != nil {
		return err
	}
	if _, err = c.Logical().Write("auth/approle/role/app", role); err != nil {
		return err
	}
	id, err := c.Logical().Read("auth/approle/role/app/role-id")
	if err != nil {
		return err
	}
	roleID = id.Data["role_id"].(string)
	made, err := c.Logical().Write("auth/approle/role/app/secret-id", nil)
	if err != nil {
		return err
	}
	helper, err := approle.NewAppRoleAuth(roleID, &approle.SecretID{
		FromString: made.Data["secret_id"].(string)})
	if err != nil {
		return err
	}
	own, err := c.Clone()
	if err != nil {
		return err
	}
	secret, err = own.Auth().Login(ctx, helper)
	if err != nil {
		return err
	}
	return want("lease", secret.Auth.LeaseDuration, 3600)
}

// The first renewal comes at once.
func watch(c *api.Client) error {
	own, err := c.Clone()
	if err != nil {
		return err
	}
	own.SetToken(secret.Auth.ClientToken)
	watcher, err := own.NewLifetimeWatcher(
		&api.LifetimeWatcherInput{Secret: secret, Increment: 7200})
	if err != nil {
		return err
	}
	go watcher.Start()
	defer watcher.Stop()
	select {
	case renewed := <-watcher.RenewCh():
		return want("renewed lease",
			renewed.Secret.Auth.LeaseDuration, 7200)
	case err := <-watcher.DoneCh():
		return fmt.Errorf("the watcher ended: %v", err)
	case <-time.After(time.Minute):
		return fmt.Errorf("no renewal")
	}
}

func leases(c *api.Client) error {
	err := c.Sys().Mount("gl", &api.MountInput{Type: "generic-leased"})
	if err != nil {
		return err
	}
	data := map[string]interface{}{"v": "1", "ttl": "1h"}
	if _, err = c.Logical().Write("gl/a", data); err != nil {
		return err
	}
	lease, err := c.Logical().Read("gl/a")
	if err != nil {
		return err
	}
	renewed, err := c.Sys().Renew(lease.LeaseID, 60)
	if err != nil {
		return err
	}
	if err = want("renewed", renewed.LeaseDuration, 60); err != nil {
		return err
	}
	if err = c.Sys().RevokePrefix("gl"); err != nil {
		return err
	}
	_, err = c.Sys().Lookup(lease.LeaseID)
	return status(err, 400)
}

func wrappedSecretID(c *api.Client) error {
	own, err := c.Clone()
	if err != nil {
		return err
	}
	own.SetToken(c.Token())
	own.SetWrappingLookupFunc(func(string, string) string { return "5m" })
	wrapped, err := own.Logical().Write("auth/approle/role/app/secret-id",
		nil)
	if err != nil {
		return err
	}
	helper, err := approle.NewAppRoleAuth(roleID, &approle.SecretID{
		FromString: wrapped.WrapInfo.Token}, approle.WithWrappingToken())
	if err != nil {
		return err
	}
	login, err := c.Clone()
	if err != nil {
		return err
	}
	_, err = login.Auth().Login(ctx, helper)
	return err
}

func newKeys(c *api.Client) error {
	rekey, err := c.Sys().RekeyInit(&api.RekeyInitRequest{
		SecretShares: 1, SecretThreshold: 1})
	if err != nil {
		return err
	}
	var done *api.RekeyUpdateResponse
	for _, key := range keys[2:] {
		if done, err = c.Sys().RekeyUpdate(key, rekey.Nonce); err != nil {
			return err
		}
	}
	if !done.Complete {
		return fmt.Errorf("the rekey is not complete")
	}
	attempt, err := c.Sys().GenerateRootInit("", "")
	if err != nil {
		return err
	}
	root, err := c.Sys().GenerateRootUpdate(done.Keys[0], attempt.Nonce)
	if err != nil {
		return err
	}
	return want("root generation", []bool{root.Complete,
		root.EncodedToken != ""}, []bool{true, true})
}

func raft(c *api.Client) error {
	peers, err := c.Logical().Read("sys/storage/raft/configuration")
	if err != nil {
		return err
	}
	servers := peers.Data["config"].(map[string]interface{})["servers"]
	one := servers.([]interface{})[0].(map[string]interface{})
	return want("the node", []interface{}{one["node_id"], one["leader"],
		one["voter"]}, []interface{}{"node1", true, true})
}
