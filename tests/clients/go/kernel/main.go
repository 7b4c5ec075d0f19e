// The promises of Platform-Kernel's setup page, each as a test that a service's
// developer can copy. The service waits on the vault's clock, which stands
// still but for the waiting: days pass in milliseconds.
//
//	MOCKVAULT_URL=... go run ./kernel ADDRESS ROOT_TOKEN
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/vault/api"

	"mockvault.test/clients/mock"
)

var m = mock.Control{URL: os.Getenv("MOCKVAULT_URL")}

const jwtKeys = "platform/iam/jwt-keys"

// vaultTime waits by moving the vault's clock.
type vaultTime struct {
	slept time.Duration
	hook  func(total time.Duration) // called after each sleep
}

func (t *vaultTime) Now() time.Time { return time.Unix(0, 0).Add(t.slept) }

func (t *vaultTime) Sleep(d time.Duration) {
	if err := m.Advance(d); err != nil {
		panic(err)
	}
	t.slept += d
	if t.hook != nil {
		t.hook(t.slept)
	}
}

func connect(token string) *api.Client {
	config := api.DefaultConfig()
	config.Address = os.Args[1]
	config.MaxRetries = 0
	c, err := api.NewClient(config)
	if err != nil {
		panic(err)
	}
	c.SetToken(token)
	return c
}

func provider(t *vaultTime, token string) *Provider {
	return &Provider{connect(token), t, defaults}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// setUp is the page's own: policy, AppRole, first key pair.
func setUp() (role, secret string) {
	root := connect(os.Args[2])
	must(root.Sys().EnableAuthWithOptions("approle",
		&api.EnableAuthOptions{Type: "approle"}))
	must(root.Sys().PutPolicy("platform-iam", `
path "secret/data/platform/iam/*" { capabilities = ["read"] }
path "secret/metadata/platform/iam/*" { capabilities = ["read", "list"] }`))
	_, err := root.Logical().Write("auth/approle/role/platform-iam",
		mock.M{"token_policies": "platform-iam", "token_ttl": "1h",
			"token_max_ttl": "4h", "secret_id_ttl": 0})
	must(err)
	id, err := root.Logical().Read("auth/approle/role/platform-iam/role-id")
	must(err)
	made, err := root.Logical().Write(
		"auth/approle/role/platform-iam/secret-id", nil)
	must(err)
	_, err = provider(&vaultTime{}, os.Args[2]).RotateSecret(jwtKeys,
		mock.M{"private_key": "first"})
	must(err)
	return id.Data["role_id"].(string), made.Data["secret_id"].(string)
}

// ---- the promises ----

// Without Vault a service aborts after VAULT_INIT_TIMEOUT_SEC.
func abortsWhenSealed() error {
	t := &vaultTime{}
	must(m.Outage("sealed", nil))
	err := provider(t, os.Args[2]).Start()
	if err == nil || !strings.Contains(err.Error(), "after 2m0s") {
		return fmt.Errorf("the start ended with %v", err)
	}
	if t.slept > defaults.InitTimeout ||
		t.slept < defaults.InitTimeout-defaults.RetryMax {
		return fmt.Errorf("it waited for %s", t.slept)
	}
	return nil
}

// Its tries come after 250 ms, doubling, never more than 16 s apart.
func backsOff() error {
	if err := abortsWhenSealed(); err != nil {
		return err
	}
	probes := mock.M{"op": "health"}
	if err := m.Verify(mock.M{"match": probes, "clock": "virtual",
		"spacing": mock.M{"min": "250ms", "max": "16s"}}); err != nil {
		return err
	}
	// The ones before the ceiling double: 250 ms to 16 s is seven of them.
	_, answer, err := m.Call("POST", "requests/find",
		mock.M{"match": probes, "limit": 100})
	must(err)
	var times []time.Time
	for _, e := range answer["requests"].([]interface{}) {
		at, err := time.Parse(time.RFC3339Nano,
			e.(map[string]interface{})["time"].(string))
		must(err)
		times = append(times, at)
	}
	wait := defaults.RetryInitial
	for i := 1; i < len(times); i++ {
		if got := times[i].Sub(times[i-1]); got != wait {
			return fmt.Errorf("gap %d is %s, not %s", i, got, wait)
		}
		if wait *= 2; wait > defaults.RetryMax {
			wait = defaults.RetryMax
		}
	}
	return nil
}

func abortsWhenAway() error {
	t := &vaultTime{}
	must(m.Outage("refuse", nil))
	err := provider(t, os.Args[2]).Start()
	if err == nil || !strings.Contains(err.Error(), "connection refused") {
		return fmt.Errorf("the start ended with %v", err)
	}
	return nil
}

// A Vault that comes up in time is enough.
func startsOnceUnsealed() error {
	t := &vaultTime{}
	t.hook = func(total time.Duration) {
		if total > 20*time.Second {
			must(m.Off("sealed"))
		}
	}
	must(m.Outage("sealed", nil))
	return provider(t, os.Args[2]).Start()
}

// A new key is noticed within a poll of 30 s.
func noticesRotation() error {
	t := &vaultTime{}
	p := provider(t, os.Args[2])
	var written, noticed time.Duration
	t.hook = func(total time.Duration) {
		if written == 0 && total >= 70*time.Second {
			written = total
			_, err := p.RotateSecret(jwtKeys, mock.M{"private_key": "2"})
			must(err)
		}
	}
	err := p.WatchRotation(jwtKeys, func(s *api.KVSecret) bool {
		noticed = t.slept
		return false
	})
	if err != nil {
		return err
	}
	if noticed-written > defaults.WatchInterval {
		return fmt.Errorf("noticed after %s", noticed-written)
	}
	return m.Verify(mock.M{"clock": "virtual",
		"match":   mock.M{"path": "secret/data/" + jwtKeys, "op": "read"},
		"spacing": mock.M{"min": "30s", "max": "30s"}})
}

// Version N is readable for the grace of 24 hours and not after it.
func graceOfOldKey() error {
	t := &vaultTime{}
	p := provider(t, os.Args[2])
	next, err := p.RotateSecret(jwtKeys, mock.M{"private_key": "second"})
	must(err)
	if _, err = p.Read(jwtKeys, next-1); err != nil {
		return fmt.Errorf("version N at once: %w", err)
	}
	t.Sleep(23*time.Hour + 59*time.Minute)
	if _, err = p.Read(jwtKeys, next-1); err != nil {
		return fmt.Errorf("version N within the grace: %w", err)
	}
	t.Sleep(time.Minute)
	must(p.EndGrace(jwtKeys, next))
	if _, err = p.Read(jwtKeys, next-1); err == nil {
		if s, _ := p.Read(jwtKeys, next-1); s.Data != nil {
			return errors.New("version N after the grace")
		}
	}
	s, err := p.Read(jwtKeys, next)
	if err != nil || s.Data["private_key"] != "second" {
		return fmt.Errorf("version N+1: %v %v", s, err)
	}
	return nil
}

// Ninety days of rotation: each run makes a version.
func ninetyDays() error {
	t := &vaultTime{}
	p := provider(t, os.Args[2])
	first, err := p.RotateSecret(jwtKeys, mock.M{"private_key": "q1"})
	must(err)
	t.Sleep(90 * 24 * time.Hour)
	second, err := p.RotateSecret(jwtKeys, mock.M{"private_key": "q2"})
	must(err)
	a, err := p.Read(jwtKeys, first)
	must(err)
	b, err := p.Read(jwtKeys, second)
	must(err)
	apart := b.VersionMetadata.CreatedTime.Sub(a.VersionMetadata.CreatedTime)
	if apart != 90*24*time.Hour {
		return fmt.Errorf("the versions are %s apart", apart)
	}
	return nil
}

// A token of one hour is renewed; before its cliff at four hours comes a new
// login, so that no call ever meets 403.
func loginBeforeCliff(role, secret string) error {
	t := &vaultTime{}
	p := provider(t, "")
	t.hook = func(time.Duration) {
		if _, err := p.Read(jwtKeys, 0); err != nil {
			panic(err)
		}
	}
	if err := p.KeepToken(role, secret, t.Now().Add(24*time.Hour)); err != nil {
		return err
	}
	logins := mock.M{"op": "login"}
	if err := m.Verify(mock.M{"match": logins,
		"times": mock.M{"min": 6, "max": 9}}); err != nil {
		return err
	}
	if err := m.Verify(mock.M{"match": logins, "clock": "virtual",
		"spacing": mock.M{"min": "1h", "max": "4h"}}); err != nil {
		return err
	}
	return m.Verify(mock.M{"match": mock.M{"path": "**"}, "status": 403,
		"times": mock.M{"exact": 0}})
}

// The 1h token really ends when nobody renews it, and its max of 4h holds.
func tokenLife(role, secret string) error {
	t := &vaultTime{}
	p := provider(t, "")
	made, err := p.Login(role, secret)
	must(err)
	if made.Auth.LeaseDuration != 3600 || !made.Auth.Renewable {
		return fmt.Errorf("a token of %d s", made.Auth.LeaseDuration)
	}
	for i := 0; i < 4; i++ {
		t.Sleep(55 * time.Minute)
		renewed, err := p.client.Auth().Token().RenewSelf(0)
		if err != nil {
			return fmt.Errorf("renewal %d: %w", i+1, err)
		}
		if left := renewed.Auth.LeaseDuration; i == 3 && left > 20*60 {
			return fmt.Errorf("%d s past the cliff", left)
		}
	}
	t.Sleep(21 * time.Minute)
	if _, err = p.Read(jwtKeys, 0); err == nil {
		return errors.New("the token outlived its four hours")
	}
	return nil
}

// A login per request is a storm, and the journal says so.
func stormIsCaught(role, secret string) error {
	var all sync.WaitGroup
	for i := 0; i < 8; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			p := provider(&vaultTime{}, "")
			for i := 0; i < 5; i++ {
				_, err := p.Login(role, secret)
				must(err)
			}
		}()
	}
	all.Wait()
	err := m.Verify(mock.M{"match": mock.M{"op": "login"},
		"rate": mock.M{"max": 10, "per": "1m"}})
	if err == nil {
		return errors.New("forty logins passed for ten a minute")
	}
	if !strings.Contains(err.Error(), "422") {
		return err
	}
	return m.Verify(mock.M{"match": mock.M{"op": "login"},
		"times": mock.M{"exact": 40}})
}

// With ttl_scale a real client renews a hundred times sooner, in real time.
func scaledWatcher(role, secret string) error {
	if status, answer, err := m.Call("PUT", "clock",
		mock.M{"mode": "real", "ttl_scale": 1200}); status != 200 {
		return fmt.Errorf("%v %v", answer, err)
	}
	p := provider(&vaultTime{}, "")
	made, err := p.Login(role, secret)
	must(err)
	if made.Auth.LeaseDuration != 3 {
		return fmt.Errorf("an hour is %d s", made.Auth.LeaseDuration)
	}
	w, err := p.client.NewLifetimeWatcher(&api.LifetimeWatcherInput{
		Secret: made})
	must(err)
	go w.Start()
	defer w.Stop()
	select {
	case <-w.RenewCh():
		return nil
	case err := <-w.DoneCh():
		return fmt.Errorf("the watcher ended: %v", err)
	}
}

func main() {
	role, secret := setUp()
	status, answer, err := m.Call("PUT", "snapshots/set-up", nil)
	must(err)
	if status != 201 {
		panic(fmt.Sprint(status, answer))
	}
	promises := []struct {
		name string
		keep func() error
	}{
		{"aborts when Vault is sealed", abortsWhenSealed},
		{"aborts when Vault is away", abortsWhenAway},
		{"backs off from 250 ms to 16 s", backsOff},
		{"starts once Vault is unsealed", startsOnceUnsealed},
		{"notices a rotation within its poll", noticesRotation},
		{"the old key has its grace", graceOfOldKey},
		{"ninety days", ninetyDays},
		{"renews, and logs in before the cliff",
			func() error { return loginBeforeCliff(role, secret) }},
		{"a token of one hour, four at most",
			func() error { return tokenLife(role, secret) }},
		{"a storm of logins is caught",
			func() error { return stormIsCaught(role, secret) }},
		{"a real watcher on scaled TTLs",
			func() error { return scaledWatcher(role, secret) }},
	}
	passed, failed := 0, 0
	for _, p := range promises {
		must(m.Reset())
		_, _, err := m.Call("POST", "snapshots/set-up/restore", nil)
		must(err)
		must(m.Freeze())
		if err := p.keep(); err != nil {
			fmt.Printf("FAIL %s: %v\n", p.name, err)
			failed++
		} else {
			passed++
		}
	}
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}
