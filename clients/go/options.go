package mockvault

import (
	"encoding/json"
	"os"
	"strconv"
	"testing"
)

// Option says what a Vault is like from its first request on.
type Option func(*settings)

type settings struct {
	fixtures []any
	prepare  []func(testing.TB, *Vault)
	from     string
	seed     *int64
	flags    []string
	alone    bool
}

// WithFixtures gives it secrets, policies, roles: a document as docs/fixtures.md
// has it, as a value, or its file's name.
func WithFixtures(document any) Option {
	return func(s *settings) { s.fixtures = append(s.fixtures, document) }
}

// WithOutage turns an outage on.
func WithOutage(name string, how ...Outage) Option {
	return with(func(t testing.TB, v *Vault) { v.Outage(t, name, how...) })
}

// WithRule adds a rule.
func WithRule(rule Rule) Option {
	return with(func(t testing.TB, v *Vault) { v.Rule(t, rule) })
}

// WithScenario starts a scenario: the name of a shipped one, a file, or a
// Scenario.
func WithScenario(scenario any, how ...ScenarioStart) Option {
	return with(func(t testing.TB, v *Vault) { v.Scenario(t, scenario, how...) })
}

// WithClock sets the vault's time: Clock{Mode: "frozen"}.
func WithClock(clock Clock) Option {
	return with(func(t testing.TB, v *Vault) { v.Clock.Set(t, clock) })
}

// WithSeed makes every id, token and chance from this number.
func WithSeed(seed int64) Option {
	return func(s *settings) { s.seed = &seed }
}

// From says what a space begins as: "start" (the default, what the server
// itself began as), "empty", or the name of a snapshot.
func From(state string) Option {
	return func(s *settings) { s.from = state }
}

// WithFlags starts a server for this test alone, with flags of mockvault
// server, such as -vault-version=2.0.0.
func WithFlags(flags ...string) Option {
	return func(s *settings) { s.flags = append(s.flags, flags...) }
}

// Alone starts a server for this test alone, for outages of a whole server:
// refuse, blackhole, max-conns, tls.
func Alone() Option {
	return func(s *settings) { s.alone = true }
}

func with(step func(testing.TB, *Vault)) Option {
	return func(s *settings) { s.prepare = append(s.prepare, step) }
}

func gather(options []Option) *settings {
	s := &settings{}
	for _, option := range options {
		option(s)
	}
	return s
}

// arguments are those of a server for one test alone.
func (s *settings) arguments() []string {
	if s.seed == nil {
		return s.flags
	}
	return append([]string{"-seed=" + strconv.FormatInt(*s.seed, 10)},
		s.flags...)
}

func (s *settings) apply(t testing.TB, v *Vault) *Vault {
	t.Helper()
	for _, document := range s.fixtures {
		v.Populate(t, document)
	}
	for _, step := range s.prepare {
		step(t, v)
	}
	return v
}

// document reads a file's JSON where a name is given; text that begins as JSON
// and other values are taken as they are.
func document(value any) (any, error) {
	text, ok := value.(string)
	if !ok {
		return value, nil
	}
	if text != "" && text[0] == '{' {
		return json.RawMessage(text), nil
	}
	data, err := os.ReadFile(text)
	return json.RawMessage(data), err
}
