package draw

import (
	"math/rand/v2"
	"testing"
	"time"
)

// A repair can take the time of an event, and the name of a flow, away: what is drawn beside them goes on without.
func TestSoftenRepaired(t *testing.T) {
	g := &drawer{Rand: rand.New(rand.NewPCG(1, 2))}
	g.tree = tree{
		"event": []any{tree{"link": "l", "up": false}, tree{"link": "l", "silent": true, "at": "1s"}},
		"flow":  []any{tree{"protocol": "udp"}},
	}
	g.soften()
	events := g.tree["event"].([]any)
	if len(events) != 4 {
		t.Fatalf("%d events, want an end of each of two outages", len(events))
	}
	for i, least := range []time.Duration{0, time.Second} {
		at, err := time.ParseDuration(events[2+i].(tree)["at"].(string))
		if err != nil || at <= least || at > least+3*time.Second {
			t.Errorf("outage %d ends at %v (%v), want within 3 s from %v", i, at, err, least)
		}
	}
	if got := g.multi(); len(got) != 0 {
		t.Errorf("flows without a name are called %q", got)
	}
}
