package mockvault

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// watched is a test that is expected to fail: it keeps what it said. Its Fatal
// ends the goroutine, as a test's does.
type watched struct {
	testing.TB
	said   strings.Builder
	ends   []func()
	failed bool
}

func (w *watched) Cleanup(end func())        { w.ends = append(w.ends, end) }
func (w *watched) Failed() bool              { return w.failed }
func (w *watched) Helper()                   {}
func (w *watched) Log(args ...any)           { fmt.Fprintln(&w.said, args...) }
func (w *watched) Error(args ...any)         { w.Log(args...); w.failed = true }
func (w *watched) Fatal(args ...any)         { w.Error(args...); panic(w) }
func (w *watched) Fatalf(f string, a ...any) { w.Fatal(fmt.Sprintf(f, a...)) }

// failing runs a test to its end, cleanups too, and returns what it said.
func failing(t *testing.T, test func(testing.TB)) string {
	t.Helper()
	w := &watched{TB: t}
	func() {
		defer func() {
			if r := recover(); r != nil && r != any(w) {
				panic(r)
			}
		}()
		test(w)
	}()
	for i := len(w.ends) - 1; i >= 0; i-- {
		w.ends[i]()
	}
	if !w.failed {
		t.Fatal("it did not fail")
	}
	return w.said.String()
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in: %s", part, text)
		}
	}
}

func read(v *Vault, path string) (map[string]any, error) {
	client := v.Client()
	client.SetMaxRetries(0)
	secret, err := client.Logical().Read(path)
	if secret == nil {
		return nil, err
	}
	return secret.Data, err
}

func write(t *testing.T, v *Vault, value string) {
	t.Helper()
	_, err := v.Client().Logical().Write("secret/data/app",
		map[string]any{"data": map[string]any{"k": value}})
	if err != nil {
		t.Fatal(err)
	}
}

func TestEachTestHasItsOwn(t *testing.T) {
	for i := 0; i < 8; i++ {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			vault := Start(t)
			if data, err := read(vault, "secret/data/app"); data != nil || err != nil {
				t.Fatal(data, err)
			}
			write(t, vault, t.Name())
			data, err := read(vault, "secret/data/app")
			if err != nil || data["data"].(map[string]any)["k"] != t.Name() {
				t.Fatal(data, err)
			}
			if n := len(vault.Requests(t)); n != 3 {
				t.Error(n, "requests")
			}
		})
	}
}

func TestFixtures(t *testing.T) {
	file := filepath.Join(t.TempDir(), "vault.json")
	text := `{"policies": {"app": "path \"secret/*\" { capabilities = [\"read\"] }"}}`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	vault := Start(t, WithFixtures(file),
		WithFixtures(`{"kv": {"secret/text": {"k": "v"}}}`),
		WithFixtures(map[string]any{
			"kv": map[string]any{"secret/map": map[string]any{"k": "v"}}}))
	for _, path := range []string{"secret/data/text", "secret/data/map", "sys/policies/acl/app"} {
		if data, err := read(vault, path); data == nil {
			t.Error(path, err)
		}
	}
	said := failing(t, func(t testing.TB) {
		vault.Populate(t, `{"zork": 1}`)
	})
	contains(t, said, "zork", "400")
}

func TestOutage(t *testing.T) {
	vault := Start(t)
	write(t, vault, "v")
	end := vault.Outage(t, "sealed")
	if _, err := read(vault, "secret/data/app"); err == nil {
		t.Fatal("it is not sealed")
	}
	end()
	if _, err := read(vault, "secret/data/app"); err != nil {
		t.Fatal(err)
	}
	t.Run("part", func(t *testing.T) {
		vault.Outage(t, "lb-html", Outage{Match: &Match{Path: "secret/**"}})
		if _, err := read(vault, "secret/data/app"); err == nil {
			t.Fatal("no page")
		}
	})
	if _, err := read(vault, "secret/data/app"); err != nil {
		t.Fatal("the part's outage goes on: ", err)
	}
	said := failing(t, func(t testing.TB) { vault.Outage(t, "seeled") })
	contains(t, said, "seeled")
}

func TestFromTheStart(t *testing.T) {
	vault := Start(t, WithOutage("sealed"), WithClock(Clock{Mode: "frozen"}))
	if _, err := read(vault, "secret/data/app"); err == nil {
		t.Fatal("it is not sealed")
	}
	if vault.Clock.Now(t) != vault.Clock.Now(t) {
		t.Fatal("its clock goes")
	}
}

func TestRule(t *testing.T) {
	vault := Start(t, WithRule(Rule{ID: "twice",
		Match: &Match{Path: "secret/**"}, When: &When{Times: Ptr(1)},
		Then: []any{map[string]any{"respond": map[string]any{
			"status": 418, "errors": []string{"tea"}}}}}))
	if _, err := read(vault, "secret/data/app"); err == nil {
		t.Fatal("no rule")
	}
	if _, err := read(vault, "secret/data/app"); err != nil {
		t.Fatal(err)
	}
	vault.Verify(t, Verify{Rule: "twice", Times: 1})
}

func TestClock(t *testing.T) {
	vault := Start(t, WithFixtures(
		`{"tokens": [{"id": "short", "ttl": "1h", "policies": ["default"]}]}`))
	vault.Clock.Freeze(t)
	before := vault.Clock.Now(t)
	ended := vault.Clock.Advance(t, 90*time.Minute)
	if len(ended) != 1 || ended[0].Kind != "token" {
		t.Error(ended)
	}
	if went := vault.Clock.Now(t).Sub(before); went != 90*time.Minute {
		t.Error(went)
	}
}

func TestVerify(t *testing.T) {
	vault := Start(t)
	write(t, vault, "v")
	match := &Match{Path: "secret/**"}
	vault.Verify(t, Verify{Match: match, Times: 1},
		Verify{Match: match, Times: VerifyTimes{Max: Ptr(1)}},
		Verify{Match: match, EndsWith: "success"})
	said := failing(t, func(t testing.TB) {
		vault.Verify(t, Verify{Match: match, Times: VerifyTimes{Max: Ptr(0)}})
	})
	contains(t, said, "expected at most 0 requests", "secret/data/app",
		"curl -s http")
}

func TestWait(t *testing.T) {
	vault := Start(t)
	go read(vault, "secret/data/app")
	came := vault.Wait(t, Wait{Match: &Match{Op: "read"}})
	if len(came) != 1 || came[0].Path != "secret/data/app" || came[0].Status != 404 {
		t.Error(came)
	}
	said := failing(t, func(t testing.TB) {
		vault.Wait(t, Wait{N: Ptr(9), Timeout: For(time.Millisecond)})
	})
	contains(t, said, "in time")
}

func TestScenario(t *testing.T) {
	vault := Start(t, WithFixtures(`{"kv": {"secret/app": {"k": "v"}}}`))
	match := &Match{Path: "secret/**"}
	own := Scenario{
		Timeline: []ScenarioStep{{At: "0ms", Do: []any{
			map[string]any{"outage": "sealed"}}}},
		Expect: []Expectation{
			{Name: "it asks", Match: match, Times: "some"},
			{Name: "it asks twice", Match: match, Times: 2}}}
	judge := vault.Scenario(t, own)
	for i := 0; i < 2; i++ {
		if _, err := read(vault, "secret/data/app"); err == nil {
			t.Error("it is not sealed")
		}
	}
	judge()
	if _, err := read(vault, "secret/data/app"); err != nil {
		t.Error(err)
	}
	said := failing(t, func(t testing.TB) {
		vault := Start(t, WithScenario(own))
		read(vault, "secret/data/app")
	})
	contains(t, said, "it asks twice: expected exactly 2")
	if strings.Contains(said, "it asks: ") {
		t.Error(said)
	}
	said = failing(t, func(t testing.TB) {
		vault.Scenario(t, "seal-incident", ScenarioStart{Begin: "now"})
	})
	contains(t, said, "the client is there at the end: ")
	said = failing(t, func(t testing.TB) { vault.Scenario(t, "zork") })
	contains(t, said, "zork")
}

func TestState(t *testing.T) {
	vault := Start(t)
	write(t, vault, "one")
	vault.Snapshot(t, "one")
	write(t, vault, "two")
	vault.Restore(t, "one")
	data, err := read(vault, "secret/data/app")
	if err != nil || data["data"].(map[string]any)["k"] != "one" {
		t.Error(data, err)
	}
	vault.Reset(t)
	if data, err := read(vault, "secret/data/app"); data != nil {
		t.Error(data, err)
	}
}

func TestAFailedTestShowsWhatCame(t *testing.T) {
	said := failing(t, func(w testing.TB) {
		vault := Start(w)
		vault.Outage(w, "storage-error", Outage{Match: &Match{Path: "secret/**"}})
		vault.Outage(w, "sealed")
		read(vault, "secret/data/app")
		w.Fatal("it went wrong")
	})
	contains(t, said, "it went wrong", "last requests", "secret/data/app",
		"500", "respond", "rule storage-error matched 1", `"outage":"sealed"`)
}

func TestFlagsAndSeed(t *testing.T) {
	vault := Start(t, WithFlags("-vault-version=2.0.0"))
	health, err := vault.Client().Sys().Health()
	if err != nil || health.Version != "2.0.0" {
		t.Error(health, err)
	}
	ids := map[string]bool{}
	for i := 0; i < 2; i++ {
		secret, err := Start(t, WithSeed(7)).Client().Auth().Token().Create(nil)
		if err != nil {
			t.Fatal(err)
		}
		ids[secret.Auth.ClientToken] = true
	}
	if len(ids) != 1 {
		t.Error("one seed, two tokens: ", ids)
	}
	said := failing(t, func(t testing.TB) { Start(t, WithFlags("-zork")) })
	contains(t, said, "did not start", "zork")
}

// TestNoSpaces: a cluster has none, and is the test's own.
func TestNoSpaces(t *testing.T) {
	vault := Start(t, WithFlags("-nodes=3"))
	write(t, vault, "v")
	if data, err := read(vault, "secret/data/app"); data == nil {
		t.Error(err)
	}
}

// TestRefuse is an outage of a whole server, which a test has alone.
func TestRefuse(t *testing.T) {
	vault := Start(t, Alone())
	end := vault.Outage(t, "refuse")
	if _, err := read(vault, "secret/data/app"); err == nil {
		t.Error("it was not refused")
	}
	end()
	if _, err := read(vault, "secret/data/app"); err != nil {
		t.Error(err)
	}
}

func TestSetenv(t *testing.T) {
	vault := Start(t)
	vault.Setenv(t)
	if os.Getenv("VAULT_ADDR") != vault.Addr || os.Getenv("VAULT_TOKEN") != vault.Token {
		t.Error(os.Environ())
	}
}

func TestJoin(t *testing.T) {
	t.Setenv("VAULT_TOKEN", "")
	s := run(t, nil)
	for _, url := range []string{s.main, s.admin + "/"} {
		t.Run(strings.TrimPrefix(url, "http://"), func(t *testing.T) {
			t.Setenv("MOCKVAULT_URL", url)
			vault := Start(t)
			// Another machine's process may have our number.
			pid := fmt.Sprintf("-%d-", os.Getpid())
			if !strings.HasPrefix(vault.Addr, s.main) || strings.Contains(vault.Addr, pid) {
				t.Fatal(vault.Addr)
			}
			if data, err := read(vault, "secret/data/app"); data != nil {
				t.Error("the test before left this: ", data, err)
			}
			write(t, vault, "v")
			if s.hasSpaces {
				return
			}
			said := failing(t, func(t testing.TB) { Start(t) })
			contains(t, said, "one test after the other")
		})
	}
	said := failing(t, func(t testing.TB) { Join(t, s.main, WithFlags("-x")) })
	contains(t, said, "flags")
}

// TestASlowService becomes ready after a while.
func TestASlowService(t *testing.T) {
	s := run(t, nil)
	asked := 0
	front := httptest.NewServer(http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			if asked++; asked < 3 {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			request, _ := http.NewRequest(r.Method, s.main+r.URL.String(), r.Body)
			answer, err := http.DefaultClient.Do(request)
			if err != nil {
				panic(err)
			}
			defer answer.Body.Close()
			w.WriteHeader(answer.StatusCode)
			io.Copy(w, answer.Body)
		}))
	t.Cleanup(front.Close)
	Join(t, front.URL)
	if asked < 3 {
		t.Error(asked)
	}
}

func TestNoProgram(t *testing.T) {
	t.Setenv("MOCKVAULT_BIN", "")
	t.Setenv("PATH", t.TempDir())
	if path, err := Binary(); err == nil {
		t.Error(path)
	}
}

// TestItEndsWithItsProcess kills a process that has a server; the server's
// standard output closes, as nothing else holds it.
func TestItEndsWithItsProcess(t *testing.T) {
	if os.Getenv("MOCKVAULT_TEST_CHILD") != "" {
		s, err := start(nil)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println("pid", s.process.Process.Pid)
		select {}
	}
	child := exec.Command(os.Args[0], "-test.run=^TestItEndsWithItsProcess$")
	child.Env = append(os.Environ(), "MOCKVAULT_TEST_CHILD=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err = child.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err = fmt.Fscanf(out, "pid %d\n", &pid); err != nil {
		t.Fatal(err)
	}
	child.Process.Kill()
	child.Wait()
	state := fmt.Sprintf("/proc/%d/stat", pid)
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		text, err := os.ReadFile(state)
		if err != nil || strings.Contains(string(text), ") Z ") {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Error("the server is there without its process")
}

// BenchmarkFixture is from Start to the first answer of Vault's API.
func BenchmarkFixture(b *testing.B) {
	for i := 0; i < b.N; i++ {
		w := &watched{TB: b}
		if _, err := Start(w).Client().Sys().Health(); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		for i := len(w.ends) - 1; i >= 0; i-- {
			w.ends[i]()
		}
		b.StartTimer()
	}
}
