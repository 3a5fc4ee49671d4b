package campaign

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mpsim/experiment/record"
	"mpsim/scenarios"
)

// load returns a short scenario with random losses.
func load(t testing.TB, set ...string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Load("lossy", append([]string{"duration=1s", "warmup=200ms"}, set...)...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// replications returns n jobs of each scenario.
func replications(n int, list ...*scenarios.Scenario) (jobs []Job) {
	for _, s := range list {
		for r := range n {
			jobs = append(jobs, Job{Name: "lossy", Scenario: s, Replication: r, Series: r == 0})
		}
	}
	return jobs
}

// encode returns what outcomes say, but for whether they were stored.
func encode(t *testing.T, outcomes []Outcome) string {
	t.Helper()
	var b strings.Builder
	for _, o := range outcomes {
		data, err := json.Marshal([]any{o.Summary, o.Trace, fmt.Sprint(o.Err)})
		if err != nil {
			t.Fatal(err)
		}
		b.Write(data)
	}
	return b.String()
}

// The outcomes are the same with one and with many workers, and from the store.
func TestOrderAndWorkers(t *testing.T) {
	jobs := replications(4, load(t), load(t, "flow.bulk.cc=lia"))
	store := OpenStore(filepath.Join(t.TempDir(), "runs"))
	var want string
	for _, c := range []struct {
		what   string
		opts   Options
		stored bool
	}{
		{"one worker", Options{Workers: 1}, false},
		{"five workers", Options{Workers: 5, Store: store}, false},
		{"from the store", Options{Workers: 3, Store: store}, true},
	} {
		got, err := Run(context.Background(), jobs, c.opts)
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range got {
			if o.Stored != c.stored || o.Err != nil || o.Summary.Seed != jobs[i].Seed() || (o.Trace != nil) != jobs[i].Series {
				t.Fatalf("%s: job %d: stored %v, error %v, seed %d, trace %v", c.what, i, o.Stored, o.Err, o.Summary.Seed, o.Trace != nil)
			}
		}
		switch text := encode(t, got); {
		case want == "":
			want = text
		case text != want:
			t.Errorf("%s: the outcomes differ from those of one worker", c.what)
		}
	}
}

// A campaign that is interrupted keeps what is done, and the next one runs the rest.
func TestResume(t *testing.T) {
	jobs := replications(6, load(t))
	store := OpenStore(t.TempDir())
	ctx, cancel := context.WithCancel(context.Background())
	first, err := Run(ctx, jobs, Options{Workers: 1, Store: store, Progress: func(p Progress) {
		if p.Done == 3 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v; want %v", err, context.Canceled)
	}
	done := 0
	for i, o := range first {
		if o.Err == nil {
			done++
		} else if !errors.Is(o.Err, context.Canceled) || o.Summary != nil {
			t.Errorf("job %d, which was not run: %v", i, o.Err)
		}
	}
	if done != 3 {
		t.Fatalf("%d jobs were done; want 3", done)
	}
	var last Progress
	second, err := Run(context.Background(), jobs, Options{Store: store, Progress: func(p Progress) { last = p }})
	if err != nil {
		t.Fatal(err)
	}
	if last.Stored != 3 || last.Done != 6 || last.Total != 6 || last.Part < 0.999 {
		t.Errorf("progress %+v; want 3 of 6 jobs from the store, and all done", last)
	}
	for i := range second {
		if second[i].Err != nil || second[i].Stored != (first[i].Err == nil) {
			t.Errorf("job %d: %v, stored %v", i, second[i].Err, second[i].Stored)
		}
	}
}

// What somebody sees in a run is there in place of the trace, from the store, too, and to another look at the same run
// it does not answer.
func TestLook(t *testing.T) {
	looks := 0
	look := func(res *record.Result) (json.RawMessage, error) {
		looks++
		return json.Marshal(fmt.Sprintf("<%d> %d series", res.Seed, len(res.Series)))
	}
	jobs := replications(2, load(t))
	for i := range jobs {
		jobs[i].Look = look
	}
	store := OpenStore(t.TempDir())
	for _, what := range []string{"run now", "from the store"} {
		got, err := Run(context.Background(), jobs, Options{Workers: 1, Store: store})
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range got {
			var seen string
			if err := json.Unmarshal(o.Seen, &seen); err != nil || o.Err != nil || o.Summary == nil || o.Trace != nil {
				t.Fatalf("%s: job %d: %+v, %v", what, i, o, err)
			}
			if first := i%2 == 0; strings.HasSuffix(seen, "> 0 series") == jobs[i].Series || !strings.HasPrefix(seen, fmt.Sprintf("<%d>", jobs[i].Seed())) {
				t.Errorf("%s: job %d (series %v) saw %q", what, i, first, seen)
			}
		}
	}
	if looks != len(jobs) {
		t.Errorf("%d looks at %d runs; want one each", looks, len(jobs))
	}
	jobs[0].Look = nil
	if got, err := Run(context.Background(), jobs[:1], Options{Store: store}); err != nil || got[0].Stored || got[0].Trace == nil {
		t.Errorf("a run of which the trace is asked for comes from one that was looked at (%v)", err)
	}
	jobs[0].Look = func(*record.Result) (json.RawMessage, error) { return nil, errors.New("blind") }
	if got, _ := Run(context.Background(), jobs[:1], Options{}); got[0].Err == nil || !strings.Contains(got[0].Err.Error(), "blind") {
		t.Errorf("a look that fails: %v", got[0].Err)
	}
}

// What is damaged in the store, belongs to another key, or is half written does not
// count: the run is repeated.
func TestDamage(t *testing.T) {
	jobs := replications(1, load(t))
	jobs[0].Series = false
	for _, c := range []struct {
		what   string
		damage func(data []byte) []byte
	}{
		{"empty", func([]byte) []byte { return nil }},
		{"cut short", func(b []byte) []byte { return b[:len(b)/2] }},
		{"another number", func(b []byte) []byte { return []byte(strings.Replace(string(b), `"events":`, `"events":1`, 1)) }},
		{"another run", func(b []byte) []byte { return []byte(strings.Replace(string(b), `{"key":"`, `{"key":"0`, 1)) }},
		{"no run", func([]byte) []byte {
			return fmt.Appendf(nil, `{"key":%q,"sha256":%q,"run":{}}`, keyOf(&jobs[0]), sum([]byte("{}")))
		}},
	} {
		store := OpenStore(t.TempDir())
		want, err := Run(context.Background(), jobs, Options{Store: store})
		if err != nil {
			t.Fatal(err)
		}
		name := record.Logs(store.dir)[0]
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, c.damage(data), 0o666); err != nil {
			t.Fatal(err)
		}
		store = OpenStore(store.dir)
		got, err := Run(context.Background(), jobs, Options{Store: store})
		if err != nil || got[0].Stored || encode(t, got) != encode(t, want) {
			t.Errorf("%s: error %v, taken from the store %v", c.what, err, got[0].Stored)
		}
		if again, err := Run(context.Background(), jobs, Options{Store: store}); err != nil || !again[0].Stored {
			t.Errorf("%s: the damaged line was not replaced (%v)", c.what, err)
		}
	}
}

// keyOf returns the key of one job.
func keyOf(j *Job) string { return make(keys).key(j) }

// A key tells apart all that a run depends on.
func TestKey(t *testing.T) {
	s := load(t)
	seen := map[string]string{}
	for what, j := range map[string]Job{
		"first":       {Scenario: s},
		"replication": {Scenario: s, Replication: 1},
		"series":      {Scenario: s, Series: true},
		"value":       {Scenario: load(t, "link.clean.rate=9Mbps")},
		"program of Wi-Fi and LTE": {Scenario: func() *scenarios.Scenario {
			s, err := scenarios.Load("wifi-lte")
			if err != nil {
				t.Fatal(err)
			}
			return s
		}()},
	} {
		key := keyOf(&j)
		if other, taken := seen[key]; taken {
			t.Errorf("%s has the key of %s", what, other)
		}
		seen[key] = what
	}
	if a, b := keyOf(&Job{Scenario: s}), keyOf(&Job{Name: "x/lossy.toml", Scenario: load(t)}); a != b {
		t.Error("the same run has two keys")
	}
}

// A store that cannot be written ends the campaign with an error; the outcomes that
// there are stay.
func TestStoreFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	got, err := Run(context.Background(), replications(3, load(t)), Options{Workers: 1, Store: OpenStore(file)})
	var pathError *fs.PathError
	if !errors.As(err, &pathError) || errors.Is(err, context.Canceled) {
		t.Errorf("error %v; want that of the file", err)
	}
	if got[0].Summary == nil || got[2].Summary != nil {
		t.Error("want the outcome of the first run, and none of the last")
	}
}

// A run that panics is one failure, which says how to see it again; the others go on.
func TestPanic(t *testing.T) {
	jobs := replications(3, load(t))
	broken := *jobs[1].Scenario
	broken.Graph = nil // Build panics
	broken.Overrides = []string{"flow.bulk.cc={kind='cubic'}"}
	jobs[1].Scenario = &broken
	var failures []*Failure
	got, err := Run(context.Background(), jobs, Options{Workers: 2, Progress: func(p Progress) {
		if p.Failure != nil {
			failures = append(failures, p.Failure)
		}
	}})
	if err != nil || got[0].Err != nil || got[2].Err != nil {
		t.Fatalf("errors %v, %v, %v; want none", err, got[0].Err, got[2].Err)
	}
	var f *Failure
	if !errors.As(got[1].Err, &f) || len(failures) != 1 || failures[0] != f {
		t.Fatalf("the failure is %v, and was reported as %v", got[1].Err, failures)
	}
	const replay = `mpsim run lossy --set 'flow.bulk.cc={kind='\''cubic'\''}' --seed 2`
	if text := f.Error(); !strings.Contains(text, replay) || !strings.Contains(text, "nil pointer") {
		t.Errorf("the failure says:\n%s\nwant it to name %s", text, replay)
	}
}

// The store is small: of most runs, summaries alone are kept.
func TestSmall(t *testing.T) {
	store := OpenStore(t.TempDir())
	jobs := replications(2, load(t))
	if _, err := Run(context.Background(), jobs, Options{Store: store}); err != nil {
		t.Fatal(err)
	}
	store.look()
	if p := store.lines[keyOf(&jobs[1])]; len(p) != 1 || p[0].n > 4096 {
		t.Errorf("the lines of a summary are %v; want one of at most 4096 bytes", p)
	}
}
