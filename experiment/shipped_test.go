package experiment

import (
	"context"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"mpsim/experiment/record"
	"mpsim/scenarios"
)

// elsewhere is the environment variable that makes the test binary write the
// results of all shipped scenarios to a directory instead of testing.
const elsewhere = "MPSIM_TEST_WRITE"

func TestMain(m *testing.M) {
	if dir := os.Getenv(elsewhere); dir != "" {
		for _, name := range scenarios.Names() {
			if _, err := runAndWrite(filepath.Join(dir, name), name); err != nil {
				panic(err)
			}
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// brief returns the short form that a shipped scenario of thousands of flows says it has, for tests of what is true of
// a few of them as well.
func brief(name string) []string {
	s, err := scenarios.Load(name)
	if err != nil {
		return nil // the caller finds it, too
	}
	return s.Quick
}

// runAndWrite runs a shipped scenario and writes its result to dir.
func runAndWrite(dir, name string) (*record.Result, error) {
	s, err := scenarios.Load(name, brief(name)...)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	res, err := Run(context.Background(), s, nil)
	if err != nil {
		return nil, err
	}
	return res, Write(context.Background(), dir, s, res, WriteOptions{Wall: time.Since(began)})
}

// Every shipped scenario meets its expectations, and its result is a function of
// the scenario alone: in one process, twice in the long tests, and in another one it has
// the same event hash and the same bytes, but for the wall time.
func TestShipped(t *testing.T) {
	other := t.TempDir()
	again := exec.CommandContext(t.Context(), os.Args[0])
	again.Env = append(os.Environ(), elsewhere+"="+other)
	if out, err := again.CombinedOutput(); err != nil {
		t.Fatalf("another process: %v\n%s", err, out)
	}
	runs := []string{"first"}
	if os.Getenv("MPSIM_LONG") != "" {
		runs = append(runs, "second")
	}
	for _, name := range scenarios.Names() {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			var hash string
			var first map[string]string
			for _, run := range runs {
				res, err := runAndWrite(filepath.Join(dir, run), name)
				if err != nil {
					t.Fatal(err)
				}
				for _, x := range res.Failed() {
					t.Errorf("%s: got %s", x.Text, x.Got())
				}
				files := tree(t, filepath.Join(dir, run))
				if first == nil {
					hash, first = res.Hash, files
					continue
				}
				if res.Hash != hash {
					t.Errorf("event hash %s, then %s", hash, res.Hash)
				}
				same(t, "again", first, files)
			}
			same(t, "in another process", first, tree(t, filepath.Join(other, name)))
		})
	}
}

// same checks that two result directories have the same bytes, but for the wall time.
func same(t *testing.T, when string, a, b map[string]string) {
	t.Helper()
	if x, y := slices.Sorted(maps.Keys(a)), slices.Sorted(maps.Keys(b)); !slices.Equal(x, y) {
		t.Errorf("%s: files %v, want %v", when, y, x)
	}
	for name := range a {
		if name != record.TimingName && a[name] != b[name] {
			t.Errorf("%s: %s differs", when, name)
		}
	}
}

// Keys and initial sequence numbers are drawn, and much else; another seed is another run.
// A simulated second or two shows it.
func TestSeedMatters(t *testing.T) {
	short := []string{"duration=2s", "warmup=0s", "event=[]", "api=[]", "expect=[]"}
	for _, name := range scenarios.Names() {
		set := short
		if _, err := scenarios.Load(name, short...); err != nil || brief(name) != nil {
			set = brief(name) // its connections open later
		}
		a := load(t, name, append(set[:len(set):len(set)], "seed=1")...)
		b := load(t, name, append(set[:len(set):len(set)], "seed=2")...)
		if x, y := mustRun(t, a), mustRun(t, b); x.Hash == y.Hash {
			t.Errorf("%s: seeds 1 and 2 have the same event hash %s", name, x.Hash)
		}
	}
}

func load(t *testing.T, name string, set ...string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Load(name, set...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustRun(t *testing.T, s *scenarios.Scenario) *record.Result {
	t.Helper()
	res, err := Run(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// What is added to a scenario and does not meet its flows changes nothing about
// them: random streams belong to names, so that no draw moves.
func TestIndependence(t *testing.T) {
	const idle = `
[[link]]
name = "idle"
between = ["island1", "island2"]
rate = "3Mbps"
delay = { kind = "jitter", delay = "1ms", jitter = "3ms" }
loss = 0.1
`
	const unused = idle + `
[[flow]]
name = "unused"
from = "island1"
to = "island2"
protocol = "tcp"
workload = { kind = "onoff", on = "1ns", off = "10000s" }
`
	const busy = idle + `
[[flow]]
name = "busy"
from = "island1"
to = "island2"
`
	additions := []struct {
		what, text string
		first      bool
	}{
		{"an idle link first", idle, true}, {"a flow elsewhere last", busy, false}, {"an unused flow first", unused, true},
		{"an idle link last", idle, false}, {"a flow elsewhere first", busy, true}, {"an unused flow last", unused, false},
	}
	for i, name := range scenarios.Names() {
		text, err := scenarios.Text(name)
		if err != nil {
			t.Fatal(err)
		}
		want := mustRun(t, load(t, name, brief(name)...))
		for k, added := range additions {
			if os.Getenv("MPSIM_LONG") == "" && (i+k)%3 > 0 { // of each scenario a third, and of each addition
				continue
			}
			got := mustRun(t, insert(t, name, string(text), added.text, added.first))
			without(got, "idle", "unused", "busy")
			compare(t, name+" with "+added.what, want, got)
		}
	}
}

// insert parses a shipped scenario with more tables, before or after its own.
func insert(t *testing.T, name, text, more string, first bool) *scenarios.Scenario {
	t.Helper()
	text = "\n" + text
	at := len(text)
	if first {
		at = strings.Index(text, "\n[")
	}
	s, err := scenarios.Parse(name+".toml", []byte(text[:at]+more+text[at:]), func(file string) ([]byte, error) {
		return fs.ReadFile(os.DirFS("../scenarios"), file)
	}, brief(name)...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// without removes from a result what is of the flows and links named.
func without(res *record.Result, names ...string) {
	has := func(name string) bool { return slices.Contains(names, name) }
	res.Flows = slices.DeleteFunc(res.Flows, func(f record.Flow) bool { return has(f.Name) })
	res.Links = slices.DeleteFunc(res.Links, func(l record.Link) bool { return has(l.Name) })
	res.Series = slices.DeleteFunc(res.Series, func(s record.Series) bool { return has(s.Flow) || has(s.Link) })
	res.Sequences = slices.DeleteFunc(res.Sequences, func(s record.Sequence) bool { return has(s.Flow) })
	res.Incidents = slices.DeleteFunc(res.Incidents, func(m record.Incident) bool { return has(m.Flow) || has(m.Link) })
	res.Transfers = slices.DeleteFunc(res.Transfers, func(x record.Transfer) bool { return has(x.Flow) })
}

// compare checks that two results say the same of flows and links. Shares are of
// all flows and not compared.
func compare(t *testing.T, what string, want, got *record.Result) {
	t.Helper()
	if len(want.Flows) != len(got.Flows) {
		t.Fatalf("%s: %d flows, want %d", what, len(got.Flows), len(want.Flows))
	}
	for i, f := range got.Flows {
		f.Share = want.Flows[i].Share
		if !reflect.DeepEqual(f, want.Flows[i]) {
			t.Errorf("%s: flow %s is\n%+v, was\n%+v", what, f.Name, f, want.Flows[i])
		}
	}
	if !reflect.DeepEqual(got.Links, want.Links) {
		t.Errorf("%s: the links differ", what)
	}
	for _, part := range []struct {
		name      string
		want, got any
	}{
		{"series", want.Series, got.Series}, {"sequences", want.Sequences, got.Sequences},
		{"transfers", want.Transfers, got.Transfers}, {"incidents", append([]record.Incident{}, want.Incidents...), append([]record.Incident{}, got.Incidents...)},
	} {
		if !reflect.DeepEqual(part.got, part.want) {
			t.Errorf("%s: the %s differ", what, part.name)
		}
	}
}

// A run that is interrupted tells what it has seen until then, and does not judge it.
func TestInterrupted(t *testing.T) {
	s := load(t, "wifi-lte")
	ctx, cancel := context.WithCancel(t.Context())
	res, err := Run(ctx, s, func(done float64) {
		if done > 0.5 {
			cancel()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if !res.Interrupted || res.Duration < 15 || res.Duration > 16 || len(res.Expectations) > 0 || res.Flows[0].Received == 0 {
		t.Errorf("interrupted is %v at %g s with %d expectations judged", res.Interrupted, res.Duration, len(res.Expectations))
	}
	res, err = Run(ctx, s, nil)
	if err != nil || !res.Interrupted || res.Duration != 0 {
		t.Errorf("interrupted before it began: %v, %+v", err, res)
	}
}
