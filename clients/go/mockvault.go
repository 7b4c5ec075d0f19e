// Package mockvault gives a test a Vault of its own.
//
//	func TestRotation(t *testing.T) {
//		vault := mockvault.Start(t)
//		app := NewApp(vault.Client())
//		vault.Outage(t, "sealed", mockvault.Outage{For: "2s"})
//		app.Rotate()
//		vault.Verify(t, mockvault.Verify{
//			Match: &mockvault.Match{Path: "secret/**"}, EndsWith: "success"})
//	}
//
// The server is the program mockvault. One runs for all tests of a process and
// gives each a space; tests run in parallel.
package mockvault

import (
	"os"
	"sync"
	"testing"

	"github.com/hashicorp/vault/api"
)

// Vault is what one test has for itself.
type Vault struct {
	// Addr is what VAULT_ADDR would say, Token a root token.
	Addr, Token string
	// ControlURL is where this Vault is commanded, without /_mock.
	ControlURL string
	Clock      *VirtualClock

	control    *control
	server     *server
	test       testing.TB // whose it is
	reportOnce sync.Once
}

// Start gives the test a Vault that ends with it. It is made on the server at
// MOCKVAULT_URL, or else on one that this process starts.
func Start(t testing.TB, options ...Option) *Vault {
	t.Helper()
	if url := os.Getenv("MOCKVAULT_URL"); url != "" {
		return Join(t, url, options...)
	}
	o := gather(options)
	if s := shared(t, o); s != nil {
		return o.apply(t, s.space(t, o))
	}
	return o.apply(t, run(t, o.arguments()).whole(t))
}

// Join gives the test a Vault on a server that runs already, such as one in a
// container. The URL is Vault's or the control API's.
func Join(t testing.TB, url string, options ...Option) *Vault {
	t.Helper()
	o := gather(options)
	if len(o.flags) > 0 {
		t.Fatal("mockvault: flags are for a server that is started, not for ", url)
	}
	s := join(t, url)
	if s.hasSpaces {
		return o.apply(t, s.space(t, o))
	}
	if o.seed != nil || o.from != "" {
		t.Fatal("mockvault: the server at ", url, " has no spaces: its seed and state are given")
	}
	return o.apply(t, s.borrowed(t))
}

// Client is a client of HashiCorp's for this Vault, with the root token.
func (v *Vault) Client() *api.Client {
	config := api.DefaultConfig()
	config.Address = v.Addr
	client, err := api.NewClient(config)
	if err != nil {
		panic(err) // the environment's: VAULT_CACERT and the like
	}
	client.ClearNamespace()
	client.SetToken(v.Token)
	return client
}

// Setenv sets VAULT_ADDR and VAULT_TOKEN for the length of the test, which can
// then not be parallel.
func (v *Vault) Setenv(t testing.TB) {
	t.Helper()
	t.Setenv("VAULT_ADDR", v.Addr)
	t.Setenv("VAULT_TOKEN", v.Token)
}

// Ptr is for fields that may be left out: Enabled: mockvault.Ptr(false).
func Ptr[T any](value T) *T { return &value }
