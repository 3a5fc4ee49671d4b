package language

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

const drawnScenario = `
duration = "1s"
[vary.pair]
draw = 400
near = { from = 5, to = 20 }
rtts = { from = 1, to = 10 }
far = "near * rtts"
loss = [0, 0, 0.01]
cc = ["reno", "lia"]
[vary]
copy = ["a", "b"]
[[link]]
for = ["pair", "copy"]
name = "l-${pair}-${copy}"
between = ["c-${pair}-${copy}", "s-${pair}-${copy}"]
rate = "8Mbps"
delay = "${pair.far}ms"
loss = "${pair.loss}"
[[flow]]
for = ["pair", "copy"]
name = "f-${pair}-${copy}"
from = "c-${pair}-${copy}"
to = "s-${pair}-${copy}"
cc = "${pair.cc}"
`

// drawnFor returns what was drawn for a flow, in order.
func drawnFor(t *testing.T, text string, options ...string) (flows [][]string) {
	t.Helper()
	s, err := Parse("d.toml", []byte(text), nil, options...)
	if err != nil {
		t.Fatal(err)
	}
	for i := range s.Flows {
		flows = append(flows, s.Flows[i].Drawn)
	}
	return flows
}

// Ranges are log-uniform, so that half of the values are below the geometric mean; what stands twice among choices
// is twice as likely; formulas hold. The bounds are four standard deviations of a binomial share of 400.
func TestDrawn(t *testing.T) {
	flows := drawnFor(t, drawnScenario)
	if len(flows) != 800 {
		t.Fatalf("%d flows, want 800", len(flows))
	}
	var below, clean int
	for i := 0; i < len(flows); i += 2 {
		if fmt.Sprint(flows[i]) != fmt.Sprint(flows[i+1]) {
			t.Fatalf("draws of the copies differ: %v and %v", flows[i], flows[i+1])
		}
		var far, loss, near, rtts float64
		var cc string
		if _, err := fmt.Sscanf(strings.Join(flows[i], " "), "pair.cc=%s pair.far=%g pair.loss=%g pair.near=%g pair.rtts=%g", &cc, &far, &loss, &near, &rtts); err != nil {
			t.Fatalf("%v: %v", flows[i], err)
		}
		if near < 5 || near > 20 || rtts < 1 || rtts > 10 || math.Abs(far/(near*rtts)-1) > 0.005 { // three digits
			t.Errorf("near %g, rtts %g, far %g", near, rtts, far)
		}
		if near < 10 {
			below++
		}
		if loss == 0 {
			clean++
		}
	}
	if share := float64(below) / 400; math.Abs(share-0.5) > 4*math.Sqrt(0.25/400) {
		t.Errorf("%g of the values from 5 to 20 are below 10, want half", share)
	}
	if share := float64(clean) / 400; math.Abs(share-2./3) > 4*math.Sqrt(2./9/400) {
		t.Errorf("%g of the values are 0, want two thirds", share)
	}
}

// More values, and more quantities, leave those that are there; another seed draws others.
func TestDrawnStays(t *testing.T) {
	few := drawnFor(t, drawnScenario, "vary.pair.draw=3")
	for i, f := range drawnFor(t, drawnScenario)[:6] {
		if fmt.Sprint(f) != fmt.Sprint(few[i]) {
			t.Errorf("%v of three, %v of 400", few[i], f)
		}
	}
	more := drawnFor(t, drawnScenario, "vary.pair.draw=3", "vary.pair.also={from=1,to=2}")
	if got := fmt.Sprint(more[0][1:]); got != fmt.Sprint(few[0]) {
		t.Errorf("with another quantity %s, want %v", got, few[0])
	}
	if other := drawnFor(t, drawnScenario, "vary.pair.draw=3", "vary.pair.seed=2"); fmt.Sprint(other) == fmt.Sprint(few) {
		t.Error("seed 2 draws the same")
	}
}

// Written out, the scenario has what was drawn, and draws no more.
func TestDrawnMarshal(t *testing.T) {
	s, err := Parse("d.toml", []byte(drawnScenario), nil, "vary.pair.draw=2")
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse("again.toml", s.Marshal(), nil)
	if err != nil || fmt.Sprint(again.Flows[3].Drawn) != fmt.Sprint(s.Flows[3].Drawn) {
		t.Errorf("%v: %v, want %v", err, again.Flows[3].Drawn, s.Flows[3].Drawn)
	}
}

// What cannot be drawn is said where it stands.
func TestDrawnProblems(t *testing.T) {
	for _, tt := range []struct{ from, to, want string }{
		{"draw = 400", "draw = 0", "d.toml:4: vary.pair.draw: got 0 (an integer); want how many values to draw, 1 to 4096"},
		{"draw = 400", "drew = 400", "vary.pair.draw: got nothing; want how many"},
		{"draw = 400", "draw = 4\nseed = -1", "d.toml:5: vary.pair.seed: got -1"},
		{"from = 5", "form = 5", "vary.pair.near.form: unknown key; did you mean \"from\"?"},
		{"from = 5", "from = 0", "d.toml:5: vary.pair.near: from 0 (an integer) to 20 (an integer); want numbers, 0 < from < to"},
		{"near * rtts", "near * rtt", `vary.pair.far: the formula "near * rtt": unknown quantity "rtt"; did you mean "rtts"?`},
		{"near * rtts", "near * far", "vary.pair.far: its formula depends on itself"},
		{"near * rtts", "near / (rtts - rtts)", `vary.pair.far: the formula "near / (rtts - rtts)" has no value where `},
		{"near * rtts", "near * cc", "vary.pair.far: cc is no number"},
		{"near * rtts", "near +", "vary.pair.far: the formula"},
		{"[0, 0, 0.01]", "[]", "vary.pair.loss: got an array of 0; want values to choose from"},
		{"[0, 0, 0.01]", "true", "want { from, to }, an array to choose from, or a formula"},
		{"cc = [", "\"C-c\" = [", "vary.pair.C-c: want a name of small letters, digits and _"},
	} {
		_, err := Parse("d.toml", []byte(strings.Replace(drawnScenario, tt.from, tt.to, 1)), nil)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %.300v\nwant %s", tt.to, err, tt.want)
		}
	}
}
