package draw

import (
	"errors"
	"testing"

	"mpsim/experiment"
	"mpsim/experiment/record"
	"mpsim/scenarios"
)

// A byte that is new twice, one that is left out, a decision that is not counted, and one that is late are found.
func TestDecisionsAreJudged(t *testing.T) {
	s, err := scenarios.Parse("x.toml", []byte(`duration = "1s"
explain = true
figure = []
[topology]
kind = "two-path"
rate = "1Mbps"
delay = "10ms"
[[flow]]
name = "f"
from = "client"
to = "server"
scheduler = "minrtt"
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*record.Result){
		"":                                 func(*record.Result) {},
		"bytes are new twice or left out":  func(r *record.Result) { r.Decisions[3].To++ },
		"bytes are new twice or left out ": func(r *record.Result) { r.Decisions[3].From++ },
		"decisions are not counted":        func(r *record.Result) { r.Decisions = r.Decisions[:9] },
		"decisions are out of order":       func(r *record.Result) { r.Decisions[3].T = 0 },
	} {
		res, err := experiment.Run(t.Context(), s, nil)
		if err != nil {
			t.Fatal(err)
		}
		spoil(res)
		var found *Failure
		if err := decisions(s, res); errors.As(err, &found) != (name != "") || found != nil && found.Class != name && found.Class+" " != name {
			t.Errorf("%q: %v", name, err)
		}
	}
}
