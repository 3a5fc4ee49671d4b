// Mutate plants faults in the model, one at a time, and reports those that no short test
// finds: constants that are off by one, doubled or 0; boundaries that include what they
// should exclude; conditions, signs and branches the wrong way; statements left out.
//
//	go run ./internal/mutate                       # the sample of the long tests
//	go run ./internal/mutate -n 0 mptcp/tcp        # all faults of a package; hours
//	go run ./internal/mutate -seed 7 -n 50 sim cc  # 50 of each package
//	go run ./internal/mutate -n 0 -match rtt.go: mptcp/tcp
//
// Faults are drawn evenly from all of a package, and the seed says which. Survivors are
// printed as file:line: what, the table of scores comes last. A fault is planted by an
// overlay of the go command; nothing is written into the tree.
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"go/build"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// The long tests plant so many faults of each package, drawn by this seed: minutes on two cores. More would
// see a smaller change of the share that is found, with the root of their number: of these it is some 10 %.
const (
	sample = 3
	seed   = 9
)

func main() {
	var o options
	flag.Uint64Var(&o.seed, "seed", seed, "which faults are drawn")
	flag.IntVar(&o.n, "n", sample, "how many of each package; 0: all")
	flag.Func("match", "only faults whose file:line: what matches this regular expression", func(text string) (err error) {
		o.match, err = regexp.Compile(text)
		return err
	})
	flag.BoolVar(&o.own, "own", false, "ask only the tests of the package itself: quicker, and stricter")
	flag.IntVar(&o.jobs, "jobs", runtime.NumCPU(), "how many at a time")
	flag.StringVar(&o.cache, "cache", "", "a build cache to keep; without it, one that is removed at the end")
	flag.BoolVar(&o.verbose, "v", false, "print the fate of every fault")
	root := flag.String("root", ".", "the directory of the module")
	flag.Parse()
	o.packages = flag.Args()
	scores, err := measure(*root, o, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
	fmt.Print(table(scores))
}

// options say what is planted; no packages means all.
type options struct {
	seed     uint64
	n, jobs  int
	match    *regexp.Regexp // nil: all
	cache    string
	own      bool
	verbose  bool
	packages []string
}

// judges lists, for each package of the model, the packages whose short tests judge it:
// its own, and those that show what it is for.
var judges = map[string][]judge{
	"sim":               {{pkg: "sim"}, {pkg: "sim/netem", skip: slowNetem}, {pkg: "mptcp/tcp"}},
	"sim/words":         {{pkg: "sim/words"}},
	"sim/units":         {{pkg: "sim/units"}, {pkg: "sim/netem", skip: slowNetem}, {pkg: "mptcp/tcp"}},
	"sim/course":        {{pkg: "sim/course"}, {pkg: "sim/netem", skip: slowNetem}},
	"sim/rng":           {{pkg: "sim/rng"}},
	"sim/plugin":        {{pkg: "sim/plugin"}, {pkg: "sched"}, {pkg: "scenarios/language"}},
	"sim/probe":         {{pkg: "sim/probe"}},
	"sim/rare":          {{pkg: "sim/rare"}, {pkg: "sim/netem", skip: slowNetem}, {pkg: "mptcp/tcp"}},
	"sim/netem":         {{pkg: "sim/netem"}, {pkg: "sim/netem/qdisc"}, {pkg: "mptcp/tcp"}},
	"sim/netem/channel": {{pkg: "sim/netem/channel"}},
	"sim/netem/qdisc":   {{pkg: "sim/netem/qdisc"}},
	"sim/app":           {{pkg: "sim/app"}, {pkg: "mptcp/udp"}, {pkg: "mptcp", skip: slowMPTCP}},
	"cc":                {{pkg: "cc"}, {pkg: "mptcp/tcp"}},
	"cc/fluid":          {{pkg: "cc/fluid"}},
	"sched":             {{pkg: "sched"}, {pkg: "mptcp", skip: slowMPTCP}},
	"mptcp":             {{pkg: "mptcp", skip: slowMPTCP}},
	"mptcp/seqnum":      {{pkg: "mptcp/seqnum"}, {pkg: "mptcp/tcp"}},
	"mptcp/wire":        {{pkg: "mptcp/wire"}, {pkg: "mptcp", skip: slowMPTCP}},
	"mptcp/tcp":         {{pkg: "mptcp/tcp"}, {pkg: "mptcp", skip: slowMPTCP}},
	"mptcp/udp":         {{pkg: "mptcp/udp"}},
	"mptcp/middlebox":   {{pkg: "mptcp/middlebox"}, {pkg: "mptcp", skip: slowMPTCP}},
	"mptcp/pathmgr":     {{pkg: "mptcp/pathmgr"}, {pkg: "mptcp", skip: slowMPTCP}},
}

// Tests that take seconds and look for what no other test knows: a rare course.
const (
	slowMPTCP = "^(TestHostilePeer|TestCleanPaths)$"
	slowNetem = "^TestFiniteQueue$"
)

// measure plants faults, prints survivors as they are found and returns the scores.
func measure(root string, o options, out io.Writer) (map[string]score, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	drawn, err := draw(root, o)
	if err != nil {
		return nil, err
	}
	scratch, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(scratch)
	c, err := newCourt(root, scratch, cmp.Or(o.cache, filepath.Join(scratch, "cache")), drawn)
	if err != nil {
		return nil, err
	}
	r := report{out: out, verbose: o.verbose, scores: map[string]score{}}
	queue := make(chan trial)
	var wg sync.WaitGroup
	for range max(1, o.jobs) {
		wg.Go(func() {
			for t := range queue {
				fate, err := c.try(t.fault, t.judges)
				r.add(t.fault, fate, err)
			}
		})
	}
	for _, t := range drawn {
		queue <- t
	}
	close(queue)
	wg.Wait()
	return r.scores, r.err
}

// A trial is a fault and the judges that have to find it.
type trial struct {
	fault  fault
	judges []judge
}

// draw returns what is to be tried.
func draw(root string, o options) ([]trial, error) {
	packages := o.packages
	if len(packages) == 0 {
		packages = allPackages()
	}
	var lists [][]trial
	for _, pkg := range packages {
		list, ok := judges[pkg]
		if !ok {
			return nil, fmt.Errorf("nobody judges package %q; there are %s", pkg, strings.Join(allPackages(), ", "))
		}
		if o.own {
			list = list[:1]
		}
		all, err := faultsOf(root, pkg)
		if err != nil {
			return nil, err
		}
		all = slices.DeleteFunc(all, func(f fault) bool { return o.match != nil && !o.match.MatchString(f.String()) })
		rand.New(rand.NewPCG(o.seed, 0)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		if o.n > 0 {
			all = all[:min(o.n, len(all))]
		}
		var trials []trial
		for _, f := range all {
			trials = append(trials, trial{f, list})
		}
		lists = append(lists, trials)
	}
	return turns(lists), nil
}

// turns takes one of each list in turn, so that a run that is cut short has looked at all
// packages alike.
func turns(lists [][]trial) (all []trial) {
	for i := 0; ; i++ {
		n := len(all)
		for _, l := range lists {
			if i < len(l) {
				all = append(all, l[i])
			}
		}
		if len(all) == n {
			return all
		}
	}
}

// allPackages lists the packages that have judges, by name.
func allPackages() []string { return slices.Sorted(maps.Keys(judges)) }

// faultsOf lists the faults that can be planted in a package.
func faultsOf(root, pkg string) ([]fault, error) {
	dir := filepath.Join(root, filepath.FromSlash(pkg))
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var all []fault
	for _, e := range entries {
		name := e.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		if built, err := build.Default.MatchFile(dir, name); err != nil || !built {
			continue // what cannot be read, the judges cannot build either
		}
		src, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		more, err := faults(pkg, path.Join(pkg, name), src)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

// report takes in fates as they come.
type report struct {
	mu      sync.Mutex
	out     io.Writer
	verbose bool
	scores  map[string]score
	err     error
}

func (r *report) add(f fault, fate fate, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err = errors.Join(r.err, err)
	if err != nil {
		return
	}
	if r.verbose || fate == survived {
		fmt.Fprintf(r.out, "%s: %s\n", fate, f)
	}
	s := r.scores[f.pkg]
	if fate != unbuilt {
		s.planted++
	}
	if fate == killed {
		s.found++
	}
	r.scores[f.pkg] = s
}
