package sched

import (
	"math"
	"reflect"
	"testing"
)

// What a scheduler is without parameters: as the stack or the paper has it that its source
// names, and where these differ as the kernel of v0.9x for BLEST, as the paper for ECF.
func TestDefaults(t *testing.T) {
	all := map[string]Scheduler{ // order does not matter
		"backup":     &Backup{},
		"blest":      &BLEST{Kernel: true, Lambda: 1.2, Min: 1, Max: 1.3, Up: 0.04, Down: 0.01},
		"daps":       &DAPS{Grain: 4 * ms},
		"deadline":   &Deadline{Base: "minrtt", Factor: 1.1, Hard: 500 * ms, Low: 20 * ms},
		"dems":       &DEMS{},
		"ecf":        &ECF{Beta: 0.25},
		"lastactive": &LastActive{},
		"linux":      &Linux{Burst: 65428},
		"minrtt":     &MinRTT{},
		"otias":      &OTIAS{},
		"peekaboo":   &Peekaboo{Alpha: 0.5, Record: 4},
		"priority":   &Priority{},
		"redundant":  &Redundant{Copy: "all"},
		"roundrobin": &RoundRobin{NumSegments: 1, CwndLimited: true},
		"stms":       &STMS{},
		"sttf":       &STTF{Replan: true},
		"weighted":   &Weighted{},
	}
	for name, want := range all {
		got, err := Registry.New(name)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v (%v), want %+v", name, got, err, want)
		}
		if v, ok := got.(validator); ok && v.Validate() != nil {
			t.Errorf("%s: %v", name, v.Validate())
		}
	}
	if got := len(Registry.Names()); got != len(all) {
		t.Errorf("%d are registered, %d known here", got, len(all))
	}
}

type validator interface{ Validate() error }

// Each range ends where its message says: the last value passes, the next does not.
func TestRanges(t *testing.T) {
	blest := func(lambda, low, high, up, down float64) validator {
		return &BLEST{Lambda: lambda, Min: low, Max: high, Up: up, Down: down}
	}
	deadline := func(change func(*Deadline)) validator {
		d := newDeadline()
		change(d)
		return d
	}
	for name, m := range map[string]struct{ in, out validator }{ // order does not matter
		"blest, least":        {blest(1, 1, 1, 0, 0), blest(0, 0, 1, 0, 0)},
		"blest, below least":  {blest(1, 1, 2, 0, 0), blest(0.9, 1, 2, 0, 0)},
		"blest, most":         {blest(100, 1, 100, 0, 0), blest(1, 1, 100.1, 0, 0)},
		"blest, above most":   {blest(2, 1, 2, 0, 0), blest(2.1, 1, 2, 0, 0)},
		"blest, no number":    {blest(1, 1, 1, 0, 0), blest(math.NaN(), 1, 1, 0, 0)},
		"blest, up":           {blest(1, 1, 1, 100, 0), blest(1, 1, 1, 100.1, 0)},
		"blest, up below":     {blest(1, 1, 1, 0, 0), blest(1, 1, 1, -0.1, 0)},
		"blest, down":         {blest(1, 1, 1, 0, 100), blest(1, 1, 1, 0, 100.1)},
		"blest, down below":   {blest(1, 1, 1, 0, 0), blest(1, 1, 1, 0, -0.1)},
		"daps, least":         {&DAPS{Grain: 100e3}, &DAPS{Grain: 99999}},
		"daps, most":          {&DAPS{Grain: 1e9}, &DAPS{Grain: 1e9 + 1}},
		"deadline, base":      {deadline(func(d *Deadline) { d.Base = "linux" }), deadline(func(d *Deadline) { d.Base = "deadline" })},
		"deadline, factor":    {deadline(func(d *Deadline) { d.Factor = 1000 }), deadline(func(d *Deadline) { d.Factor = 1000.1 })},
		"deadline, no factor": {deadline(func(d *Deadline) { d.Factor = 0 }), deadline(func(d *Deadline) { d.Factor = -0.1 })},
		"deadline, hard":      {deadline(func(d *Deadline) { d.Hard = 0 }), deadline(func(d *Deadline) { d.Hard = -1 })},
		"deadline, low":       {deadline(func(d *Deadline) { d.Low = 0 }), deadline(func(d *Deadline) { d.Low = -1 })},
		"ecf, least":          {&ECF{Beta: 0}, &ECF{Beta: -0.1}},
		"ecf, most":           {&ECF{Beta: 100}, &ECF{Beta: 100.1}},
		"linux, least":        {&Linux{Burst: 1}, &Linux{Burst: 0}},
		"linux, most":         {&Linux{Burst: 1 << 30}, &Linux{Burst: 1<<30 + 1}},
		"peekaboo, least":     {&Peekaboo{Alpha: 0}, &Peekaboo{Alpha: -0.1}},
		"peekaboo, most":      {&Peekaboo{Alpha: 1000}, &Peekaboo{Alpha: 1000.1}},
		"peekaboo, record":    {&Peekaboo{Record: 0}, &Peekaboo{Record: -1}},
		"peekaboo, records":   {&Peekaboo{Record: 1e6}, &Peekaboo{Record: 1e6 + 1}},
		"priority, bound":     {&Priority{Bound: 0}, &Priority{Bound: -1}},
		"redundant, now":      {&Redundant{Copy: "now"}, &Redundant{Copy: "never"}},
		"redundant, idle":     {&Redundant{Copy: "idle"}, &Redundant{Copy: "IDLE"}},
		"roundrobin, least":   {&RoundRobin{NumSegments: 1}, &RoundRobin{NumSegments: 0}},
		"roundrobin, most":    {&RoundRobin{NumSegments: 1e6}, &RoundRobin{NumSegments: 1e6 + 1}},
	} {
		if err := m.in.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if m.out.Validate() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// What each declares. That it does no more and no less, the battery shows.
func TestTraits(t *testing.T) {
	for _, x := range []struct {
		s    Scheduler
		want Traits
	}{
		{&MinRTT{}, 0},
		{&BLEST{Kernel: true}, Patient | Penalises | Measures},
		{&BLEST{}, Patient | Penalises},
		{&Priority{}, Backups},
		{&Priority{Bound: 1}, Patient | Backups},
		{&Priority{Standby: true}, Patient | Backups},
		{&RoundRobin{CwndLimited: true}, 0},
		{&RoundRobin{Backups: true}, Patient | Backups},
		{&Weighted{}, 0},
		{&Weighted{Strict: true}, Patient},
		{&STTF{}, Queues | Measures},
		{&STTF{Replan: true}, Queues | Recalls | Measures},
		{&Deadline{Base: "sttf"}, Queues | Recalls | Measures | Copies | Ages},
	} {
		if got := TraitsOf(x.s); got != x.want {
			t.Errorf("%T%+v: %b, want %b", x.s, x.s, got, x.want)
		}
	}
}
