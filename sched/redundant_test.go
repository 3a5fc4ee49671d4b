package sched

import "testing"

// course asks r again and again as the connection does, until it waits or n times, and
// notes who took which segment: "0:3 " if subflow 0 took the third.
func course(r *Redundant, v *View, n int) (s string) {
	for range n {
		v.Job, v.Hand = Fresh, v.Gap(0)
		if v.Hand.Len() == 0 {
			v.Job = Spare
		}
		d := r.Next(v)
		if d.Do == Wait {
			return s + "wait"
		}
		if d.Bytes == (Range{}) {
			d.Bytes = v.Hand.First(mss)
		}
		for i := range v.Subflows {
			if d.On.Has(i) {
				s += string(rune('0'+i)) + ":" + string(rune('1'+d.Bytes.From/mss)) + " "
				carry(v, d.Bytes, One(i))
			}
		}
	}
	return s
}

// carry notes that a set of subflows carries a segment.
func carry(v *View, r Range, on Set) {
	for k := range v.Pieces {
		if v.Pieces[k].Range == r {
			v.Pieces[k].On |= on
			return
		}
	}
	v.Pieces = append(v.Pieces, Piece{Range: r, On: on})
}

func lacking(segments uint64, on ...Set) (list []Piece) {
	for k, set := range on {
		if pos := uint64(k) * mss; uint64(k) < segments {
			list = append(list, Piece{Range: Range{pos, pos + mss}, On: set})
		}
	}
	return list
}

// Copies go in rounds, in the order of the subflows; new data only when no free subflow is
// behind, to the fastest.
func TestRedundantOrder(t *testing.T) {
	for _, tt := range []struct {
		name    string
		written uint64
		subs    []Subflow
		pieces  []Piece
		want    string
	}{
		{"new data on the fastest, a copy on the other", 3000, []Subflow{mark(0, 50, "s"), mark(1, 10, "s")}, nil,
			"1:1 0:1 1:2 0:2 1:3 0:3 wait"},
		{"rounds of three", 6000, []Subflow{mark(0, 50, "s"), mark(1, 10, "s"), mark(2, 20, "s")}, lacking(4, 0, 0, 0, 0),
			"0:1 1:1 2:1 0:2 1:2 2:2 0:3 1:3 2:3 0:4 1:4 2:4 1:5 0:5 2:5 1:6 0:6 2:6 wait"},
		{"one has less to copy", 3000, []Subflow{mark(0, 50, "s"), mark(1, 10, "s")}, lacking(3, 2, 2, 0),
			"0:1 1:3 0:2 0:3 wait"},
		{"a full one that is behind does not matter", 3000, []Subflow{mark(0, 50, "s"), mark(1, 10, "")}, lacking(2, 1, 1),
			"0:3 wait"},
		{"nor a backup, nor one that is stale", 3000, []Subflow{mark(0, 50, "s"), mark(1, 10, "sb"), mark(2, 10, "x")}, lacking(2, 1, 1),
			"0:3 wait"},
		{"what was acknowledged on the subflow is copied all the same", 1000, []Subflow{mark(0, 50, "s"), mark(1, 10, "")},
			[]Piece{{Range: Range{0, mss}, On: 2, Acked: true}}, "0:1 wait"},
		{"a regular one is up: the backup waits", 3000, []Subflow{mark(0, 50, ""), mark(1, 10, "sb")}, nil, "wait"},
		{"backups serve by SRTT, without copies", 3000, []Subflow{mark(0, 50, "x"), mark(1, 20, "sb"), mark(2, 10, "sb")}, nil,
			"2:1 2:2 2:3 wait"},
	} {
		v := &View{Written: tt.written, Edge: 1e6, Subflows: tt.subs, Pieces: tt.pieces}
		if got := course(new(Redundant), v, 30); got != tt.want {
			t.Errorf("%s:\n%s, want\n%s", tt.name, got, tt.want)
		}
	}
}

// A round that was broken off does not go on at another time.
func TestRedundantNewRound(t *testing.T) {
	r, v := new(Redundant), &View{Written: 3000, Edge: 1e6, Subflows: []Subflow{mark(0, 50, "s"), mark(1, 10, "s")}, Pieces: lacking(3, 0, 0, 0)}
	if got := course(r, v, 1); got != "0:1 " {
		t.Errorf("%s", got)
	}
	v.Now++
	if got := course(r, v, 3); got != "0:2 1:1 0:3 " {
		t.Errorf("%s, want the first to begin again", got)
	}
	v.Subflows[1].Limit = Full
	if got := course(r, v, 3); got != "wait" {
		t.Errorf("%s, want nothing for the second, which is full", got)
	}
}

// A run that a subflow lacks is returned whole, as far as a segment goes, however it was
// cut, and no further than a hole or a piece it has carried.
func TestRedundantRuns(t *testing.T) {
	for _, tt := range []struct {
		name   string
		una    uint64
		pieces []Piece
		want   Range
	}{
		{"one byte", 0, []Piece{{Range: Range{0, 1}}}, Range{0, 1}},
		{"more than a segment", 0, []Piece{{Range: Range{0, 2500}}}, Range{0, 1000}},
		{"several pieces", 0, []Piece{{Range: Range{0, 300}, On: 2}, {Range: Range{300, 700}}, {Range: Range{700, 1200}, On: 2}}, Range{0, 1000}},
		{"up to what it has", 0, []Piece{{Range: Range{0, 300}}, {Range: Range{300, 700}, On: 1}, {Range: Range{700, 900}}}, Range{0, 300}},
		{"behind what it has", 0, []Piece{{Range: Range{0, 300}, On: 1}, {Range: Range{300, 700}}}, Range{300, 700}},
		{"up to a hole", 0, []Piece{{Range: Range{0, 300}}, {Range: Range{301, 700}}}, Range{0, 300}},
		{"behind what was acknowledged", 250, []Piece{{Range: Range{0, 300}}, {Range: Range{300, 400}}}, Range{250, 400}},
	} {
		v := &View{Una: tt.una, Written: 9000, Edge: 9000, Subflows: []Subflow{mark(0, 10, "s")}, Pieces: tt.pieces}
		v.Job = Spare
		if d := new(Redundant).Next(v); d != (Decision{Do: Send, On: One(0), Bytes: tt.want}) {
			t.Errorf("%s: %+v, want %v", tt.name, d, tt.want)
		}
	}
}

func TestRedundantVariants(t *testing.T) {
	v := fresh(1e6, 1e6, mark(0, 20, "s"), mark(1, 60, "s"), mark(2, 10, "sb"), mark(3, 10, ""))
	v.Pieces = []Piece{{Range: Range{0, mss}, On: One(0)}}
	v.Hand = v.Gap(0)
	if d := (&Redundant{Copy: "now"}).Next(v); d != (Decision{Do: Send, On: One(0) | One(1)}) {
		t.Errorf("now: %+v", d)
	}
	decides(t, "idle: new data first", &Redundant{Copy: "idle"}, v, 0)
	decides(t, "all: copies first", &Redundant{Copy: "all"}, v, 1)
	v.Job, v.Hand = Spare, Range{}
	decides(t, "now, nothing at hand", &Redundant{Copy: "now"}, v, waits)
	if d := decides(t, "idle, nothing at hand", &Redundant{Copy: "idle"}, v, 1); d.Bytes != (Range{0, mss}) {
		t.Errorf("%+v", d)
	}
	v.Job, v.Hand = Lost, Range{0, mss}
	v.Subflows[0].Limit = Carried
	decides(t, "what is lost goes as with minrtt", &Redundant{}, v, 1)
	v.Job, v.Hand = Fresh, v.Gap(0)
	v.Subflows = []Subflow{mark(0, 20, "x"), mark(1, 60, "sb"), mark(2, 10, "sb")}
	decides(t, "now, backups alone", &Redundant{Copy: "now"}, v, 2)
}
