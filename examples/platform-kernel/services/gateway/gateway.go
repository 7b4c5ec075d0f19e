// Package gateway checks the tokens of requests.
package gateway

import (
	"sync"
	"time"

	"platform-kernel.test/kernel/services/jws"
)

// Gateway knows public keys, and no secret.
type Gateway struct {
	now  func() time.Time
	lock sync.Mutex
	keys []jws.Key
}

// New makes a gateway that knows no key yet.
func New(now func() time.Time) *Gateway { return &Gateway{now: now} }

// Accept replaces the keys.
func (g *Gateway) Accept(keys []jws.Key) {
	g.lock.Lock()
	defer g.lock.Unlock()
	g.keys = keys
}

// Check returns the claims of a token that it accepts.
func (g *Gateway) Check(token string) (*jws.Claims, error) {
	g.lock.Lock()
	defer g.lock.Unlock()
	return jws.Check(token, g.keys, g.now())
}
