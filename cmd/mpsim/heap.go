package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"sync"
)

// An allowance says by how much a heap may grow until Go's collector comes again: by as many percent of
// what is alive as make heap, but by least and at most by most.
type allowance struct {
	least, most uint64
	heap        uint64 // bytes
}

// A campaign makes garbage fast and keeps little: with its usual percentage, 100, the collector would take
// a quarter of the processor. One run keeps most of what it makes: that of a thousand connections needs the
// room more than the time.
var (
	ofCampaign = allowance{100, 400, 512 << 20}
	ofRun      = allowance{40, 400, 136 << 20}
)

// percent returns by how much a heap may grow of which so many bytes are alive.
func (a allowance) percent(live uint64) int {
	if live >= a.heap {
		return int(a.least)
	}
	return int(min(max(100*(a.heap-live)/max(live, 1), a.least), a.most))
}

// collect has the collector follow a until end is called. The environment variable GOGC goes before.
func collect(a allowance) (end func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	r := &room{allowance: a, usual: debug.SetGCPercent(int(a.most)), current: int(a.most)}
	r.await()
	return r.end
}

// room follows the collector: what is alive is known after each of its cycles.
type room struct {
	allowance
	usual int // percentage, before and after

	mu      sync.Mutex // guards what follows: adjust is called by the collector, also while end is
	current int        // percentage
	over    bool
}

// end sets the percentage that was before, for good.
func (r *room) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
	debug.SetGCPercent(r.usual)
}

// await has adjust called after the next cycle, which finds a new cycle dead.
func (r *room) await() { runtime.SetFinalizer(&cycle{r}, func(c *cycle) { c.r.adjust() }) }

// A cycle is what the collector finds dead once.
type cycle struct{ r *room }

// adjust sets the percentage by what is alive.
func (r *room) adjust() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		return
	}
	var m runtime.MemStats // runtime/metrics has what is alive, and takes a millisecond of the start of every command
	runtime.ReadMemStats(&m)
	live := m.NextGC / uint64(100+r.current) * 100
	r.current = r.percent(live)
	debug.SetGCPercent(r.current)
	r.await()
}
