package main

import (
	"bytes"
	"strings"
	"testing"
)

// A bar that ends early, as after Ctrl-C, leaves an empty line: the terminal has written ^C behind it, which the
// bar does not know of, so that the line is erased as a whole (ECMA-48, EL with 2).
func TestBarLeavesNothing(t *testing.T) {
	var b bytes.Buffer
	update, finish := bar(&b, "x")
	update(0.3)
	if !strings.Contains(b.String(), "30%") {
		t.Fatalf("no bar: %q", b.String())
	}
	finish()
	if !strings.HasSuffix(b.String(), "\x1b[2K\r") {
		t.Errorf("the bar ends in %q", b.String())
	}
}
