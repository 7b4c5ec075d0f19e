package mockvault

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

// Request is an entry of the journal.
type Request struct {
	Seq        int
	Time       time.Time
	Open       bool
	Method     string
	Path       string
	Query      string
	Op         string
	Mount      string
	Status     int
	DurationMS float64 `json:"duration_ms"`
	Rule       string
	Action     string
	Committed  bool
	Error      string
	Token      *struct {
		Accessor, Role string
		Policies       []string
	}
}

// How many requests a failed test shows.
const shown = 20

// Report is what a failed test prints: the last requests, and what is in force.
func (v *Vault) Report() string {
	var b strings.Builder
	fmt.Fprintf(&b, "mockvault at %s\n", v.Addr)
	var journal struct{ Requests []Request }
	err := v.control.call("GET", fmt.Sprintf("/requests?limit=%d", shown), nil,
		&journal)
	if err != nil {
		fmt.Fprintf(&b, "no journal: %v\n%s", err, v.server.log)
		return b.String()
	}
	fmt.Fprintf(&b, "last requests:\n%s", table(journal.Requests))
	var rules struct {
		Faults []struct {
			ID             string
			Matched, Acted int
			Match, Then    json.RawMessage
		}
	}
	if v.control.call("GET", "/faults", nil, &rules) == nil {
		for _, rule := range rules.Faults {
			fmt.Fprintf(&b, "rule %s matched %d acted %d: %s %s\n", rule.ID,
				rule.Matched, rule.Acted, rule.Match, rule.Then)
		}
	}
	var outages struct {
		Outages []struct{ Runs []json.RawMessage }
	}
	if v.control.call("GET", "/outages", nil, &outages) == nil {
		for _, outage := range outages.Outages {
			for _, run := range outage.Runs {
				fmt.Fprintf(&b, "outage %s\n", run)
			}
		}
	}
	return b.String()
}

// claim is what disproves one: a sentence, the requests nearest to it, and a
// line for a shell.
func (e *Error) claim() string {
	var said struct {
		Reason, Curl string
		Nearest      []Request
	}
	if json.Unmarshal(e.Body, &said) != nil {
		return e.Error()
	}
	text := said.Reason
	if len(said.Nearest) > 0 {
		text += "\nnearest:\n" + table(said.Nearest)
	}
	return "mockvault: " + text + "\nto see them: " + said.Curl
}

func table(requests []Request) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SEQ\tMETHOD\tPATH\tSTATUS\tMS\tRULE\tACTION\tERROR")
	for _, r := range requests {
		fmt.Fprintf(w, "%d\t%s\t%s\t%d\t%.1f\t%s\t%s\t%s\n", r.Seq, r.Method,
			r.Path, r.Status, r.DurationMS, dash(r.Rule), dash(r.Action),
			dash(r.Error))
	}
	w.Flush()
	return b.String()
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return strings.ReplaceAll(strings.TrimSpace(text), "\n", " ")
}
