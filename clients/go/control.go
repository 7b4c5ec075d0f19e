package mockvault

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Duration is text with a unit, "250ms" or "1h30m"; For makes it of Go's.
type Duration string

// For writes Go's duration as the control API reads it.
func For(d time.Duration) Duration { return Duration(d.String()) }

// Error is what the control API refused, and why.
type Error struct {
	Status int
	// Errors says what was wrong, Allowed what may stand at Field.
	Errors  []string `json:"errors"`
	Field   string   `json:"field"`
	Allowed []string `json:"allowed"`
	// Body is the whole answer.
	Body []byte `json:"-"`
	Call string `json:"-"`
}

func (e *Error) Error() string {
	text := strings.Join(e.Errors, "; ")
	if text == "" {
		text = string(e.Body)
	}
	if len(e.Allowed) > 0 && e.Status != http.StatusNotFound {
		text += " (allowed: " + strings.Join(e.Allowed, ", ") + ")"
	}
	return fmt.Sprintf("mockvault: %s: %d: %s", e.Call, e.Status, text)
}

// control calls the API below a space's prefix.
type control struct{ url, token string }

// It follows no proxy of the environment, and waits as long as a call of
// requests/wait may.
var transport = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}

func (c *control) call(method, path string, body, out any) error {
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(text)
	}
	request, err := http.NewRequest(method, c.url+"/_mock"+path, sent)
	if err != nil {
		return err
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	answer, err := transport.Do(request)
	if err != nil {
		return fmt.Errorf("mockvault: %w", err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return fmt.Errorf("mockvault: %w", err)
	}
	if answer.StatusCode >= 300 {
		refused := &Error{Status: answer.StatusCode, Body: text,
			Call: method + " /_mock" + path}
		// What is no JSON stands in Body.
		_ = json.Unmarshal(text, refused)
		return refused
	}
	if out == nil || len(text) == 0 {
		return nil
	}
	return json.Unmarshal(text, out)
}
