package main

import (
	"strings"
	"testing"
)

// Everything that a scenario can name says where it comes from, and each of its
// parameters what it means.
func TestListIsComplete(t *testing.T) {
	missing := func(s string) bool { return strings.Trim(s, " -.") == "" }
	for _, s := range sections() {
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
