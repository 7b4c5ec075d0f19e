package tests

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// control makes a call of the control API that the helper has no word for.
func (p *platform) control(method, path string, body, out any) {
	p.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	request, err := http.NewRequest(method, p.ControlURL+"/_mock"+path, bytes.NewReader(text))
	if err != nil {
		p.t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 300 {
		p.t.Fatalf("%s %s: %d %s %v", method, path, answer.StatusCode, said, err)
	}
	if out != nil {
		if err := json.Unmarshal(said, out); err != nil {
			p.t.Fatal(err)
		}
	}
}

// release lets so many requests go on that a rule holds, as they come.
func (p *platform) release(rule string, n int) {
	p.t.Helper()
	for end := time.Now().Add(30 * time.Second); n > 0; {
		if time.Now().After(end) {
			p.t.Fatal(n, " requests do not come")
		}
		var did struct{ Released int }
		p.control("POST", "/faults/"+rule+"/release", nil, &did)
		n -= did.Released
	}
}
