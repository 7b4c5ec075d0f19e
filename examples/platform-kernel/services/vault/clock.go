package vault

import (
	"context"
	"time"
)

// Clock is the time a service lives by. Tests give it that of the Vault that
// they ask, and there sleeping moves it.
type Clock interface {
	Now() time.Time
	// Sleep returns the context's error where that ends first.
	Sleep(ctx context.Context, d time.Duration) error
}

type machineClock struct{}

func (machineClock) Now() time.Time { return time.Now() }

func (machineClock) Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// backoff is how long to wait after so many failures in a row, the first being
// 1: twice as long each time, up to a limit.
func (c *Config) backoff(failures int) time.Duration {
	d := c.RetryInitial
	for ; failures > 1 && d < c.RetryMax; failures-- {
		d *= 2
	}
	if d > c.RetryMax {
		return c.RetryMax
	}
	return d
}
