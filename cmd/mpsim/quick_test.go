package main

import (
	"os"
	"slices"
	"testing"

	"mpsim/scenarios"
)

// Every shipped scenario has a short form; with MPSIM_LONG=1 those of papers, too, which take some seconds to load.
func TestQuickShipped(t *testing.T) {
	names := scenarios.Names()
	if os.Getenv("MPSIM_LONG") == "1" {
		names = slices.Concat(names, scenarios.Papers())
	}
	for _, name := range names {
		load := func(set ...string) (*scenarios.Scenario, error) { return scenarios.Load(name, set...) }
		long, err := load()
		if err != nil {
			t.Fatal(err)
		}
		set, err := quickly(load, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if quick, err := load(set...); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if quick.Duration > long.Duration || quick.Duration == long.Duration && len(long.Quick) == 0 {
			t.Errorf("%s: %v is not shorter than %v", name, quick.Duration, long.Duration)
		}
	}
}
