// Package mock commands a mockvault from a Go test: outages, clock, journal.
package mock

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// M is a JSON object.
type M map[string]interface{}

// Control is the control API below URL.
type Control struct {
	URL string
}

// Call sends one request; it returns the status and the answer.
func (c Control) Call(method, path string, body interface{}) (int, M, error) {
	var text []byte
	if body != nil {
		text, _ = json.Marshal(body)
	}
	req, err := http.NewRequest(method, c.URL+"/_mock/"+path,
		bytes.NewReader(text))
	if err != nil {
		return 0, nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	text, err = io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil, err
	}
	answer := M{}
	if len(text) > 0 {
		err = json.Unmarshal(text, &answer)
	}
	return resp.StatusCode, answer, err
}

// must turns every other status into an error that says what the server said.
func (c Control) must(method, path string, body interface{}) (M, error) {
	status, answer, err := c.Call(method, path, body)
	if err == nil && status >= 300 {
		err = fmt.Errorf("%s %s: %d %v", method, path, status, answer)
	}
	return answer, err
}

// Outage turns a named outage on.
func (c Control) Outage(name string, params M) error {
	_, err := c.must("PUT", "outages/"+name, M{"params": params})
	return err
}

// OutageOn is Outage for the requests that match.
func (c Control) OutageOn(name string, params, match M) error {
	_, err := c.must("PUT", "outages/"+name,
		M{"params": params, "match": match})
	return err
}

// Off turns it off and undoes its state.
func (c Control) Off(name string) error {
	_, err := c.must("DELETE", "outages/"+name, nil)
	return err
}

// Reset brings everything back to the start.
func (c Control) Reset() error {
	_, err := c.must("POST", "reset", M{})
	return err
}

// Freeze stops the vault's clock.
func (c Control) Freeze() error {
	_, err := c.must("PUT", "clock", M{"mode": "frozen"})
	return err
}

// Advance moves it forward; what ends on the way has ended on return.
func (c Control) Advance(by time.Duration) error {
	_, err := c.must("POST", "clock/advance", M{"by": by.String()})
	return err
}

// Count asks the journal.
func (c Control) Count(match M) (int, error) {
	answer, err := c.must("POST", "requests/count", M{"match": match})
	if err != nil {
		return 0, err
	}
	return int(answer["count"].(float64)), nil
}

// Verify is nil when the journal shows what is expected, else its sentence.
func (c Control) Verify(expected M) error {
	status, answer, err := c.Call("POST", "requests/verify", expected)
	if err != nil || status == 200 {
		return err
	}
	return fmt.Errorf("verify: %d: %v", status, answer)
}
