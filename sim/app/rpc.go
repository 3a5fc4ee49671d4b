package app

import (
	"fmt"
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

func init() {
	Registry.Register("rpc", "closed-loop requests and responses", func() Pattern {
		return &RPC{Request: 100, Response: 10_000}
	})
}

// RPC has "from" send a request and "to" answer it, one after the other. A Transfer
// lasts from the request to the last byte of the response.
type RPC struct {
	Request  units.Bytes   `toml:"request" doc:"size of a request"`
	Response units.Bytes   `toml:"response" doc:"size of a response"`
	Think    time.Duration `toml:"think" doc:"pause between a response and the next request"`
	Count    int           `toml:"count" doc:"number of requests; 0: until the flow stops"`
}

// Validate reports parameters that make no dialogue.
func (r *RPC) Validate() error {
	if r.Request < 1 || r.Response < 1 || r.Think < 0 || r.Count < 0 {
		return fmt.Errorf("request %d, response %d, think %v, count %d: want the sizes above 0 and the others not below", r.Request, r.Response, r.Think, r.Count)
	}
	return nil
}

// Answers reports that the responses are what the flow is about, if they are the larger part.
func (r *RPC) Answers() bool { return r.Response > r.Request }

// Pair implements Pattern.
func (r *RPC) Pair(env Env, _ sim.Time) (from, to Workload) {
	return &asker{writer: writer{env: env}, p: *r}, &answerer{p: *r}
}

type asker struct {
	writer
	p        RPC
	next     sim.Timer
	asked    sim.Time
	sent     int         // requests
	request  units.Bytes // of the current one, still to be written
	response units.Bytes // still to come
}

func (a *asker) Start(s Stream) {
	a.start(s, a)
	a.next.Init(a.env.Engine, a, nextTimer)
	a.HandleTimer(nextTimer)
}

// HandleTimer sends the next request.
func (a *asker) HandleTimer(kind int) {
	if kind == stopTimer || a.p.Count > 0 && a.sent == a.p.Count {
		a.next.Stop()
		a.close()
		return
	}
	a.sent++
	a.asked = a.env.Engine.Now()
	a.request, a.response = a.p.Request, a.p.Response
	a.env.begin(a.asked, a.p.Response)
	a.Writable()
}

func (a *asker) Writable() {
	if !a.closed && a.request > 0 {
		a.request -= a.s.Write(a.request)
	}
}

func (a *asker) Readable() {
	a.response -= a.s.Read(everything)
	if a.response > 0 || a.asked < 0 || a.closed {
		return
	}
	a.env.complete(a.asked, a.p.Response)
	a.asked = -1
	a.next.ArmAfter(a.p.Think)
}

func (a *asker) Closed(error) {
	a.end()
	a.next.Release()
}

type answerer struct {
	p       RPC
	s       Stream
	request units.Bytes // read of the current request
	due     units.Bytes // of responses, still to be written
	done    bool
}

func (a *answerer) Start(s Stream) { a.s = s }
func (a *answerer) Closed(error)   { a.done = true }

func (a *answerer) Readable() {
	a.request += a.s.Read(everything)
	for a.request >= a.p.Request {
		a.request -= a.p.Request
		a.due += a.p.Response
	}
	a.Writable()
}

func (a *answerer) Writable() {
	if a.done {
		return
	}
	if a.due > 0 {
		a.due -= a.s.Write(a.due)
	}
	if a.due == 0 && a.s.EOF() {
		a.done = true
		a.s.CloseWrite()
	}
}
