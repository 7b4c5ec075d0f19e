package tests

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mockvault.test/mockvault"
	"platform-kernel.test/kernel/services/vault"
)

// cluster is three nodes of one Vault, and a name before them, as a service of
// Kubernetes is: it leads to some node that takes connections.
type cluster struct {
	*platform
	addresses []string // host:port
	turn      atomic.Int64
}

type node struct {
	ID, State string
	APIAddr   string `json:"api_addr"`
}

const serviceName = "vault.platform-infra.svc.cluster.local:8200"

func startCluster(t *testing.T, flags ...string) *cluster {
	t.Helper()
	p := start(t, mockvault.WithFlags(append([]string{"-nodes=3"}, flags...)...))
	c := &cluster{platform: p}
	for _, n := range c.nodes() {
		c.addresses = append(c.addresses, strings.TrimPrefix(n.APIAddr, "http://"))
	}
	return c
}

func (c *cluster) nodes() []node {
	var all struct{ Nodes []node }
	c.control("GET", "/nodes", nil, &all)
	return all.Nodes
}

func (c *cluster) leader() string {
	for _, n := range c.nodes() {
		if n.State == "active" {
			return n.ID
		}
	}
	return ""
}

func (c *cluster) order(node, what string) {
	c.t.Helper()
	c.control("POST", "/nodes/"+node+"/"+what, nil, nil)
}

// config asks the cluster by its name.
func (c *cluster) config(role string) vault.Config {
	config := c.platform.config(role)
	config.Addr = "http://" + serviceName
	config.Transport = &http.Transport{DialContext: c.dial}
	return config
}

func (c *cluster) dial(ctx context.Context, network, address string) (conn net.Conn, err error) {
	var dialer net.Dialer
	if address != serviceName {
		return dialer.DialContext(ctx, network, address) // where a 307 leads
	}
	for range c.addresses {
		n := int(c.turn.Add(1)) % len(c.addresses)
		conn, err = dialer.DialContext(ctx, network, c.addresses[n])
		if err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// load writes secrets from several goroutines, and knows which were
// acknowledged.
type load struct {
	*cluster
	secrets *vault.Provider
	stop    atomic.Bool
	wait    sync.WaitGroup
	lock    sync.Mutex
	done    map[string]string
}

func (c *cluster) load(writers int) *load {
	c.t.Helper()
	l := &load{cluster: c, secrets: c.open(c.config("platform-operator")),
		done: map[string]string{}}
	for w := 0; w < writers; w++ {
		w := w
		l.wait.Add(1)
		go func() {
			defer l.wait.Done()
			for n := 0; !l.stop.Load(); n++ {
				l.write(fmt.Sprintf("platform/load/%d-%d", w, n), fmt.Sprint(w, n))
			}
		}()
	}
	return l
}

func (l *load) write(path, value string) {
	version, err := l.secrets.PutSecret(context.Background(), path, vault.Data{"v": value}, 0)
	if err != nil || version != 1 {
		l.t.Errorf("%s: version %d, %v", path, version, err)
		l.stop.Store(true)
		return
	}
	l.lock.Lock()
	defer l.lock.Unlock()
	l.done[path] = value
}

// more waits until so many writes more were acknowledged.
func (l *load) more(n int) {
	l.t.Helper()
	from := l.count()
	for end := time.Now().Add(time.Minute); l.count() < from+n; time.Sleep(time.Millisecond) {
		if l.stop.Load() || time.Now().After(end) {
			l.t.Fatal("the load stands still after ", l.count())
		}
	}
}

func (l *load) count() int {
	l.lock.Lock()
	defer l.lock.Unlock()
	return len(l.done)
}

// end stops the load and reads all that was acknowledged.
func (l *load) end() {
	l.t.Helper()
	l.stop.Store(true)
	l.wait.Wait()
	for path, value := range l.done {
		secret, err := l.secrets.GetSecret(context.Background(), path)
		if err != nil {
			l.t.Errorf("%s was acknowledged: %v", path, err)
		} else if secret.Data["v"] != value || secret.Version != 1 {
			l.t.Errorf("%s: %v, wanted %s", path, secret, value)
		}
	}
}

// TestLeaderCrash: the active node dies under load, twice. Writers ride through
// with the tokens they have, every write is there once, and IAM signs with the
// key that was rotated by the new leader.
func TestLeaderCrash(t *testing.T) {
	c := startCluster(t)
	s := c.signing(c.config("platform-iam"))
	s.live(time.Second)
	l := c.load(4)
	l.more(40)
	for i := 0; i < 2; i++ {
		dead := c.leader()
		c.order(dead, "kill")
		l.more(40)
		if now := c.leader(); now == dead || now == "" {
			t.Error("the leader is ", now)
		}
		c.order(dead, "restart")
		l.more(40)
	}
	l.end()
	r := s.rotate()
	s.live(time.Minute)
	s.works()
	if s.iam.Version() != r.New {
		t.Error("IAM signs with version ", s.iam.Version())
	}
	// IAM, the load, and the operator of the rotation: nobody twice.
	c.Verify(t, mockvault.Verify{Match: &mockvault.Match{Op: "login"}, Status: 200, Times: 3})
}

// TestStepDown: an operator has another node lead, and a node is sealed.
func TestStepDown(t *testing.T) {
	c := startCluster(t)
	l := c.load(2)
	l.more(20)
	before := c.leader()
	c.order(before, "step-down")
	l.more(20)
	c.order(before, "seal")
	l.more(20)
	l.end()
}

// TestNoMajority: two of three nodes are gone. IAM signs with what it has, and
// is back when one of them is.
func TestNoMajority(t *testing.T) {
	c := startCluster(t)
	s := c.signing(c.config("platform-iam"))
	s.live(time.Minute)
	c.order("n2", "kill")
	c.order("n3", "kill")
	s.live(2 * time.Minute)
	s.works()
	c.order("n2", "restart")
	s.live(time.Minute)
	r := s.rotate()
	s.live(time.Minute)
	s.works()
	if s.iam.Version() != r.New {
		t.Error("IAM signs with version ", s.iam.Version())
	}
}
