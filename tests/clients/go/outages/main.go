// How the official Go client takes outages: which error it returns, and how
// often it tried, by the journal.
//
//	MOCKVAULT_URL=... go run ./outages ADDRESS ROOT_TOKEN
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/vault/api"

	"mockvault.test/clients/mock"
)

const path = "secret/data/app"

// reaction is one outage and what the client makes of it.
type reaction struct {
	outage string
	params mock.M
	status int    // of the api.ResponseError; 0: another error
	text   string // that the error holds
	tries  int    // on path, by the journal
}

const invalid = "* permission denied\n\t* invalid token"

// The client tries three times where it may hope: 5xx but 501, 412 and broken
// connections (and 429 with newer retry libraries than this one). An idempotent request whose kept connection was closed
// is sent once more by net/http itself.
var reactions = []reaction{
	{"sealed", nil, 503, "Vault is sealed", 3},
	{"uninitialized", nil, 503, "Vault is sealed", 3},
	{"no-leader", nil, 500, "active cluster node not found", 3},
	{"no-leader", mock.M{"forwarding": "off"}, 503,
		"no active Vault instance found", 3},
	{"quorum-loss", mock.M{"lease": 0}, 500, "active cluster node not found", 3},
	{"forward-fail", mock.M{"stall": "1ms"}, 500,
		"context deadline exceeded", 3},
	{"redirect", mock.M{"to": "loop"}, 404, "", 2}, // reads as "no secret"
	{"stale-read", mock.M{"as": "denied"}, 403, "permission denied", 1},
	{"amnesia", nil, 404, "", 1},
	{"storage-error", nil, 500, "internal error", 3},
	{"audit-fail", nil, 500, "internal error", 3},
	{"audit-fail", mock.M{"side": "response"}, 500, "internal error", 3},
	{"rate-limit", mock.M{"rate": 0}, 429, "rate limit quota exceeded", 1},
	{"permission-flap", mock.M{"every": 1}, 403, "permission denied", 1},
	{"kv-upgrading", nil, 400, "Upgrading from non-versioned", 1},
	{"namespace", mock.M{"as": "locked"}, 503, "locked by an administrator",
		3},
	{"namespace", mock.M{"as": "unavailable"}, 400, "unavailable in", 1},
	{"lb-html", mock.M{"status": 502}, 502, "Bad Gateway", 3},
	{"lb-html", mock.M{"status": 504}, 504, "Gateway Time-out", 3},
	{"lb-200-html", nil, 0, "invalid character '<'", 1},
	{"reset", nil, 0, "connection reset by peer", 3},
	{"reset", mock.M{"at": "body", "after_bytes": 5}, 0,
		"connection reset by peer", 1},
	{"truncate", mock.M{"bytes": 20}, 0, "unexpected EOF", 1},
	{"truncate", mock.M{"bytes": 20, "keep_length": false}, 0,
		"unexpected EOF", 1},
	{"empty", nil, 0, "EOF", 3},
	{"garbage", nil, 0, "malformed HTTP", 3},
	{"storage-hang", nil, 0, "context deadline exceeded", 1},
	{"refuse", nil, 0, "connection refused", 0},
}

func client(timeout time.Duration) *api.Client {
	config := api.DefaultConfig()
	config.Address = os.Args[1]
	config.Timeout = timeout
	c, err := api.NewClient(config)
	if err != nil {
		panic(err)
	}
	c.SetToken(os.Args[2])
	c.SetMinRetryWait(time.Millisecond)
	c.SetMaxRetryWait(2 * time.Millisecond)
	return c
}

// read is what a service does; a missing secret is nil, nil.
func read(c *api.Client) error {
	secret, err := c.Logical().Read(path)
	if err == nil && secret == nil {
		return &api.ResponseError{StatusCode: 404}
	}
	return err
}

func compare(r reaction, err error, tries int) error {
	var refusal *api.ResponseError
	status := 0
	if errors.As(err, &refusal) {
		status = refusal.StatusCode
	}
	if err == nil {
		return errors.New("no error")
	}
	if status != r.status {
		return fmt.Errorf("status %d, wanted %d: %v", status, r.status, err)
	}
	if !strings.Contains(err.Error(), r.text) {
		return fmt.Errorf("no %q in %q", r.text, err.Error())
	}
	if tries != r.tries {
		return fmt.Errorf("%d tries, wanted %d", tries, r.tries)
	}
	return nil
}

// A silent server costs a try until the client's own timeout.
func timeout(outage string) time.Duration {
	if outage == "storage-hang" {
		return 300 * time.Millisecond
	}
	return time.Minute
}

func play(m mock.Control, r reaction) error {
	c := client(timeout(r.outage))
	if err := m.Reset(); err != nil {
		return err
	}
	if _, err := c.Logical().Write(path,
		mock.M{"data": mock.M{"k": "v"}}); err != nil {
		return fmt.Errorf("before the outage: %w", err)
	}
	if err := m.Outage(r.outage, r.params); err != nil {
		return err
	}
	before, err := m.Count(mock.M{"path": path})
	if err != nil {
		return err
	}
	err = read(c)
	after, err2 := m.Count(mock.M{"path": path})
	if err2 != nil {
		return err2
	}
	if err := compare(r, err, after-before); err != nil {
		return err
	}
	if err := m.Off(r.outage); err != nil {
		return err
	}
	if err := read(client(time.Minute)); err != nil {
		return fmt.Errorf("after the outage: %w", err)
	}
	return nil
}

// The watcher of a token gives up when its renewals are refused, and the next
// login is the application's.
func watcher(m mock.Control) error {
	root := client(time.Minute)
	if err := m.Reset(); err != nil {
		return err
	}
	made, err := root.Auth().Token().Create(&api.TokenCreateRequest{
		Policies: []string{"default"}, TTL: "1h"})
	if err != nil {
		return err
	}
	if err := m.Outage("renew-denied", nil); err != nil {
		return err
	}
	c := client(time.Minute)
	c.SetToken(made.Auth.ClientToken)
	w, err := c.NewLifetimeWatcher(&api.LifetimeWatcherInput{
		Secret:        made,
		RenewBehavior: api.RenewBehaviorErrorOnErrors})
	if err != nil {
		return err
	}
	go w.Start()
	defer w.Stop()
	select {
	case err = <-w.DoneCh():
	case <-time.After(20 * time.Second):
		return errors.New("the watcher still hopes")
	}
	if err == nil || !strings.Contains(err.Error(), "permission denied") {
		return fmt.Errorf("the watcher ended with %v", err)
	}
	return nil
}

// A token that is really gone: 403, once, and no retry helps.
func revoked(m mock.Control) error {
	if err := m.Reset(); err != nil {
		return err
	}
	root := client(time.Minute)
	made, err := root.Auth().Token().Create(&api.TokenCreateRequest{
		Policies: []string{"default"}})
	if err != nil {
		return err
	}
	if err := m.Outage("token-revoked", nil); err != nil {
		return err
	}
	c := client(time.Minute)
	c.SetToken(made.Auth.ClientToken)
	_, err = c.Auth().Token().LookupSelf()
	if err == nil || !strings.Contains(err.Error(), invalid) {
		return fmt.Errorf("lookup-self of a dead token: %v", err)
	}
	return m.Verify(mock.M{"match": mock.M{"op": "lookup"},
		"times": mock.M{"exact": 1}})
}

func main() {
	m := mock.Control{URL: os.Getenv("MOCKVAULT_URL")}
	passed, failed := 0, 0
	tell := func(name string, err error) {
		if err != nil {
			fmt.Printf("FAIL %s: %v\n", name, err)
			failed++
			return
		}
		passed++
	}
	for _, r := range reactions {
		tell(fmt.Sprint(r.outage, " ", r.params), play(m, r))
	}
	tell("the watcher of a token", watcher(m))
	tell("a revoked token", revoked(m))
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}
