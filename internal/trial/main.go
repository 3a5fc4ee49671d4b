// Trial draws scenarios, runs them, judges what comes out, and makes those small that fail.
//
//	go run ./internal/trial -from 1 -to 10000            seeds, on all cores
//	go run ./internal/trial -from 17 -to 17 -v           one seed again, and its scenario
//	go run ./internal/trial internal/draw/testdata/*.toml  scenarios of files
//
// Failures of one class are reported once, by a minimal scenario, which is written to the
// directory -out. It exits with 1 if there are any.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mpsim/internal/draw"
)

var (
	from     = flag.Uint64("from", 1, "first `seed`")
	to       = flag.Uint64("to", 1000, "last `seed`")
	jobs     = flag.Int("jobs", runtime.GOMAXPROCS(0), "scenarios at a time")
	out      = flag.String("out", filepath.Join(os.TempDir(), "mpsim-trial"), "`directory` for scenarios that fail")
	minimise = flag.Duration("minimise", time.Minute, "most time for making one scenario small; 0: leave it as it is")
	forced   = flag.Uint64("rare", 0, "force the rare cases of a `seed` in scenarios of files; that of a drawn scenario, if any, is its own")
	only     = flag.String("only", "", "of the seeds, those whose scenario has a match of a `pattern`")
	verbose  = flag.Bool("v", false, "print each scenario")
)

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	pattern, err := regexp.Compile(*only)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	t := &trial{classes: make(map[string]int), only: pattern}
	if flag.NArg() > 0 {
		t.files(ctx, flag.Args())
	} else {
		t.seeds(ctx)
	}
	if t.report() > 0 {
		os.Exit(1)
	}
}

// trial is what has come out so far.
type trial struct {
	done    atomic.Uint64
	refused atomic.Uint64 // by the run, with a line
	left    atomic.Uint64 // out, because they do not match
	began   time.Time
	only    *regexp.Regexp

	mu      sync.Mutex
	classes map[string]int // how often each failure was seen
}

// seeds tries all seeds.
func (t *trial) seeds(ctx context.Context) {
	t.began = time.Now()
	var next atomic.Uint64
	next.Store(*from)
	var workers sync.WaitGroup
	for range *jobs {
		workers.Go(func() {
			for ctx.Err() == nil {
				seed := next.Add(1) - 1
				if seed > *to {
					return
				}
				s := draw.Draw(seed)
				if !t.only.Match(s.Text()) {
					t.left.Add(1)
					continue
				}
				t.try(ctx, fmt.Sprintf("seed %d", seed), fmt.Sprintf("seed-%d", seed), s, draw.DepthOf(seed))
				t.progress()
			}
		})
	}
	workers.Wait()
}

// files tries scenarios of files.
func (t *trial) files(ctx context.Context, names []string) {
	t.began = time.Now()
	for _, name := range names {
		s, err := draw.Load(name)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		t.try(ctx, name, strings.TrimSuffix(filepath.Base(name), ".toml"), s, draw.Depth{Files: true, Figures: true, Wire: true, Tshark: true, Rare: *forced})
		t.done.Add(1)
	}
}

// try judges one scenario and reports its failure, the first of each class made small.
func (t *trial) try(ctx context.Context, what, name string, s *draw.Scenario, depth draw.Depth) {
	if *verbose {
		fmt.Printf("# %s\n%s\n", what, s.Text())
	}
	err := draw.Judge(ctx, s, depth)
	if ctx.Err() != nil {
		return
	}
	var failure *draw.Failure
	switch {
	case errors.As(err, &failure):
	case errors.Is(err, draw.ErrRefused):
		t.refused.Add(1)
		if *verbose || flag.NArg() > 0 {
			fmt.Printf("%s: %v\n", what, err)
		}
		return
	case err != nil:
		fmt.Printf("%s: %v\n", what, err)
		failure = &draw.Failure{Class: err.Error()}
	default:
		return
	}
	t.mu.Lock()
	t.classes[failure.Class]++
	known := t.classes[failure.Class] > 1
	t.mu.Unlock()
	if known {
		fmt.Printf("%s: %s, again\n", what, failure.Class)
		return
	}
	if *minimise > 0 {
		s = small(ctx, s, failure.Class, depth)
	}
	file, err := s.Save(*out, name, failure.Class)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	again := file
	if depth.Rare != 0 {
		again = fmt.Sprintf("-rare %d %s", depth.Rare, file)
	}
	fmt.Printf("\n%s: %v\n\n%s\nrun it again:\n  go run ./internal/trial %s\n  go run ./cmd/mpsim run %s --out %s%s\n", what, failure, s.Text(),
		again, file, strings.TrimSuffix(file, ".toml"), options(s.Set))
}

func options(set []string) string {
	var b strings.Builder
	for _, o := range set {
		fmt.Fprintf(&b, " --set '%s'", o)
	}
	return b.String()
}

// small makes s as small as there is time.
func small(ctx context.Context, s *draw.Scenario, class string, depth draw.Depth) *draw.Scenario {
	ctx, cancel := context.WithTimeout(ctx, *minimise)
	defer cancel()
	return draw.Minimise(ctx, s, func(s *draw.Scenario) bool {
		var f *draw.Failure
		return errors.As(draw.Judge(ctx, s, depth), &f) && f.Class == class
	})
}

// progress says now and then how far it is.
func (t *trial) progress() {
	if n := t.done.Add(1); n%1000 == 0 {
		fmt.Fprintf(os.Stderr, "%d scenarios, %.0f/s\n", n, float64(n)/time.Since(t.began).Seconds())
	}
}

// report prints the classes, the most frequent first, and returns how many there are.
func (t *trial) report() int {
	var list []string
	for class := range t.classes {
		list = append(list, class)
	}
	slices.SortFunc(list, func(a, b string) int {
		if d := t.classes[b] - t.classes[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	n := t.done.Load()
	if left := t.left.Load(); left > 0 {
		fmt.Printf("%d scenarios without a match of %v left out\n", left, t.only)
	}
	fmt.Printf("%d scenarios, %d refused, in %v, %.0f/s: %d failures\n", n, t.refused.Load(), time.Since(t.began).Round(time.Second), float64(n)/time.Since(t.began).Seconds(), len(list))
	for _, class := range list {
		fmt.Printf("%6d  %s\n", t.classes[class], class)
	}
	return len(list)
}
