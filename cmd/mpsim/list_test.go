package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Everything that a scenario can name says where it comes from, and each of its
// parameters what it means.
func TestListIsComplete(t *testing.T) {
	missing := func(s string) bool { return strings.Trim(s, " -.") == "" }
	for _, s := range sections() {
		s.describe()
		if len(s.Entries) == 0 {
			t.Errorf("%s: nothing", s.Title)
		}
		for _, e := range s.Entries {
			if missing(e.Source) {
				t.Errorf("%s: %s has no source", s.Title, e.Name)
			}
			for _, p := range e.Params {
				if missing(p.Doc) {
					t.Errorf("%s: parameter %s of %s has no doc", s.Title, p.Name, e.Name)
				}
				if strings.ToLower(p.Name) != p.Name || strings.Contains(p.Name, "-") {
					t.Errorf("%s: parameter %s of %s: want snake_case", s.Title, p.Name, e.Name)
				}
			}
		}
	}
}

// The kinds that list accepts are those that it prints.
func TestListKinds(t *testing.T) {
	all, want := sections(), titles()
	if len(all) != len(want) {
		t.Fatalf("%d sections, %d titles", len(all), len(want))
	}
	for i, s := range all {
		if s.Title != want[i] {
			t.Errorf("section %d is %s, its title %s", i, s.Title, want[i])
		}
	}
}

// A kind is found by what people call it, and a part by its name; of a misspelt word the nearest is offered.
func TestListNamed(t *testing.T) {
	for word, want := range map[string]string{
		"controllers": "congestion-controllers", "controller": "congestion-controllers", "cc": "congestion-controllers",
		"queue": "queues", "path_manager": "path-managers", "rate": "rate-processes", "traffic": "traffic-patterns",
		"metric": "metrics", "tcp": "tcp", "lia": "congestion-controllers: lia", "goodput": "metrics: goodput",
		"file": "workloads: file, traffic-patterns: file", "lai": "",
	} {
		var got []string
		for _, s := range named(word) {
			name := s.Title
			if len(s.Entries) == 1 && s.Entries[0].Name == word && s.Title != word {
				name += ": " + word
			}
			got = append(got, name)
		}
		slices.Sort(got)
		wants := strings.Split(want, ", ")
		slices.Sort(wants)
		if strings.Join(got, ", ") != strings.Join(wants, ", ") {
			t.Errorf("%s: found %q, want %q", word, got, wants)
		}
	}
	if got := suggestion("lai"); got != `did you mean "lia"?` {
		t.Errorf("lai: %s", got)
	}
	for word, want := range map[string]string{"controlers": "controllers", "Queus": "queues", "path-manger": "path-managers", "managrs": "managers", "proceses": "processes"} {
		if got := suggestion(word); got != "did you mean \""+want+"\"?" {
			t.Errorf("%s: %s", word, got)
		}
	}
	if got := suggestion("birds"); !strings.HasPrefix(got, "want one of congestion-controllers") {
		t.Errorf("birds: %s", got)
	}
}

// A program reads the unit of a metric in a field of its own.
func TestListMetricsJSON(t *testing.T) {
	c := rootCommand()
	var out bytes.Buffer
	c.SetOut(&out)
	c.SetArgs([]string{"list", "metrics", "--json"})
	if err := c.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Kinds []struct {
			Entries []struct {
				Name, Of, Unit string
				Protocols      []string
				None           string `json:"no_value_with"`
			}
		}
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"goodput": "flow or subflow bit/s [] no samples", "rtt-mean": "flow or subflow s [mptcp tcp] no samples", "sent": "flow or subflow B [] ",
		"timeouts": "flow or subflow count [mptcp tcp] ", "share": "flow or subflow ratio [] nothing arrived", "jain": "run ratio [] no goodput",
	}
	for _, e := range got.Kinds[0].Entries {
		text := fmt.Sprint(e.Of, " ", e.Unit, " ", e.Protocols, " ", e.None)
		if w, ok := want[e.Name]; ok && text != w {
			t.Errorf("%s: %q; want %q", e.Name, text, w)
		}
		delete(want, e.Name)
	}
	if len(want) > 0 {
		t.Errorf("there is no %v", want)
	}
}
