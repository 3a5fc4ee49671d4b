package main

import (
	"runtime"
	"runtime/debug"
	"testing"
)

// A heap may grow to five times what is alive, not beyond 512 MiB, and always to twice that, as any heap.
func TestPercent(t *testing.T) {
	const mib = 1 << 20
	for _, tt := range []struct {
		live uint64
		want int
	}{{0, 400}, {1, 400}, {10 * mib, 400}, {100 * mib, 400}, {128 * mib, 300}, {256 * mib, 100}, {400 * mib, 100}, {4000 * mib, 100}} {
		if got := percent(tt.live); got != tt.want {
			t.Errorf("%d MiB: %d %%, want %d %%", tt.live/mib, got, tt.want)
		}
	}
}

// Once a campaign has ended, the collector changes nothing, also if it has come to an end itself just then.
func TestRoomIsGivenBack(t *testing.T) {
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	for range 200 {
		r := &room{usual: 100, percent: roomyPercent}
		done := make(chan bool)
		go func() { r.adjust(); close(done) }()
		runtime.Gosched()
		r.end()
		<-done
		if got := debug.SetGCPercent(100); got != 100 {
			t.Fatalf("%d %% after the end", got)
		}
	}
}

// A campaign has room, also after some cycles of the collector, and gives it back.
func TestRoomy(t *testing.T) {
	t.Setenv("GOGC", "")
	before := debug.SetGCPercent(100)
	end := roomy()
	for range 3 {
		runtime.GC()
	}
	got := debug.SetGCPercent(roomyPercent)
	end()
	if after := debug.SetGCPercent(before); got != roomyPercent || after != 100 {
		t.Errorf("%d %% in a campaign, %d %% after it; want %d %% and 100 %%", got, after, roomyPercent)
	}
	t.Setenv("GOGC", "50")
	end = roomy()
	got = debug.SetGCPercent(before)
	if end(); got != before {
		t.Errorf("%d %% although GOGC is set; want %d %% left alone", got, before)
	}
}
