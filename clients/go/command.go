package mockvault

import (
	"errors"
	"net/http"
	"testing"
	"time"
)

// Populate puts fixtures in force, all or nothing.
func (v *Vault) Populate(t testing.TB, fixtures any) {
	t.Helper()
	body, err := document(fixtures)
	if err == nil {
		err = v.control.call("POST", "/populate",
			map[string]any{"fixtures": body}, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Outage turns an outage of docs/outages.md on, until the function that it
// returns is called or the test ends.
func (v *Vault) Outage(t testing.TB, name string, how ...Outage) (end func()) {
	t.Helper()
	var run struct {
		ID     string
		Active bool
	}
	err := v.control.call("PUT", "/outages/"+name, first(how), &run)
	if err != nil {
		t.Fatal(err)
	}
	if !run.Active {
		return func() {} // final: it is done
	}
	return v.ender(t, "/outages/"+run.ID)
}

// Rule adds a rule of docs/rules.md, until the function that it returns is
// called or the test ends.
func (v *Vault) Rule(t testing.TB, rule Rule) (end func()) {
	t.Helper()
	var made struct{ ID string }
	if err := v.control.call("POST", "/faults", rule, &made); err != nil {
		t.Fatal(err)
	}
	return v.ender(t, "/faults/"+made.ID)
}

// ender takes it away; one that ended by itself is away already. What the
// Vault's own test began ends with its Vault.
func (v *Vault) ender(t testing.TB, path string) func() {
	end := func() {
		t.Helper()
		err := v.control.call("DELETE", path, nil, nil)
		var refused *Error
		if err != nil && !(errors.As(err, &refused) &&
			refused.Status == http.StatusNotFound) {
			t.Error(err)
		}
	}
	if t == v.test {
		return end
	}
	return once(t, func() {
		t.Helper()
		if t.Failed() {
			v.reportOnce.Do(func() { t.Log(v.Report()) })
		}
		end()
	})
}

// once makes a function that works when it is called first, at the latest at
// the test's end.
func once(t testing.TB, do func()) func() {
	done := false
	end := func() {
		t.Helper()
		if !done {
			done = true
			do()
		}
	}
	t.Cleanup(end)
	return end
}

// Scenario starts a scenario of docs/scenarios.md: the name of a shipped one, a
// file of JSON, or a Scenario. Its expectations are judged by the function that
// it returns, which ends it, or else at the end of the test.
func (v *Vault) Scenario(t testing.TB, scenario any, how ...ScenarioStart) (judge func()) {
	t.Helper()
	name, named := scenario.(string)
	path := "/scenarios/" + name
	if !named || v.control.call("GET", path, nil, nil) != nil {
		path = "/scenarios/test"
		body, err := document(scenario)
		if err == nil {
			err = v.control.call("PUT", path, body, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	err := v.control.call("POST", path+"/start", first(how), nil)
	if err != nil {
		t.Fatal(err)
	}
	return once(t, func() {
		t.Helper()
		v.judge(t, path)
	})
}

func (v *Vault) judge(t testing.TB, path string) {
	t.Helper()
	var story struct {
		State  string
		Expect []struct {
			Name, Reason string
			OK           bool
		}
	}
	err := v.control.call("GET", path, nil, &story)
	if err == nil && (story.State == "running" || story.State == "waiting") {
		err = v.control.call("POST", path+"/stop", nil, &story)
	}
	if err != nil {
		t.Error(err)
	}
	for _, expected := range story.Expect {
		if !expected.OK {
			t.Error("mockvault: " + expected.Name + ": " + expected.Reason)
		}
	}
}

// Verify fails the test unless the journal shows what is claimed; docs/journal.md
// has every claim.
func (v *Vault) Verify(t testing.TB, claims ...Verify) {
	t.Helper()
	for _, claim := range claims {
		err := v.control.call("POST", "/requests/verify", claim, nil)
		var refused *Error
		if errors.As(err, &refused) && refused.Status == 422 {
			t.Error(refused.claim())
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// Requests are those of the journal that match, the oldest first.
func (v *Vault) Requests(t testing.TB, which ...Find) []Request {
	t.Helper()
	return v.query(t, "/requests/find", first(which))
}

// Wait returns when as many requests have come as n says, one by default, and
// fails the test when they do not come in time.
func (v *Vault) Wait(t testing.TB, which Wait) []Request {
	t.Helper()
	return v.query(t, "/requests/wait", which)
}

func (v *Vault) query(t testing.TB, path string, body any) []Request {
	t.Helper()
	var found struct{ Requests []Request }
	err := v.control.call("POST", path, body, &found)
	var refused *Error
	if errors.As(err, &refused) && refused.Status == http.StatusRequestTimeout {
		t.Fatal("mockvault: the requests did not come in time")
	}
	if err != nil {
		t.Fatal(err)
	}
	return found.Requests
}

// Snapshot keeps the state under a name, Restore goes back to it, Reset to the
// start.
func (v *Vault) Snapshot(t testing.TB, name string) {
	t.Helper()
	v.order(t, "PUT", "/snapshots/"+name)
}

// Restore puts the state back to a snapshot.
func (v *Vault) Restore(t testing.TB, name string) {
	t.Helper()
	v.order(t, "POST", "/snapshots/"+name+"/restore")
}

// Reset puts all back to the start: state, rules, clock and journal.
func (v *Vault) Reset(t testing.TB) {
	t.Helper()
	v.order(t, "POST", "/reset")
}

func (v *Vault) order(t testing.TB, method, path string) {
	t.Helper()
	if err := v.control.call(method, path, nil, nil); err != nil {
		t.Fatal(err)
	}
}

// VirtualClock is the vault's time, by which everything that ends ends.
type VirtualClock struct{ control *control }

// Ended is a token, lease, secret id or version that ended on the way.
type Ended struct {
	Kind     string
	Accessor string
	LeaseID  string `json:"lease_id"`
	Path     string
	Version  int
}

// Advance goes forward, and returns when all that ended on the way has ended.
func (c *VirtualClock) Advance(t testing.TB, by time.Duration) []Ended {
	t.Helper()
	var moved struct{ Expired []Ended }
	err := c.control.call("POST", "/clock/advance",
		ClockAdvance{By: For(by)}, &moved)
	if err != nil {
		t.Fatal(err)
	}
	return moved.Expired
}

// Freeze stops the vault's time.
func (c *VirtualClock) Freeze(t testing.TB) {
	t.Helper()
	c.Set(t, Clock{Mode: "frozen"})
}

// Set changes how the vault's time goes.
func (c *VirtualClock) Set(t testing.TB, clock Clock) {
	t.Helper()
	if err := c.control.call("PUT", "/clock", clock, nil); err != nil {
		t.Fatal(err)
	}
}

// Now is the vault's time.
func (c *VirtualClock) Now(t testing.TB) time.Time {
	t.Helper()
	var clock struct{ Now time.Time }
	if err := c.control.call("GET", "/clock", nil, &clock); err != nil {
		t.Fatal(err)
	}
	return clock.Now
}

func first[T any](given []T) T {
	var none T
	if len(given) == 0 {
		return none
	}
	return given[0]
}
