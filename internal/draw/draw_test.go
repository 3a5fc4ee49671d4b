package draw

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A drawn scenario is a function of its seed, and valid.
func TestDraw(t *testing.T) {
	for seed := uint64(1); seed <= 20; seed++ {
		s := Draw(seed)
		if _, err := s.Parse(); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		if again := Draw(seed); string(again.Text()) != string(s.Text()) {
			t.Errorf("seed %d draws two scenarios", seed)
		}
	}
}

// Scenarios drawn from seeds run as they should: see Judge. Numbers of seeds: 300, or 5000 with
// MPSIM_LONG=1; go run ./internal/trial draws as many as one likes, and makes small what fails.
func TestDrawn(t *testing.T) {
	seeds := uint64(300)
	if os.Getenv("MPSIM_LONG") != "" {
		seeds = 5000
	}
	const groups = 10
	for group := range uint64(groups) {
		t.Run(fmt.Sprint(group), func(t *testing.T) {
			t.Parallel()
			for seed := group + 1; seed <= seeds; seed += groups {
				if err := Judge(t.Context(), Draw(seed), DepthOf(seed)); err != nil && !errors.Is(err, ErrRefused) {
					t.Errorf("seed %d: %v\nmake it small: go run ./internal/trial -from %d -to %d", seed, err, seed, seed)
				}
			}
		})
	}
}

// What was found once stays away: each file is a minimal scenario that failed, with what it failed by
// on top. One that is refused now is refused at a line.
func TestCorpus(t *testing.T) {
	files, err := filepath.Glob("testdata/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".toml"), func(t *testing.T) {
			s, err := Load(file)
			if err != nil {
				t.Fatal(err)
			}
			err = Judge(t.Context(), s, Depth{Files: true, Figures: true, Wire: true})
			if errors.Is(err, ErrRefused) && strings.Contains(err.Error(), "drawn.toml:") {
				t.Log(err)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}
