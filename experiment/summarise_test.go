package experiment

import (
	"context"
	"reflect"
	"runtime"
	"testing"

	"mpsim/scenarios"
)

// Who wants the summary alone gets the same one, and pays for no series: these have up to 2048 points of 16
// bytes, and the windows, timers, buffers and queues of two subflows are more than fifteen.
func TestSummarise(t *testing.T) {
	s, err := scenarios.Load("lossy", "duration=2s", "warmup=500ms", "expect=[]")
	if err != nil {
		t.Fatal(err)
	}
	var whole, summary any
	long := allocated(func() {
		res, err := Run(context.Background(), s, nil)
		if err != nil || len(res.Series) < 10 {
			t.Fatal(err, "or few series")
		}
		whole = &res.Summary
	})
	short := allocated(func() {
		res, err := Summarise(context.Background(), s, nil)
		if err != nil {
			t.Fatal(err)
		}
		summary = &res.Summary
	})
	if !reflect.DeepEqual(whole, summary) {
		t.Errorf("the summary is\n%+v\nwant\n%+v", summary, whole)
	}
	if short+500_000 > long {
		t.Errorf("%d bytes allocated without series, %d with", short, long)
	}
}

// A scenario without a figure over time records none, however it is run.
func TestNoFigureNoSeries(t *testing.T) {
	s, err := scenarios.Load("lossy", "duration=2s", "warmup=500ms", "expect=[]", "figure=[]")
	if err != nil {
		t.Fatal(err)
	}
	bytes := func(run func() error) uint64 {
		return allocated(func() {
			if err := run(); err != nil {
				t.Fatal(err)
			}
		})
	}
	whole := bytes(func() error { _, err := Run(context.Background(), s, nil); return err })
	summary := bytes(func() error { _, err := Summarise(context.Background(), s, nil); return err })
	if whole > summary+100_000 {
		t.Errorf("%d bytes allocated, %d for the summary alone", whole, summary)
	}
}

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
