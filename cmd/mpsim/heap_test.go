package main

import (
	"runtime"
	"runtime/debug"
	"testing"
)

// The heap of a campaign may grow to five times what is alive, not beyond 512 MiB, and always to twice
// that; that of one run not beyond 136 MiB, and always by two fifths.
func TestAllowance(t *testing.T) {
	const mib = 1 << 20
	for _, tt := range []struct {
		live          uint64
		campaign, run int
	}{
		{0, 400, 400}, {1, 400, 400}, {10 * mib, 400, 400}, {32 * mib, 400, 325}, {64 * mib, 400, 112}, {100 * mib, 400, 40},
		{128 * mib, 300, 40}, {136 * mib, 276, 40}, {256 * mib, 100, 40}, {400 * mib, 100, 40}, {4000 * mib, 100, 40},
	} {
		if campaign, run := ofCampaign.percent(tt.live), ofRun.percent(tt.live); campaign != tt.campaign || run != tt.run {
			t.Errorf("%d MiB: %d and %d %%, want %d and %d %%", tt.live/mib, campaign, run, tt.campaign, tt.run)
		}
	}
}

// Once a campaign has ended, the collector changes nothing, also if it has come to an end itself just then.
func TestRoomIsGivenBack(t *testing.T) {
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	for range 200 {
		r := &room{allowance: ofCampaign, usual: 100, current: 400}
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
func TestCollect(t *testing.T) {
	t.Setenv("GOGC", "")
	before := debug.SetGCPercent(100)
	end := collect(ofCampaign)
	for range 3 {
		runtime.GC()
	}
	got := debug.SetGCPercent(400)
	end()
	if after := debug.SetGCPercent(before); got != 400 || after != 100 {
		t.Errorf("%d %% in a campaign, %d %% after it; want %d %% and 100 %%", got, after, 400)
	}
	t.Setenv("GOGC", "50")
	end = collect(ofCampaign)
	got = debug.SetGCPercent(before)
	if end(); got != before {
		t.Errorf("%d %% although GOGC is set; want %d %% left alone", got, before)
	}
}
