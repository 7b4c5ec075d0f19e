package vault

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Config is what a deployment says. The zero value of a field is its default.
type Config struct {
	Addr string // VAULT_ADDR, http://vault:8200

	// Token is VAULT_TOKEN. In production it is empty, and the service logs in
	// with the two ids of its AppRole.
	Token            string
	RoleID, SecretID string // VAULT_ROLE_ID, VAULT_SECRET_ID

	InitTimeout   time.Duration // VAULT_INIT_TIMEOUT_SEC, 120
	RetryInitial  time.Duration // VAULT_RETRY_INITIAL_MS, 250
	RetryMax      time.Duration // VAULT_RETRY_MAX_MS, 16000
	WatchInterval time.Duration // VAULT_WATCH_INTERVAL_SEC, 30

	// CallTimeout is how long GetSecret and the like try, RequestTimeout how
	// long one request may take.
	CallTimeout    time.Duration // 60 s
	RequestTimeout time.Duration // 10 s

	Clock     Clock           // the machine's
	Transport *http.Transport // Go's own
}

// FromEnv reads the variables by getenv, which is os.Getenv in production.
func FromEnv(getenv func(string) string) (Config, error) {
	c := Config{Addr: getenv("VAULT_ADDR"), Token: getenv("VAULT_TOKEN"),
		RoleID: getenv("VAULT_ROLE_ID"), SecretID: getenv("VAULT_SECRET_ID")}
	for _, v := range []struct {
		name string
		unit time.Duration
		into *time.Duration
	}{
		{"VAULT_INIT_TIMEOUT_SEC", time.Second, &c.InitTimeout},
		{"VAULT_RETRY_INITIAL_MS", time.Millisecond, &c.RetryInitial},
		{"VAULT_RETRY_MAX_MS", time.Millisecond, &c.RetryMax},
		{"VAULT_WATCH_INTERVAL_SEC", time.Second, &c.WatchInterval},
	} {
		text := getenv(v.name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n <= 0 {
			return c, fmt.Errorf("%s: %q is no positive number", v.name, text)
		}
		*v.into = time.Duration(n) * v.unit
	}
	if c.Token == "" && (c.RoleID == "" || c.SecretID == "") {
		return c, fmt.Errorf("VAULT_TOKEN, or VAULT_ROLE_ID and VAULT_SECRET_ID, are required")
	}
	return c, nil
}

func (c Config) withDefaults() Config {
	def(&c.Addr, "http://vault:8200")
	def(&c.InitTimeout, 120*time.Second)
	def(&c.RetryInitial, 250*time.Millisecond)
	def(&c.RetryMax, 16*time.Second)
	def(&c.WatchInterval, 30*time.Second)
	def(&c.CallTimeout, time.Minute)
	def(&c.RequestTimeout, 10*time.Second)
	if c.Clock == nil {
		c.Clock = machineClock{}
	}
	if c.Transport == nil {
		c.Transport = http.DefaultTransport.(*http.Transport)
	}
	return c
}

func def[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
