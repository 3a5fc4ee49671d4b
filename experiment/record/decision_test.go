package record

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// twoDecisions is a wait and what ended it.
func twoDecisions() []Decision {
	return []Decision{
		{T: 12.3, Flow: "f", Job: Fresh, Act: Waits, From: 4000, To: 9000, Acked: 100, Until: 12.31, Reason: "would-block", About: "wifi", A: 120960, B: 75600},
		{T: 12.3112, Flow: "f", Job: Lost, Act: Queues, Subflows: "wifi lte#2", From: 4000, To: 5420, Acked: 120, Reason: "none", A: -1e21, B: 0.1},
	}
}

// Decisions are in a table of CSV, in whatever format the rest is, and come back from it.
func TestReadDecisions(t *testing.T) {
	res := &Result{Trace: Trace{Decisions: twoDecisions()}}
	files, err := Files(res, "jsonl")
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(files, func(f File) bool { return f.Name == "decisions.csv" })
	if i < 0 || !slices.ContainsFunc(files, func(f File) bool { return f.Name == "decisions.jsonl" }) {
		t.Fatal("there is no decisions.csv, or no decisions.jsonl")
	}
	if got, err := parseDecisions(files[i].Data); err != nil || !reflect.DeepEqual(got, res.Decisions) {
		t.Errorf("%+v, %v; want %+v", got, err, res.Decisions)
	}
	if got := res.Decisions[1].On(); !slices.Equal(got, []string{"wifi", "lte#2"}) {
		t.Errorf("on %q", got)
	}
}

// A table that is none is refused with its line; a number that was not finite is NaN.
func TestReadDecisionsRefuses(t *testing.T) {
	const head = "t_s,flow,job,act,subflows,from_bytes,to_bytes,acked_bytes,until_s,reason,about,a,b,c\n"
	const row = "1,f,fresh,wait,,0,9,0,,none,,,0,0\n"
	list, err := parseDecisions([]byte(head + row))
	if err != nil || len(list) != 1 || !math.IsNaN(list[0].A) {
		t.Errorf("%+v, %v", list, err)
	}
	for text, want := range map[string]string{
		"":                                       "EOF",
		"t_s,flow\n":                             "column 3 is not job",
		head + row + "1,f\n":                     "wrong number of fields",
		head + strings.Replace(row, "1", "x", 1): "line 2: strconv.ParseFloat",
		head + row + strings.Replace(row, "9", "-9", 1): "line 3: strconv.ParseUint",
	} {
		if _, err := parseDecisions([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %s", text, err, want)
		}
	}
	if _, err := ReadDecisions(t.TempDir()); err != ErrNoDecisions {
		t.Errorf("an empty directory: %v", err)
	}
}

// The table of a run has the reasons of each flow that has some, with the time of those that are waits.
func TestTableOfReasons(t *testing.T) {
	s := &Summary{Flows: []Flow{{Name: "tcp"}, {Name: "f", Reasons: []Reason{{"lowest-rtt", 12, 0}, {"would-block", 3, 0.0112}}}}}
	want := [][]string{
		{"DECISIONS OF", "REASON", "NUMBER", "WAITED"},
		{"f", "lowest-rtt", "12", ""}, {"", "would-block", "3", "11.2 ms"},
	}
	if got := decided(s); !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
	if got := decided(&Summary{Flows: []Flow{{Name: "tcp"}}}); got != nil {
		t.Errorf("without reasons: %q", got)
	}
}
