// The official Go client against a server: KV v1 and v2, tokens, policies,
// wrapping, mounts, health.
//
//	go run . ADDRESS ROOT_TOKEN
//	go run . ADDRESS - CACERT
//
// Closes with "N passed, N failed".
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"

	"github.com/hashicorp/vault/api"
)

var ctx = context.Background()

// check is one test; it tells what it missed.
type check struct {
	name string
	run  func(c *api.Client) error
}

var checks = []check{
	{"health", health},
	{"KV v2 versions", kv2Versions},
	{"KV v2 check-and-set", kv2CheckAndSet},
	{"KV v2 metadata", kv2Metadata},
	{"KV v2 patch", kv2Patch},
	{"KV v1", kv1},
	{"tokens", tokens},
	{"policies", policies},
	{"wrapping", wrapping},
	{"mounts", mounts},
	{"transit", transit},
	{"transit batches", transitBatches},
	{"PKI", pki},
	{"a refused request", refused},
	{"rate limits", limits},
	{"plugins", plugins},
	{"password policies", passwordPolicies},
	{"database credentials", databases},
}

func want(what string, got, expected interface{}) error {
	if reflect.DeepEqual(got, expected) {
		return nil
	}
	return fmt.Errorf("%s: got %#v, want %#v", what, got, expected)
}

// status insists on a *api.ResponseError of that status.
func status(err error, code int) error {
	var refusal *api.ResponseError
	if !errors.As(err, &refusal) {
		return fmt.Errorf("no refusal but %v", err)
	}
	return want("status", refusal.StatusCode, code)
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func health(c *api.Client) error {
	h, err := c.Sys().Health()
	if err != nil {
		return err
	}
	s, err := c.Sys().SealStatus()
	if err != nil {
		return err
	}
	l, err := c.Sys().Leader()
	if err != nil {
		return err
	}
	return first(want("initialized", h.Initialized, true),
		want("sealed", h.Sealed, false),
		want("version", h.Version, "1.19.5"),
		want("seal type", s.Type, "shamir"),
		want("ha", l.HAEnabled, false))
}

func kv2Versions(c *api.Client) error {
	kv := c.KVv2("secret")
	for n := 1; n <= 2; n++ {
		s, err := kv.Put(ctx, "go/a", map[string]interface{}{"n": fmt.Sprint(n)})
		if err != nil {
			return err
		}
		if err := want("version", s.VersionMetadata.Version, n); err != nil {
			return err
		}
	}
	old, err := kv.GetVersion(ctx, "go/a", 1)
	if err != nil {
		return err
	}
	if err := kv.Delete(ctx, "go/a"); err != nil {
		return err
	}
	gone, err := kv.Get(ctx, "go/a")
	if err != nil {
		return err
	}
	if err := first(kv.Undelete(ctx, "go/a", []int{2}),
		kv.Destroy(ctx, "go/a", []int{1})); err != nil {
		return err
	}
	back, err := kv.Get(ctx, "go/a")
	if err != nil {
		return err
	}
	list, err := kv.GetVersionsAsList(ctx, "go/a")
	if err != nil {
		return err
	}
	_, missing := kv.Get(ctx, "go/nothing")
	return first(want("version 1", old.Data["n"], "1"),
		want("deleted data", gone.Data, map[string]interface{}(nil)),
		want("undeleted", back.Data["n"], "2"),
		want("versions", len(list), 2),
		want("destroyed", list[0].Destroyed, true),
		want("missing", errors.Is(missing, api.ErrSecretNotFound), true))
}

func kv2CheckAndSet(c *api.Client) error {
	kv := c.KVv2("secret")
	data := map[string]interface{}{"k": "v"}
	if _, err := kv.Put(ctx, "go/cas", data, api.WithCheckAndSet(0)); err != nil {
		return err
	}
	_, err := kv.Put(ctx, "go/cas", data, api.WithCheckAndSet(0))
	return status(err, 400)
}

func kv2Metadata(c *api.Client) error {
	kv := c.KVv2("secret")
	custom := map[string]interface{}{"owner": "me"}
	if err := kv.PutMetadata(ctx, "go/meta", api.KVMetadataPutInput{
		MaxVersions: 3, CustomMetadata: custom}); err != nil {
		return err
	}
	max := 5
	if err := kv.PatchMetadata(ctx, "go/meta",
		api.KVMetadataPatchInput{MaxVersions: &max}); err != nil {
		return err
	}
	m, err := kv.GetMetadata(ctx, "go/meta")
	if err != nil {
		return err
	}
	return first(want("max_versions", m.MaxVersions, 5),
		want("custom_metadata", m.CustomMetadata, custom),
		kv.DeleteMetadata(ctx, "go/meta"))
}

func kv2Patch(c *api.Client) error {
	kv := c.KVv2("secret")
	if _, err := kv.Put(ctx, "go/p",
		map[string]interface{}{"a": "1", "b": "2"}); err != nil {
		return err
	}
	if _, err := kv.Patch(ctx, "go/p",
		map[string]interface{}{"b": "3"}); err != nil {
		return err
	}
	s, err := kv.Get(ctx, "go/p")
	if err != nil {
		return err
	}
	return want("data", s.Data, map[string]interface{}{"a": "1", "b": "3"})
}

func kv1(c *api.Client) error {
	if err := c.Sys().Mount("go-old", &api.MountInput{Type: "kv"}); err != nil {
		return err
	}
	kv := c.KVv1("go-old")
	if err := kv.Put(ctx, "a", map[string]interface{}{"k": "v"}); err != nil {
		return err
	}
	s, err := kv.Get(ctx, "a")
	if err != nil {
		return err
	}
	return first(want("data", s.Data["k"], "v"), kv.Delete(ctx, "a"),
		c.Sys().Unmount("go-old"))
}

func tokens(c *api.Client) error {
	renewable := true
	made, err := c.Auth().Token().Create(&api.TokenCreateRequest{
		Policies: []string{"default"}, TTL: "1h", Renewable: &renewable})
	if err != nil {
		return err
	}
	own, err := c.Clone()
	if err != nil {
		return err
	}
	own.SetToken(made.Auth.ClientToken)
	self, err := own.Auth().Token().LookupSelf()
	if err != nil {
		return err
	}
	again, err := own.Auth().Token().RenewSelf(1800)
	if err != nil {
		return err
	}
	if err := own.Auth().Token().RevokeSelf(""); err != nil {
		return err
	}
	_, gone := own.Auth().Token().LookupSelf()
	ttl, err := self.TokenTTL()
	if err != nil {
		return err
	}
	return first(want("ttl below an hour", ttl.Minutes() <= 60, true),
		want("renewed", again.Auth.LeaseDuration, 1800),
		status(gone, 403))
}

func policies(c *api.Client) error {
	rules := `path "secret/data/go/*" { capabilities = ["read"] }`
	if err := c.Sys().PutPolicy("go-reader", rules); err != nil {
		return err
	}
	text, err := c.Sys().GetPolicy("go-reader")
	if err != nil {
		return err
	}
	made, err := c.Auth().Token().Create(&api.TokenCreateRequest{
		Policies: []string{"go-reader"}})
	if err != nil {
		return err
	}
	reader, err := c.Clone()
	if err != nil {
		return err
	}
	reader.SetToken(made.Auth.ClientToken)
	caps, err := reader.Sys().CapabilitiesSelf("secret/data/go/x")
	if err != nil {
		return err
	}
	_, denied := reader.KVv2("secret").Put(ctx, "go/x",
		map[string]interface{}{"k": "v"})
	return first(want("rules", text, rules),
		want("capabilities", caps, []string{"read"}),
		status(denied, 403), c.Sys().DeletePolicy("go-reader"))
}

func wrapping(c *api.Client) error {
	wrapper, err := c.Clone()
	if err != nil {
		return err
	}
	wrapper.SetToken(c.Token())
	wrapper.SetWrappingLookupFunc(func(string, string) string { return "60s" })
	wrapped, err := wrapper.Logical().Write("sys/wrapping/wrap",
		map[string]interface{}{"k": "v"})
	if err != nil {
		return err
	}
	if err := want("wrap ttl", wrapped.WrapInfo.TTL, 60); err != nil {
		return err
	}
	plain, err := c.Logical().Unwrap(wrapped.WrapInfo.Token)
	if err != nil {
		return err
	}
	_, twice := c.Logical().Unwrap(wrapped.WrapInfo.Token)
	return first(want("data", plain.Data["k"], "v"), status(twice, 400))
}

func mounts(c *api.Client) error {
	if err := c.Sys().Mount("go-kv", &api.MountInput{Type: "kv",
		Options: map[string]string{"version": "2"}}); err != nil {
		return err
	}
	all, err := c.Sys().ListMounts()
	if err != nil {
		return err
	}
	if all["go-kv/"] == nil {
		return errors.New("go-kv/ is not listed")
	}
	if err := c.Sys().TuneMount("go-kv",
		api.MountConfigInput{DefaultLeaseTTL: "30m"}); err != nil {
		return err
	}
	tuned, err := c.Sys().MountConfig("go-kv")
	if err != nil {
		return err
	}
	auths, err := c.Sys().ListAuth()
	if err != nil {
		return err
	}
	return first(want("type", all["go-kv/"].Type, "kv"),
		want("ttl", tuned.DefaultLeaseTTL, 1800),
		want("token auth", auths["token/"] != nil, true),
		c.Sys().Unmount("go-kv"))
}

func refused(c *api.Client) error {
	stranger, err := c.Clone()
	if err != nil {
		return err
	}
	stranger.SetToken("hvs.nobody")
	_, denied := stranger.Logical().Read("secret/data/go/a")
	nothing, err := c.Logical().Read("secret/data/go/nothing")
	if err != nil {
		return err
	}
	return first(status(denied, 403),
		want("no secret", nothing, (*api.Secret)(nil)))
}

func passwordPolicies(c *api.Client) error {
	const path = "sys/policies/password/go"
	_, err := c.Logical().Write(path, map[string]interface{}{
		"policy": "length = 6\nrule \"charset\" { charset = \"g\" }"})
	if err != nil {
		return err
	}
	made, err := c.Logical().Read(path + "/generate")
	if err != nil {
		return err
	}
	_, err = c.Logical().Delete(path)
	return first(err, want("password", made.Data["password"], "gggggg"))
}

// databases takes a user, lets a watcher renew it and gives it back.
func databases(c *api.Client) error {
	err := first(c.Sys().Mount("go-db", &api.MountInput{Type: "database"}),
		write(c, "go-db/config/pg", map[string]interface{}{
			"plugin_name":    "postgresql-database-plugin",
			"connection_url": "postgresql://{{username}}:{{password}}@db/x",
			"username":       "admin", "password": "pw",
			"allowed_roles": []string{"app"}}),
		write(c, "go-db/roles/app", map[string]interface{}{
			"db_name":             "pg",
			"creation_statements": []string{"CREATE ROLE \"{{name}}\""},
			"default_ttl":         "1h", "max_ttl": "4h"}))
	if err != nil {
		return err
	}
	made, err := c.Logical().Read("go-db/creds/app")
	if err != nil {
		return err
	}
	watcher, err := c.NewLifetimeWatcher(&api.LifetimeWatcherInput{
		Secret: made})
	if err != nil {
		return err
	}
	go watcher.Start()
	defer watcher.Stop()
	var renewed *api.RenewOutput
	select {
	case renewed = <-watcher.RenewCh():
	case err = <-watcher.DoneCh():
		return fmt.Errorf("no renewal: %v", err)
	}
	_, refusal := c.Logical().Read("go-db/creds/none")
	return first(want("lease", made.LeaseDuration, 3600),
		want("renewed", renewed.Secret.LeaseID, made.LeaseID),
		status(refusal, 400), c.Sys().Revoke(made.LeaseID),
		c.Sys().Unmount("go-db"))
}

func write(c *api.Client, path string, data map[string]interface{}) error {
	_, err := c.Logical().Write(path, data)
	return err
}

// connect makes a client from ADDRESS TOKEN [CACERT].
func connect(args []string) (*api.Client, error) {
	config := api.DefaultConfig()
	config.Address = args[0]
	config.MaxRetries = 0
	if len(args) > 2 {
		tls := &api.TLSConfig{CACert: args[2]}
		if err := config.ConfigureTLS(tls); err != nil {
			return nil, err
		}
	}
	client, err := api.NewClient(config)
	if err == nil && args[1] != "-" {
		client.SetToken(args[1])
	}
	return client, err
}

func main() {
	client, err := connect(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if len(os.Args) > 3 {
		checks = production
	}
	failed := 0
	for _, check := range checks {
		if err := check.run(client); err != nil {
			fmt.Printf("FAIL go: %s: %v\n", check.name, err)
			failed++
		} else {
			fmt.Printf("ok   go: %s\n", check.name)
		}
	}
	fmt.Printf("%d passed, %d failed\n", len(checks)-failed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}
