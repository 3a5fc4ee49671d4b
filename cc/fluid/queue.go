package fluid

import (
	"fmt"
	"math"
)

// A Queue is what a link does with segments that it cannot carry at once. The zero Queue
// holds none: its link drops what exceeds the capacity.
type Queue struct {
	Limit float64 // most that waits; +Inf: no limit
	// Fill is the part of Limit that waits on average while the queue overflows; 0: all. A
	// fluid queue that overflows is full, one that packets fill in sawteeth is so only at
	// the peaks.
	Fill  float64
	Early *Early // drops before the queue is full; nil: none
}

// Early is the curve of RED: no drops up to Min, from there linear to P at Mid, and
// linear to 1 at Max (Floyd and Jacobson 1993; Khalili et al. 2012).
type Early struct {
	Min, Mid, Max float64 // waiting
	P             float64
	// Spread says that drops are spaced evenly, by the count of Floyd and Jacobson,
	// section 4: gaps are then uniform up to 1/p, and the mean loss is 2p.
	Spread bool
}

func (q *Queue) validate() error {
	if !(q.Limit >= 0) || !(q.Fill >= 0 && q.Fill <= 1) {
		return fmt.Errorf("queue limit %g, fill %g: want a limit of 0 or more, a fill of 0 to 1", q.Limit, q.Fill)
	}
	if e := q.Early; e != nil && !(0 <= e.Min && e.Min < e.Mid && e.Mid <= e.Max && 0 < e.P && e.P <= 1) {
		return fmt.Errorf("early drops from %g, %g at %g, all at %g: want 0 <= min < mid <= max and a probability", e.Min, e.P, e.Mid, e.Max)
	}
	return nil
}

// drop returns the part of the segments that e drops while n wait.
func (e *Early) drop(n float64) float64 {
	p := 1.0
	switch {
	case n <= e.Min:
		return 0
	case n < e.Mid:
		p = e.P * (n - e.Min) / (e.Mid - e.Min)
	case n < e.Max:
		p = e.P + float64((1-e.P)*(n-e.Mid)/(e.Max-e.Mid))
	}
	if e.Spread {
		p = min(2*p, 1)
	}
	return p
}

// waiting returns the mean number of segments that wait while the queue stands at n.
func (q *Queue) waiting(n float64) float64 {
	if q.Fill > 0 && q.Early == nil {
		return n * q.Fill
	}
	return n
}

// The equilibrium of a link is sought along one number, the level of its congestion. Up to
// level 1 a queue fills, to its limit or, with early drops, to Max; beyond, the queue is full and
// the loss grows by the factor e with each level. A trace of loss at every level keeps
// windows finite.
const trace = 1e-12

// maxLevel is where a full queue drops everything.
var maxLevel = 1 - math.Log(trace)

// endless is the wait, in seconds, that a queue without a limit has at level 1.
const endless = 100

// at returns loss and wait at a level.
func (l *Link) at(level float64) (loss, wait float64) {
	q := &l.Queue
	full := q.Limit
	if q.Early != nil && q.Early.Max < full {
		full = q.Early.Max
	}
	if math.IsInf(full, 1) {
		return trace, endless * level
	}
	n := full * min(level, 1)
	loss, wait = trace*math.Exp(max(level-1, 0))*(1+min(level, 1)), q.waiting(n)/l.Capacity
	if q.Early != nil {
		early := q.Early.drop(n)
		loss = early + float64((1-early)*min(loss, 1))
	}
	return min(loss, 1), wait
}
