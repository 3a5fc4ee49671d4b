package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"sync"
)

// A campaign makes garbage fast and keeps little: with its usual percentage Go's collector would take a quarter of
// the processor. So it waits until the heap has grown by roomyPercent of what is alive, up to roomyHeap. A campaign
// whose runs are larger than that is collected as any program is.
const (
	usualPercent = 100
	roomyPercent = 400
	roomyHeap    = 512 << 20 // bytes
)

// roomy gives the garbage of a campaign room until end is called. The environment variable GOGC goes before.
func roomy() (end func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	r := &room{usual: debug.SetGCPercent(roomyPercent), percent: roomyPercent}
	r.await()
	return r.end
}

// room follows the collector: what is alive is known after each of its cycles.
type room struct {
	usual int // percentage, before and after

	mu      sync.Mutex // guards what follows: adjust is called by the collector, also while end is
	percent int        // now
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
	live := m.NextGC / uint64(100+r.percent) * 100
	r.percent = percent(live)
	debug.SetGCPercent(r.percent)
	r.await()
}

// percent returns by how much a heap may grow of which so many bytes are alive.
func percent(live uint64) int {
	if live >= roomyHeap {
		return usualPercent
	}
	return int(min(max(100*(roomyHeap-live)/max(live, 1), usualPercent), roomyPercent))
}
