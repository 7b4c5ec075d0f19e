package vault

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/vault/api"
)

// Provider is the SecretProvider that asks a Vault.
type Provider struct {
	config Config
	client *api.Client
	// direct opens a connection for each request. net/http sends a GET once
	// more when a connection that it used before breaks, and a second GET of
	// credentials makes a second user.
	direct *api.Client

	session session

	lock  sync.Mutex
	tasks []*task
}

// Open returns once there is a token. It gives up with ErrInit.
func Open(ctx context.Context, config Config) (*Provider, error) {
	p := &Provider{config: config.withDefaults()}
	var err error
	if p.client, err = p.newClient(p.config.Transport); err != nil {
		return nil, err
	}
	unpooled := p.config.Transport.Clone()
	unpooled.DisableKeepAlives = true
	if p.direct, err = p.newClient(unpooled); err != nil {
		return nil, err
	}
	err = p.retry(ctx, p.config.InitTimeout, anything, func() error {
		return p.login(ctx, "")
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInit, err)
	}
	p.every("token", p.keepToken).due = p.session.renewAt
	p.every("old tokens", p.revokeOld)
	return p, nil
}

func (p *Provider) newClient(transport http.RoundTripper) (*api.Client, error) {
	client, err := api.NewClient(&api.Config{Address: p.config.Addr,
		HttpClient: &http.Client{Transport: transport}})
	if err != nil {
		return nil, err
	}
	client.SetMaxRetries(0) // retry and Run wait by the clock
	client.ClearNamespace()
	return client, nil
}

// ---- one request ----

// send makes one request with a token; the answer is nil where it has no body.
func (p *Provider) send(ctx context.Context, client *api.Client, token, method, path string, body any) (*api.Secret, error) {
	ctx, cancel := context.WithTimeout(ctx, p.config.RequestTimeout)
	defer cancel()
	path, query, _ := strings.Cut(path, "?")
	request := client.NewRequest(method, "/v1/"+path)
	request.ClientToken = token
	var err error
	if request.Params, err = url.ParseQuery(query); err != nil {
		return nil, err
	}
	if body != nil {
		if err = request.SetJSONBody(body); err != nil {
			return nil, err
		}
	}
	answer, err := client.RawRequestWithContext(ctx, request)
	if answer != nil {
		defer answer.Body.Close()
	}
	if err != nil {
		return nil, err
	}
	if answer.StatusCode == http.StatusNoContent {
		return nil, nil
	}
	return api.ParseSecret(answer.Body)
}

// ask makes a request with the service's token. A token that is dead is
// replaced, and the request sent once more.
func (p *Provider) ask(ctx context.Context, method, path string, body any) (*api.Secret, error) {
	return p.askBy(ctx, p.client, method, path, body)
}

func (p *Provider) askBy(ctx context.Context, client *api.Client, method, path string, body any) (*api.Secret, error) {
	token := p.session.current()
	secret, err := p.send(ctx, client, token, method, path, body)
	if status(err) == http.StatusForbidden {
		if _, err = p.send(ctx, p.client, token, "GET", "auth/token/lookup-self", nil); err == nil {
			return nil, fmt.Errorf("%w: %s", ErrForbidden, path)
		}
		if status(err) != http.StatusForbidden {
			return nil, err // nobody knows yet whether it lives
		}
		if err = p.login(ctx, token); err != nil {
			return nil, err
		}
		secret, err = p.send(ctx, client, p.session.current(), method, path, body)
	}
	switch status(err) {
	case http.StatusNotFound:
		return nil, fmt.Errorf("%w: %s", ErrNotFound, path)
	case http.StatusForbidden:
		return nil, fmt.Errorf("%w: %s", ErrForbidden, path)
	}
	return secret, err
}

// status is that of an error answer; 0 where there was none, or no error.
func status(err error) int {
	var refused *api.ResponseError
	if errors.As(err, &refused) {
		return refused.StatusCode
	}
	return 0
}

// ---- again ----

// passes tells whether the same request may succeed later: what no answer came
// to, what no Vault answered, and what Vault says of itself rather than of the
// request.
func passes(err error) bool {
	switch status(err) {
	case 0:
		return !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrForbidden) &&
			!errors.Is(err, ErrConflict) && !errors.Is(err, context.Canceled)
	case http.StatusBadRequest:
		return strings.Contains(err.Error(), "Upgrading from non-versioned")
	case http.StatusPreconditionFailed, http.StatusTooManyRequests:
		return true
	}
	return status(err) >= 500
}

func anything(err error) bool { return !errors.Is(err, context.Canceled) }

// retry tries until it succeeds, fails in a way that does not pass, or the next
// try would come after the limit.
func (p *Provider) retry(ctx context.Context, limit time.Duration, passes func(error) bool, try func() error) error {
	clock := p.config.Clock
	end := clock.Now().Add(limit)
	for failures := 1; ; failures++ {
		err := try()
		if err == nil || !passes(err) {
			return err
		}
		wait := p.config.backoff(failures)
		if clock.Now().Add(wait).After(end) {
			return err
		}
		if slept := clock.Sleep(ctx, wait); slept != nil {
			return slept
		}
	}
}

// call is ask, again and again within the limit of a call.
func (p *Provider) call(ctx context.Context, method, path string, body any) (secret *api.Secret, err error) {
	err = p.retry(ctx, p.config.CallTimeout, passes, func() (err error) {
		secret, err = p.ask(ctx, method, path, body)
		return err
	})
	return secret, err
}

// ---- what is done in the background ----

// task is done when it is due, says when again, and is tried again with
// back-off when it fails.
type task struct {
	name     string
	due      time.Time
	failures int
	err      error // of the last time
	do       func(context.Context) (next time.Time, err error)
}

var never = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// every adds a task that is due at once.
func (p *Provider) every(name string, do func(context.Context) (time.Time, error)) *task {
	p.lock.Lock()
	defer p.lock.Unlock()
	t := &task{name: name, due: p.config.Clock.Now(), do: do}
	p.tasks = append(p.tasks, t)
	return t
}

// hurry makes a task due now.
func (p *Provider) hurry(prefix string) {
	p.lock.Lock()
	defer p.lock.Unlock()
	for _, t := range p.tasks {
		if strings.HasPrefix(t.name, prefix) && t.due.After(p.config.Clock.Now()) {
			t.due = p.config.Clock.Now()
		}
	}
}

// Run does the tasks, one at a time, until the context is done or the clock
// ends.
func (p *Provider) Run(ctx context.Context) error {
	clock := p.config.Clock
	for {
		now := clock.Now()
		t, due := p.first(now)
		if t == nil {
			if err := clock.Sleep(ctx, due.Sub(now)); err != nil {
				return err
			}
			continue
		}
		next, err := t.do(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		p.lock.Lock()
		t.err = err
		if t.failures++; err == nil {
			t.failures = 0
			t.due = next
		} else {
			t.due = clock.Now().Add(p.config.backoff(t.failures))
		}
		p.lock.Unlock()
	}
}

// Trouble is what goes wrong at the moment, for a service's health check; nil
// when nothing does.
func (p *Provider) Trouble() error {
	p.lock.Lock()
	defer p.lock.Unlock()
	var all []error
	for _, t := range p.tasks {
		if t.err != nil {
			all = append(all, fmt.Errorf("%s: %w", t.name, t.err))
		}
	}
	return errors.Join(all...)
}

// first is the task that is due, or else when to look again. A task may come
// meanwhile, so that is soon.
func (p *Provider) first(now time.Time) (*task, time.Time) {
	p.lock.Lock()
	defer p.lock.Unlock()
	var found *task
	for _, t := range p.tasks {
		if found == nil || t.due.Before(found.due) {
			found = t
		}
	}
	if found != nil && !found.due.After(now) {
		return found, now
	}
	soon := now.Add(p.config.WatchInterval)
	if found != nil && found.due.Before(soon) {
		soon = found.due
	}
	return nil, soon
}
