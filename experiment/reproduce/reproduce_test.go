package reproduce

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"mpsim/experiment/campaign"
	"mpsim/experiment/record"
)

var update = flag.Bool("update", false, "rewrite testdata/catalogue.txt")

// What can be reproduced is on record, target by target, with what is wanted: nothing gets a
// wider tolerance or disappears unseen.
func TestCatalogue(t *testing.T) {
	var b bytes.Buffer
	for _, id := range IDs() {
		p, err := Load(id, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range p.Scenario.Targets {
			wanted := fmt.Sprintf("%v within %v", x.Want, x.Tolerance)
			if x.Want == nil {
				wanted = ""
				if x.Least != nil {
					wanted += fmt.Sprintf(" min %g", *x.Least)
				}
				if x.Greatest != nil {
					wanted += fmt.Sprintf(" max %g", *x.Greatest)
				}
			}
			explained := ""
			if x.Finding != "" {
				explained = " (finding)"
			}
			fmt.Fprintf(&b, "%s: %s: %s%s\n", id, x.ID, strings.TrimSpace(wanted), explained)
		}
	}
	const golden = "testdata/catalogue.txt"
	if *update {
		if err := os.WriteFile(golden, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("the targets are not those of %s; if that is meant, go test ./experiment/reproduce -update\n%s", golden, b.Bytes())
	}
}

// The short form: laws that hold in seconds, and a published equilibrium with its fluid
// prediction.
func TestQuick(t *testing.T) {
	reports := quick(t, Options{Quick: true, Store: campaign.OpenStore(t.TempDir())}, "L9", "S10", "KB", "B1")
	for _, r := range reports {
		for _, j := range r.Judgements {
			if j.Verdict == Unmeasured {
				t.Errorf("%s, %s was not measured", r.ID, j.Target.ID)
			}
			if (r.ID == "L9" || r.ID == "S10") && j.Verdict != Reproduced {
				t.Errorf("%s, %s: simulated %s, wanted %s: %s", r.ID, j.Target.ID, j.Simulated(), j.Wanted(), j.Verdict)
			}
			// Scenario B comes within 15 % of its fluid prediction in 20 s.
			if r.ID == "KB" && strings.HasPrefix(j.Target.ID, "blue") && !(math.Abs(j.Mean/j.Predicted-1) < 0.15) {
				t.Errorf("%s: simulated %s, predicted %s", j.Target.ID, j.Simulated(), number(j.Predicted))
			}
		}
	}
	files, err := Files(t.Context(), reports)
	if err != nil {
		t.Fatal(err)
	}
	names := func(f record.File) string { return f.Name }
	for _, want := range []string{"README.md", "targets.csv", "figures/L9.svg", "figures/L9-sweep.pdf", "figures/B1-sweep.png"} {
		if !slices.ContainsFunc(files, func(f record.File) bool { return names(f) == want }) {
			t.Errorf("the record has no %s", want)
		}
	}
	readme := string(files[slices.IndexFunc(files, func(f record.File) bool { return names(f) == "README.md" })].Data)
	for _, want := range []string{"## L9: ", "| bytes after 6 RTT | – | 630 | – | 630 | reproduced |", "Finding:", "![L9-sweep](figures/L9-sweep.svg)"} {
		if !strings.Contains(readme, want) {
			t.Errorf("README.md has no %q", want)
		}
	}
}

// quick runs papers.
func quick(t *testing.T, opts Options, ids ...string) []Report {
	t.Helper()
	var papers []*Paper
	for _, id := range ids {
		p, err := Load(id, opts.Quick)
		if err != nil {
			t.Fatal(err)
		}
		papers = append(papers, p)
	}
	reports, err := Run(t.Context(), papers, opts)
	if err != nil {
		t.Fatal(err)
	}
	return reports
}

// The record has the same bytes after an interruption, and with any number of workers.
func TestResume(t *testing.T) {
	csv := func(r []Report) string {
		d := Targets(r)
		files, err := d.Files(new(record.Summary))
		if err != nil {
			t.Fatal(err)
		}
		return string(files[0].Data)
	}
	want := csv(quick(t, Options{Quick: true, Workers: 2}, "L9", "L8"))
	store := campaign.OpenStore(t.TempDir())
	ctx, stop := context.WithCancel(t.Context())
	p, err := Load("L8", true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Run(ctx, []*Paper{p}, Options{Quick: true, Workers: 1, Store: store, Progress: func(p campaign.Progress) {
		if p.Done == 1 {
			stop()
		}
	}}); err == nil {
		t.Fatal("it was not interrupted")
	}
	var last campaign.Progress
	got := csv(quick(t, Options{Quick: true, Workers: 1, Store: store, Progress: func(p campaign.Progress) { last = p }}, "L9", "L8"))
	if got != want {
		t.Errorf("after an interruption:\n%s\nwant\n%s", got, want)
	}
	if last.Stored != 1 {
		t.Errorf("%d runs were taken from the store; want 1", last.Stored)
	}
}

// A misspelt ID is answered by the nearest one.
func TestUnknown(t *testing.T) {
	if _, err := Load("KX", false); err == nil || !strings.Contains(err.Error(), "did you mean") {
		t.Errorf("%v", err)
	}
}

// The first part of several IDs names them, an ID itself alone, and anything else is left for Load to refuse.
func TestGroup(t *testing.T) {
	for id, want := range map[string][]string{ // order does not matter
		"linux": {"linux-paths", "linux-transfers"},
		"D1":    {"D1-1", "D1-2", "D1-4", "D1-8"},
		"KA":    {"KA"},
		"D1-1":  {"D1-1"},
		"linu":  {"linu"},
		"":      {""},
	} {
		if got := Group(id); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", id, got, want)
		}
	}
}
