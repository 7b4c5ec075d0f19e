package vault

import (
	"context"
	"encoding/json"
	"strings"
	"time"
)

// Issue implements SecretProvider. A certificate whose answer was lost is never
// used, so asking again does no harm.
func (p *Provider) Issue(ctx context.Context, role, name string, ttl time.Duration) (*Certificate, error) {
	answer, err := p.call(ctx, "PUT", "pki/issue/"+role,
		map[string]any{"common_name": name, "ttl": ttl.String()})
	if err != nil {
		return nil, err
	}
	if answer == nil {
		return nil, errNoAnswer
	}
	text, err := json.Marshal(answer.Data)
	if err != nil {
		return nil, err
	}
	var issued struct {
		Certificate string
		Chain       []string `json:"ca_chain"`
		PrivateKey  string   `json:"private_key"`
		Expiration  int64
	}
	if err = json.Unmarshal(text, &issued); err != nil {
		return nil, err
	}
	chain := append([]string{issued.Certificate}, issued.Chain...)
	return &Certificate{FullChain: strings.Join(chain, "\n") + "\n",
		PrivateKey: issued.PrivateKey, Expires: time.Unix(issued.Expiration, 0).UTC()}, nil
}
