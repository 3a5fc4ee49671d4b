package experiment

import (
	"context"
	"testing"

	"mpsim/mptcp/middlebox"
	"mpsim/scenarios"
)

// outage is a link that goes down under a transfer, and a box on it.
const outage = `duration = "2s"
[[link]]
name = "a"
between = ["c", "s"]
rate = "8Mbps"
delay = "5ms"
[[link.middlebox]]
kind = "KIND"
[[flow]]
name = "f"
from = "c"
to = "s"
[[event]]
at = "500ms"
link = "a"
up = false
`

// lossOf runs a scenario and returns the link metrics sent, drops and loss of both directions.
func lossOf(t *testing.T, text string, set ...string) (sent, drops, loss [2]float64) {
	t.Helper()
	s, err := scenarios.Parse("loss.toml", []byte(text), nil, set...)
	if err != nil {
		t.Fatal(err)
	}
	res, err := Run(context.Background(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, direction := range []string{"up", "down"} {
		sent[i], _ = res.Metric("link", "a", direction, "offered")
		drops[i], _ = res.Metric("link", "a", direction, "drops")
		loss[i], _ = res.Metric("link", "a", direction, "loss")
	}
	return sent, drops, loss
}

// What a box makes can be dropped as what a node sends: it is offered, too. Without a warm-up loss is drops
// over what is offered, and with one it is a part as well, whatever the box.
func TestLossIsAPart(t *testing.T) {
	for _, kind := range middlebox.Registry.Names() {
		part, err := middlebox.Registry.New(kind)
		if err != nil {
			t.Fatal(err)
		}
		if v, ok := part.(interface{ Validate() error }); ok && v.Validate() != nil {
			continue // has parameters without defaults
		}
		set := "link.a.middlebox.0.kind=" + kind
		sent, drops, loss := lossOf(t, outage, set)
		for i := range sent {
			if sent[i] == 0 && drops[i] == 0 {
				continue
			}
			if drops[i] > sent[i] || loss[i] != drops[i]/sent[i] {
				t.Errorf("%s: %g offered, %g dropped, loss %g", kind, sent[i], drops[i], loss[i])
			}
		}
		for _, warmup := range []string{"499ms", "500ms", "501ms", "1500ms"} {
			if _, _, loss := lossOf(t, outage, set, "warmup="+warmup); loss[0] < 0 || loss[0] > 1 || loss[1] < 0 || loss[1] > 1 {
				t.Errorf("%s: loss %v after a warm-up of %s", kind, loss, warmup)
			}
		}
	}
}

// A queue that is thrown away right after the warm-up is lost as a whole, though nobody offered a packet of it in
// that time: 100 packets of 1 000 wait, one is in transmission, and the next comes 1 ms later.
func TestLossCountsWhatIsHeld(t *testing.T) {
	const held = `duration = "502ms"
warmup = "501ms"
[[link]]
name = "a"
between = ["c", "s"]
rate = "1Mbps"
queue = "100pkt"
[[flow]]
name = "f"
from = "c"
to = "s"
protocol = "udp"
workload = { kind = "cbr", rate = "8Mbps", chunk = "972B" }
[[event]]
at = "501100us"
link = "a"
up = false
`
	_, _, loss := lossOf(t, held)
	if loss[0] != 1 {
		t.Errorf("loss %g, want 1", loss[0])
	}
}
