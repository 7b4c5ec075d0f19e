package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/vault/api"
)

var errNoAnswer = errors.New("vault: the answer is not Vault's")

// GetSecret implements SecretProvider.
func (p *Provider) GetSecret(ctx context.Context, path string) (*Secret, error) {
	answer, err := p.call(ctx, "GET", "secret/data/"+path, nil)
	if err != nil {
		return nil, err
	}
	return parse(path, answer)
}

// GetVersion implements SecretProvider.
func (p *Provider) GetVersion(ctx context.Context, path string, version int) (*Secret, error) {
	answer, err := p.call(ctx, "GET",
		fmt.Sprintf("secret/data/%s?version=%d", path, version), nil)
	if err != nil {
		return nil, err
	}
	return parse(path, answer)
}

func parse(path string, answer *api.Secret) (*Secret, error) {
	if answer == nil {
		return nil, errNoAnswer
	}
	text, err := json.Marshal(answer.Data)
	if err != nil {
		return nil, err
	}
	var kv struct {
		Data     Data
		Metadata struct {
			Version int
			Created time.Time `json:"created_time"`
		}
	}
	if err = json.Unmarshal(text, &kv); err != nil {
		return nil, fmt.Errorf("vault: %s: %w", path, err)
	}
	return &Secret{path, kv.Metadata.Version, kv.Metadata.Created, kv.Data}, nil
}

// PutSecret implements SecretProvider. As it names the version that it replaces,
// it can be sent again when no answer came: the second try is refused if the
// first took effect.
func (p *Provider) PutSecret(ctx context.Context, path string, data Data, current int) (int, error) {
	body := map[string]any{"data": data, "options": map[string]any{"cas": current}}
	tries := 0
	err := p.retry(ctx, p.config.CallTimeout, passes, func() error {
		tries++
		_, err := p.ask(ctx, "PUT", "secret/data/"+path, body)
		if status(err) == http.StatusBadRequest && strings.Contains(err.Error(), "check-and-set") {
			return p.isOurs(ctx, path, data, current+1, tries)
		}
		return err
	})
	return current + 1, err
}

// isOurs tells whether the version that is in the way was written by a try
// before.
func (p *Provider) isOurs(ctx context.Context, path string, data Data, version, tries int) error {
	if tries == 1 {
		return fmt.Errorf("%w: %s", ErrConflict, path)
	}
	answer, err := p.ask(ctx, "GET",
		fmt.Sprintf("secret/data/%s?version=%d", path, version), nil)
	if err != nil {
		return err
	}
	there, err := parse(path, answer)
	if err != nil {
		return err
	}
	if len(there.Data) != len(data) {
		return fmt.Errorf("%w: %s", ErrConflict, path)
	}
	for k, v := range data {
		if there.Data[k] != v {
			return fmt.Errorf("%w: %s", ErrConflict, path)
		}
	}
	return nil
}

// DefaultGrace is that of OIDC_SECRET_ROTATION_GRACE_HOURS.
const DefaultGrace = 24 * time.Hour

// RotateSecret implements SecretProvider.
func (p *Provider) RotateSecret(ctx context.Context, path string, data Data, grace time.Duration) (*Rotation, error) {
	old := 0
	current, err := p.GetSecret(ctx, path)
	if err == nil {
		old = current.Version
	} else if !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	made, err := p.PutSecret(ctx, path, data, old)
	if err != nil {
		return nil, err
	}
	r := &Rotation{Old: old, New: made, GraceEnds: p.config.Clock.Now().Add(grace)}
	if old > 0 {
		p.every("grace of "+path, func(ctx context.Context) (time.Time, error) {
			if p.config.Clock.Now().Before(r.GraceEnds) {
				return r.GraceEnds, nil
			}
			_, err := p.ask(ctx, "PUT", "secret/destroy/"+path,
				map[string]any{"versions": []int{old}})
			return never, err
		})
	}
	return r, nil
}

// WatchRotation implements SecretProvider.
func (p *Provider) WatchRotation(path string, changed func(context.Context, *Secret) error) {
	version := 0
	p.every("watch of "+path, func(ctx context.Context) (time.Time, error) {
		answer, err := p.ask(ctx, "GET", "secret/data/"+path, nil)
		if err != nil {
			return never, err
		}
		secret, err := parse(path, answer)
		if err != nil {
			return never, err
		}
		if secret.Version != version {
			if err = changed(ctx, secret); err != nil {
				return never, err
			}
			version = secret.Version
		}
		return p.config.Clock.Now().Add(p.config.WatchInterval), nil
	})
}
