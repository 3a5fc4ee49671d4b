package story

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"mpsim/experiment/record"
	_ "mpsim/sched" // the reasons
)

// told is a flow that sends on lte, waits for wifi, and sends there; a loss goes again, and lte probes.
func told() *record.Result {
	res := &record.Result{}
	res.Duration = 20
	res.Flows = []record.Flow{
		{Name: "tcp", Subflows: []record.Subflow{{Name: "wifi"}}},
		{
			Name: "bulk", Scheduler: "blest", Subflows: []record.Subflow{{Name: "wifi"}, {Name: "lte"}},
			Reasons: []record.Reason{{Name: "would-block", Decisions: 3, Waited: 0.0112}, {Name: "no-block", Decisions: 2}},
		},
	}
	d := func(t float64, job, act, on string, from, to, acked uint64, reason, about string, a, b float64) record.Decision {
		return record.Decision{T: t, Flow: "bulk", Job: job, Act: act, Subflows: on, From: from, To: to, Acked: acked, Reason: reason, About: about, A: a, B: b}
	}
	res.Decisions = []record.Decision{
		d(12.2, record.Fresh, record.Sends, "lte", 0, 1420, 0, "no-block", "lte", 1000, 75600),
		d(12.2, record.Fresh, record.Sends, "lte", 1420, 2840, 0, "no-block", "lte", 1000, 75600),
		d(12.3, record.Fresh, record.Waits, "", 2840, 9000, 0, "would-block", "wifi", 120960, 75600),
		d(12.305, record.Fresh, record.Waits, "", 2840, 9000, 0, "would-block", "wifi", 110960, 75600),
		d(12.31, record.Fresh, record.Waits, "", 2840, 9000, 0, "would-block", "wifi", 100960, 75600),
		d(12.3112, record.Fresh, record.Sends, "wifi", 2840, 4260, 0, "lowest-rtt", "wifi", 20e6, 0),
		d(13.5, record.Lost, record.Sends, "wifi", 0, 1420, 0, "lowest-rtt", "wifi", 20e6, 0),
		d(13.6, record.Pull, record.Sends, "lte", 4260, 5680, 2840, "pulled", "lte", 0, 0),
		d(14, record.Spare, record.Waits, "", 0, 0, 4260, "none", "", 0, 0),
	}
	res.Transfers = []record.Transfer{
		{Flow: "bulk", Bytes: 1420, Start: 13, End: 13.6, FCT: 0.6}, {Flow: "bulk", Bytes: 2840, Start: 12.25, End: 12.4, FCT: 0.15},
		{Flow: "bulk", Bytes: 9, Start: 19}, {Flow: "bulk", Connection: 1, Start: 1}, {Flow: "tcp"},
	}
	return res
}

// subject is that flow.
func subject(t *testing.T) *Subject {
	t.Helper()
	s, err := Of(told(), "")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// check compares a story with what it should be.
func check(t *testing.T, got *Story, err error, want ...string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Text, want) {
		t.Errorf("told\n%s\nwant\n%s", strings.Join(got.Text, "\n"), strings.Join(want, "\n"))
	}
	if data, err := json.Marshal(got); err != nil || !strings.Contains(string(data), `"scheduler":"blest"`) {
		t.Errorf("%s, %v", data, err)
	}
}

const (
	before = "At 12.200 s blest sent 2840 bytes (0 to 2839) on lte, in 2 decisions: " +
		"the faster one is full, and sends 1000 of 75600 bytes meanwhile: lte."
	waited = "At 12.300 s blest waited for wifi: it can send 120960 bytes meanwhile, only 75600 are left. " +
		"It was asked twice more with the same answer; after 11.2 ms it sent 1420 bytes (2840 to 4259) on wifi: " +
		"wifi has the lowest SRTT, 20 ms, of those with room."
	lost = "At 13.500 s blest sent 1420 bytes (0 to 1419), which had to go again, on wifi: " +
		"wifi has the lowest SRTT, 20 ms, of those with room."
	probed = "At 13.600 s lte took 1420 bytes (4260 to 5679) without a decision: lte sends beyond its window: " +
		"limited transmit (RFC 3042), or a probe for a lost tail (RFC 8985)."
)

// A time lies in a wait, between decisions, or before the first one.
func TestAt(t *testing.T) {
	s := subject(t)
	got, err := s.At(12.3)
	check(t, got, err, before, waited, lost,
		"In the 100 ms before 12.300 s, lte was given 2.84 kB.", "In the 100 ms after 12.300 s, wifi was given 1.42 kB.")
	if len(got.Decisions) != 7 {
		t.Errorf("it tells of %d decisions", len(got.Decisions))
	}
	got, err = s.At(13)
	check(t, got, err, before, waited, "Nobody asked it from then to 13.500 s: nothing was at hand, or no subflow took anything.", lost, probed,
		"In the 100 ms before 13.000 s, no subflow was given anything.", "In the 100 ms after 13.000 s, no subflow was given anything.")
	got, err = s.At(0)
	check(t, got, err, "There was no decision until 12.200 s.", before, waited, "In the 100 ms after 0.000 s, no subflow was given anything.")
	got, err = s.At(20)
	check(t, got, err, waited, lost, probed,
		"In the 100 ms before 20.000 s, no subflow was given anything.", "In the 100 ms after 20.000 s, no subflow was given anything.")
	for _, at := range []float64{-1, 20.1, math.NaN()} {
		if _, err := s.At(at); err == nil || !strings.Contains(err.Error(), "the run, which is from 0.000 s to 20.000 s") {
			t.Errorf("%g: %v", at, err)
		}
	}
}

// Without anything to send there is little to tell.
func TestIdle(t *testing.T) {
	s := subject(t)
	s.Decisions = s.Decisions[len(s.Decisions)-1:]
	got, err := s.At(14)
	check(t, got, err, "At 14.000 s blest had nothing to send.",
		"In the 100 ms before 14.000 s, no subflow was given anything.", "In the 100 ms after 14.000 s, no subflow was given anything.")
}

// A byte is waited for, given, and acknowledged, or given again.
func TestPosition(t *testing.T) {
	s := subject(t)
	got, err := s.Position(2840)
	check(t, got, err,
		"From 12.300 s to 12.311200 s, for 11.2 ms, blest waited for wifi: it can send 120960 bytes meanwhile, only 75600 are left.",
		"At 12.311200 s blest sent 1420 bytes (2840 to 4259) on wifi: wifi has the lowest SRTT, 20 ms, of those with room.",
		"By 14.000 s, 1.69 s after the first time, it was acknowledged at the level of the connection.")
	got, err = s.Position(1419)
	check(t, got, err,
		"At 12.200 s blest sent 1420 bytes (0 to 1419) on lte: the faster one is full, and sends 1000 of 75600 bytes meanwhile: lte.",
		"Again, a"+lost[1:], "By 13.600 s, 1.40 s after the first time, it was acknowledged at the level of the connection.")
	got, err = s.Position(5679)
	check(t, got, err, probed, "No decision shows it acknowledged; the last one was at 14.000 s.")
	if _, err := s.Position(5680); err == nil || err.Error() != "position 5680 was not given to any subflow; positions from 0 to 5679 were" {
		t.Error(err)
	}
}

// A subflow has what it was given, and the waits for it.
func TestSubflow(t *testing.T) {
	s := subject(t)
	got, err := s.Subflow("wifi")
	check(t, got, err, "wifi was given 2.84 kB in 2 decisions, from 12.311200 s to 13.500 s.", "The reasons: lowest-rtt 2.",
		"The longest time without any was 1.19 s, from 12.311200 s to 13.500 s.",
		"It waited for wifi once, 11.2 ms in all; the longest time was 11.2 ms.", waited)
	got, err = s.Subflow("lte")
	check(t, got, err, "lte was given 4.26 kB in 3 decisions, from 12.200 s to 13.600 s.", "The reasons: no-block 2, pulled 1.",
		"The longest time without any was 1.40 s, from 12.200 s to 13.600 s, with 5 other decisions: would-block 3, lowest-rtt 2.",
		"No wait was for lte.")
	if _, err := s.Subflow("wify"); err == nil || err.Error() != `unknown subflow "wify"; did you mean "wifi"?` {
		t.Error(err)
	}
}

// Transfers count in the order of their starts, those of other connections and flows not.
func TestTransfer(t *testing.T) {
	s := subject(t)
	got, err := s.Transfer(0)
	check(t, got, err, "Transfer 0, of 2840 bytes, began at 12.250 s and was complete after 150 ms.",
		"The first decision was at 12.300 s: blest waited for wifi: it can send 120960 bytes meanwhile, only 75600 are left.",
		"The last one was at 12.311200 s: blest sent 1420 bytes (2840 to 4259) on wifi: wifi has the lowest SRTT, 20 ms, of those with room.",
		"There were 4 decisions: would-block 3, lowest-rtt 1.", "In that time wifi was given 1.42 kB.")
	got, err = s.Transfer(2)
	check(t, got, err, "Transfer 2, of 9 bytes, began at 19.000 s and was under way at the end of the run.", "There was no decision in that time.")
	if _, err := s.Transfer(3); err == nil || err.Error() != "flow bulk has 3 transfers, 0 to 2; there is no transfer 3" {
		t.Error(err)
	}
	s.Transfers = nil
	if _, err := s.Transfer(0); err == nil || !strings.Contains(err.Error(), "has no transfers") {
		t.Error(err)
	}
}

// Without a question there is the whole, and a sample says that it is one.
func TestWhole(t *testing.T) {
	res := told()
	res.Thinned = []record.Part{{Table: "decisions", Flow: "bulk", Thinning: record.Thinning{Samples: 36, Kept: 9}}}
	s, err := Of(res, "bulk")
	if err != nil {
		t.Fatal(err)
	}
	check(t, s.Whole(), nil, "Of 36 decisions 9 are kept, evenly spread: what lies between two of them is not told.",
		"The decisions of blest, of flow bulk, are from 12.200 s to 14.000 s.",
		"would-block: 3 decisions, with a wait of 11.2 ms in all.", "no-block: 2 decisions.",
		"In all, lte was given 4.26 kB and wifi was given 2.84 kB.")
	s.Decisions = s.Decisions[5:]
	if _, err := s.Position(1420); err == nil || err.Error() != "the decision about position 1420 is not in the sample: of 36 decisions 9 are kept" {
		t.Error(err)
	}
	s.Sampled = nil // as after data in a SYN
	if _, err := s.Position(1420); err == nil || !strings.Contains(err.Error(), "with the SYN") {
		t.Error(err)
	}
}

// A flow is named, or the only one; a result may have none.
func TestOf(t *testing.T) {
	res := told()
	if _, err := Of(res, "bulks"); err == nil || !strings.HasSuffix(err.Error(), `did you mean "bulk"?`) {
		t.Error(err)
	}
	res.Flows = append(res.Flows, record.Flow{Name: "more", Reasons: res.Flows[1].Reasons})
	if _, err := Of(res, ""); err == nil || err.Error() != "which flow? there are decisions of bulk, more" {
		t.Error(err)
	}
	if _, err := Of(res, "more"); err == nil {
		t.Error("decisions that are not there are told")
	}
	if _, err := Of(&record.Result{}, ""); err == nil {
		t.Error("a result without decisions is told")
	}
}
