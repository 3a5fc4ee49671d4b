package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// A bar that ends early, as after Ctrl-C, leaves an empty line: the terminal has written ^C behind it, which the
// bar does not know of, so that the line is erased as a whole (ECMA-48, EL with 2).
func TestBarLeavesNothing(t *testing.T) {
	var screen bytes.Buffer
	b := &bar{w: &screen, name: "x", width: func() int { return 80 }}
	b.update(0.3)
	if !strings.Contains(screen.String(), "30 %") {
		t.Fatalf("no bar: %q", screen.String())
	}
	b.finish()
	if !strings.HasSuffix(screen.String(), "\r\x1b[2K") {
		t.Errorf("the bar ends in %q", screen.String())
	}
}

// A bar stays on its line, on any terminal, and the time left is what the part done promises.
func TestBarFits(t *testing.T) {
	for width := range 120 {
		b := &bar{name: "scénario", width: func() int { return width }}
		for _, done := range []float64{0, 0.25, 1} {
			if line := b.line(done, 10*time.Second); utf8.RuneCountInString(line) > max(0, width-1) {
				t.Errorf("%d columns: %q", width, line)
			}
		}
	}
	b := &bar{name: "x", width: func() int { return 40 }}
	if got, want := b.line(0.25, 10*time.Second), "x [====                ]  25 %, 30s left"; !strings.Contains(got, "25 %, 30s left") {
		t.Errorf("%q, want about %q", got, want)
	}
}
