package campaign

import (
	"context"
	"fmt"
	"runtime"
	"testing"
)

// Many short runs: what a run costs beside its simulation shows.
func BenchmarkCampaign(b *testing.B) {
	for _, workers := range []int{1, runtime.GOMAXPROCS(0)} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			jobs := replications(200, load(b), load(b, "flow.bulk.cc=lia"))
			for b.Loop() {
				if _, err := Run(context.Background(), jobs, Options{Workers: workers, Store: OpenStore(b.TempDir())}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(jobs)*b.N)/b.Elapsed().Seconds(), "runs/s")
		})
	}
}
