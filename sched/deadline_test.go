package sched

import (
	"strings"
	"testing"
	"time"
)

func newDeadline() *Deadline {
	s, _ := Registry.New("deadline")
	return s.(*Deadline)
}

// The time allowed is max(min(1.1·least SRTT, 500 ms), 20 ms).
func TestDeadlineAllowed(t *testing.T) {
	for rtt, want := range map[time.Duration]time.Duration{10: 20, 20: 22, 40: 44, 200: 220, 800: 500} { // order does not matter
		v := fresh(1e6, 1e6, sub(0, mss, 0, 0, 10, 100, 900*ms), sub(1, mss, 0, 0, 10, 100, rtt*ms), mark(2, 1, "x"))
		if got := newDeadline().allowed(v); got != want*ms {
			t.Errorf("%d ms: %v", rtt, got)
		}
	}
}

// The least SRTT is 40 ms, so that 44 ms are allowed; the head went on LTE.
func TestDeadline(t *testing.T) {
	wifi, lte := sub(0, mss, 0, 0, 10, 100, 40*ms), sub(1, mss, 0, 0, 10, 100, 90*ms)
	sent := func(from uint64, ago time.Duration) Piece {
		at := fresh(1, 1).Now.Add(-ago)
		return Piece{Range: Range{from, from + mss}, On: One(1), First: at, Last: at}
	}
	for _, x := range []struct {
		name   string
		change func(v *View, d *Deadline)
		pieces []Piece
		on     int
		copied uint64 // its first byte, + 1; 0: new data
		until  time.Duration
	}{
		{"61 ms ago", nil, []Piece{sent(0, 61*ms)}, 0, 1, 0},
		{"30 ms ago", nil, []Piece{sent(0, 30*ms)}, 0, 0, 14 * ms},
		{"44 ms ago", nil, []Piece{sent(0, 44*ms)}, 0, 1, 0},
		{"a little later", nil, []Piece{sent(0, 44*ms-1)}, 0, 0, 1},
		{"the first that is overdue", nil, []Piece{sent(0, 61*ms), sent(1000, 50*ms)}, 0, 1, 0},
		{"then the next", func(v *View, _ *Deadline) { v.Pieces[0].Last++ }, []Piece{sent(0, 61*ms), sent(1000, 50*ms)}, 0, 1001, 0},
		{"not if it has arrived", func(v *View, _ *Deadline) { v.Pieces[0].Acked = true }, []Piece{sent(0, 61*ms), sent(1000, 50*ms)}, 0, 1001, 0},
		{"not if two carry it", func(v *View, _ *Deadline) { v.Pieces[0].On = 3 }, []Piece{sent(0, 61*ms), sent(1000, 50*ms)}, 0, 1001, 0},
		{"no further than one in time", nil, []Piece{sent(0, 20*ms), sent(1000, 50*ms)}, 0, 0, 24 * ms},
		{"unless the base sends out of order", func(_ *View, d *Deadline) { d.Base = "stms" }, []Piece{sent(0, 20*ms), sent(1000, 50*ms)}, 0, 1001, 0},
		{"which asks for all times", func(_ *View, d *Deadline) { d.Base = "stms" }, []Piece{sent(0, 20*ms), sent(1000, 30*ms)}, 0, 0, 14 * ms},
		{"wifi is full", func(v *View, _ *Deadline) { v.Subflows[0].Limit = Full }, []Piece{sent(0, 61*ms)}, 1, 0, 0},
		{"not on a backup", func(v *View, _ *Deadline) { v.Subflows[0].Backup = true }, []Piece{sent(0, 61*ms)}, 1, 0, 0},
		{"what is lost goes as the base says", func(v *View, _ *Deadline) { v.Job = Lost }, []Piece{sent(0, 61*ms)}, 0, 0, 0},
	} {
		v, d := fresh(1e6, 1e6, wifi, lte), newDeadline()
		v.Pieces = x.pieces
		v.Hand = v.Gap(0)
		if x.change != nil {
			x.change(v, d)
		}
		got := decides(t, x.name, d, v, x.on)
		if x.copied > 0 != (got.Bytes != Range{}) || x.copied > 0 && got.Bytes != (Range{x.copied - 1, x.copied - 1 + mss}) {
			t.Errorf("%s: %+v", x.name, got.Bytes)
		}
		if x.until > 0 != (got.Until > 0) || x.until > 0 && got.Until != v.Now.Add(x.until) {
			t.Errorf("%s: until %v", x.name, got.Until)
		}
	}
}

// The copy goes on the fastest that has not carried it, the first of equals.
func TestDeadlineWhere(t *testing.T) {
	v := fresh(1e6, 1e6, mark(0, 50, "s"), mark(1, 40, "s"), mark(2, 30, "s"), mark(3, 40, "s"))
	v.Pieces = []Piece{{Range: Range{0, mss}, On: One(2)}}
	v.Hand = v.Gap(0)
	decides(t, "fastest", newDeadline(), v, 1)
	v.Job, v.Hand = Spare, Range{}
	decides(t, "when nothing is at hand", newDeadline(), v, 1)
	v.Pieces[0].Acked = true
	if d := newDeadline().Next(v); d != (Decision{}) {
		t.Errorf("nothing to copy: %+v", d)
	}
}

// A wait of the base is not held to its promise, for room elsewhere may take a copy; its
// own time counts if it is earlier.
func TestDeadlineWaits(t *testing.T) {
	v := fresh(1e6, 1e6, mark(0, 40, ""), mark(1, 50, "s"))
	v.Pieces = []Piece{{Range: Range{0, mss}, On: One(0), First: v.Now, Last: v.Now}}
	v.Hand = v.Gap(0)
	d := newDeadline()
	d.Base = "backup"
	if got := d.Next(v); got != (Decision{Until: v.Now.Add(44 * ms)}) {
		t.Errorf("%+v", got)
	}
	late := newDeadline()
	late.Base = "peekaboo" // which waits for max(2·40, 50) ms
	if got := late.Next(v); got != (Decision{Until: v.Now.Add(44 * ms)}) {
		t.Errorf("a piece is overdue before: %+v", got)
	}
	late.Low, late.Hard = 90*ms, 90*ms
	if got := late.Next(v); got != (Decision{Until: v.Now.Add(80 * ms)}) {
		t.Errorf("a piece is overdue after: %+v", got)
	}
	if got := TraitsOf(d); got != Patient|Copies|Ages {
		t.Errorf("traits %b", got)
	}
}

func TestDeadlineValidate(t *testing.T) {
	d := newDeadline()
	d.Base = "dedline"
	if err := d.Validate(); err == nil || !strings.HasPrefix(err.Error(), `base "dedline": want backup, blest,`) || strings.Contains(err.Error(), " deadline") {
		t.Errorf("%v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("runs on a base that there is not")
		}
	}()
	d.Traits()
}
