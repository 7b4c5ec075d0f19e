package mockvault

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// How long a server may take until it is ready; a service of a pipeline starts
// beside the tests.
const patience = 30 * time.Second

// server is a process of this one's, or one that was joined.
type server struct {
	main, admin, token string
	hasSpaces          bool
	process            *exec.Cmd // nil: joined
	log                *tail
}

var (
	sharedOnce   sync.Once
	sharedServer *server
	sharedError  error
)

// Binary is the program: MOCKVAULT_BIN, or mockvault on PATH.
func Binary() (string, error) {
	if path := os.Getenv("MOCKVAULT_BIN"); path != "" {
		return path, nil
	}
	path, err := exec.LookPath("mockvault")
	if err != nil {
		return "", errors.New("mockvault: no program: it is not on PATH, and MOCKVAULT_BIN does not name it")
	}
	return path, nil
}

// shared is the server whose spaces the tests of this process have; nil where
// this test needs one of its own.
func shared(t testing.TB, o *settings) *server {
	t.Helper()
	if o.alone || len(o.flags) > 0 {
		return nil
	}
	sharedOnce.Do(func() { sharedServer, sharedError = start(nil) })
	if sharedError != nil {
		t.Fatal(sharedError)
	}
	if !sharedServer.hasSpaces {
		return nil
	}
	return sharedServer
}

// run starts a server that ends with the test.
func run(t testing.TB, flags []string) *server {
	t.Helper()
	s, err := start(flags)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	return s
}

// start starts a server that ends with this process: the pipe to its standard
// input closes then.
func start(flags []string) (*server, error) {
	path, err := Binary()
	if err != nil {
		return nil, err
	}
	s := &server{token: "root", log: &tail{}}
	s.process = exec.Command(path, append([]string{"server", "-dev",
		"-dev-root-token-id=" + s.token, "-dev-listen-address=127.0.0.1:0",
		"-dev-no-store-token", "-admin-addr=127.0.0.1:0",
		"-exit-on-stdin-eof"}, flags...)...)
	s.process.Stderr = s.log
	if _, err = s.process.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err = s.process.Start(); err != nil {
		return nil, fmt.Errorf("mockvault: %w", err)
	}
	var bound struct {
		APIAddr   string `json:"api_addr"`
		AdminAddr string `json:"admin_addr"`
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && bound.APIAddr == "" {
		if bytes.HasPrefix(lines.Bytes(), []byte("{")) {
			err = json.Unmarshal(lines.Bytes(), &bound)
			break
		}
	}
	if err != nil || bound.APIAddr == "" {
		s.process.Wait()
		return nil, fmt.Errorf("mockvault: the server did not start: %s", s.log)
	}
	go io.Copy(io.Discard, out)
	s.main, s.admin = bound.APIAddr, bound.AdminAddr
	return s, s.awaitReady()
}

// join finds out what is at the URL: Vault's API or the control API alone.
func join(t testing.TB, at string) *server {
	t.Helper()
	at = strings.TrimRight(at, "/")
	s := &server{main: at, admin: at, token: os.Getenv("VAULT_TOKEN")}
	if s.token == "" {
		s.token = "root"
	}
	if err := s.awaitReady(); err != nil {
		t.Fatal(err)
	}
	answer, err := http.Get(at + "/v1/sys/seal-status")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusNotFound {
		return s
	}
	var info struct{ Addresses struct{ Main []string } }
	err = s.control("").call("GET", "/info", nil, &info)
	if err != nil || len(info.Addresses.Main) == 0 {
		t.Fatal("mockvault: where Vault is, is not known at ", at, ": ", err)
	}
	main, err := url.Parse(info.Addresses.Main[0])
	if err != nil {
		t.Fatal(err)
	}
	here, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	main.Host = here.Hostname() + ":" + main.Port()
	s.main = main.String()
	return s
}

// awaitReady waits until the server is, and asks whether it has spaces.
func (s *server) awaitReady() error {
	c := s.control("")
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		err := c.call("GET", "/ready", nil, nil)
		if err == nil {
			break
		}
		if time.Now().After(end) {
			return fmt.Errorf("%w\n%s", err, s.log)
		}
	}
	err := c.call("GET", "/spaces", nil, nil)
	var refused *Error
	if errors.As(err, &refused) && (refused.Status == http.StatusNotFound ||
		refused.Status == http.StatusConflict) {
		return nil // an old one; a cluster, or a proxy
	}
	s.hasSpaces = err == nil
	return err
}

func (s *server) control(prefix string) *control {
	return &control{url: s.admin + prefix, token: os.Getenv("MOCKVAULT_ADMIN_TOKEN")}
}

func (s *server) stop() {
	s.process.Process.Signal(os.Interrupt)
	s.process.Wait()
}

// spaceID is unlike those of other processes, which may be on other machines.
func spaceID(t testing.TB) string {
	t.Helper()
	var id [6]byte
	if _, err := rand.Read(id[:]); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("go-%x", id)
}

// space makes a space that ends with the test.
func (s *server) space(t testing.TB, o *settings) *Vault {
	t.Helper()
	id := spaceID(t)
	body := map[string]any{}
	if o.from != "" {
		body["from"] = o.from
	}
	if o.seed != nil {
		body["seed"] = *o.seed
	}
	if s.process == nil {
		body["expires_in"] = "1h" // this process may be killed
	}
	whole := s.control("")
	if err := whole.call("PUT", "/spaces/"+id, body, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := whole.call("DELETE", "/spaces/"+id, nil, nil); err != nil {
			t.Error(err)
		}
	})
	return s.vault(t, "/s/"+id)
}

// whole is a server as it stands, of this test alone.
func (s *server) whole(t testing.TB) *Vault {
	t.Helper()
	return s.vault(t, "")
}

// borrowed is a joined server without spaces, as it was at its start; one test
// at a time has it.
func (s *server) borrowed(t testing.TB) *Vault {
	t.Helper()
	name := t.Name()
	if other, taken := borrowed.LoadOrStore(s.admin, name); taken {
		t.Fatalf("mockvault: the server at %s has no spaces, and %v has it: run one test after the other",
			s.admin, other)
	}
	t.Cleanup(func() { borrowed.Delete(s.admin) })
	reset := func() {
		if err := s.control("").call("POST", "/reset", nil, nil); err != nil {
			t.Error(err)
		}
	}
	reset()
	t.Cleanup(reset)
	return s.vault(t, "")
}

var borrowed sync.Map

func (s *server) vault(t testing.TB, prefix string) *Vault {
	t.Helper()
	c := s.control(prefix)
	v := &Vault{Addr: s.main + prefix, Token: s.token, ControlURL: c.url,
		Clock: &VirtualClock{c}, control: c, server: s, test: t}
	t.Cleanup(func() {
		if t.Failed() {
			v.reportOnce.Do(func() { t.Log(v.Report()) })
		}
	})
	return v
}

// tail keeps the end of what a server says.
type tail struct {
	lock sync.Mutex
	text []byte
}

func (l *tail) Write(text []byte) (int, error) {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.text = append(l.text, text...)
	if over := len(l.text) - 64<<10; over > 0 {
		l.text = append([]byte(nil), l.text[over:]...)
	}
	return len(text), nil
}

func (l *tail) String() string {
	if l == nil {
		return ""
	}
	l.lock.Lock()
	defer l.lock.Unlock()
	return string(l.text)
}
