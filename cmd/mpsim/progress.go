package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"
)

// progress shows how far a run has come: a bar on a terminal, a line for each tenth
// elsewhere, nothing if quiet is set. It returns what to call with the part done,
// from 0 to 1, and what to call at the end.
func progress(w io.Writer, name string, quiet bool) (update func(done float64), finish func()) {
	switch f, ok := w.(*os.File); {
	case quiet:
		return func(float64) {}, func() {}
	case ok && term.IsTerminal(int(f.Fd())):
		b := &bar{w: w, name: name, width: func() int { return columns(f) }, began: time.Now()}
		return b.update, b.finish
	}
	tenths := -1
	return func(done float64) {
		if t := int(done * 10); t > tenths {
			tenths = t
			fmt.Fprintf(w, "%s: %d %%\n", name, 10*t)
		}
	}, func() {}
}

// columns returns the width of a terminal that says none as 80.
func columns(f *os.File) int {
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		return width
	}
	return 80
}

// A bar is a line on a terminal that shows how far something has come.
type bar struct {
	w     io.Writer
	name  string
	width func() int // of the terminal, in characters

	began, drawn time.Time
}

// eraseLine clears the line as a whole, with the ^C that a terminal shows (ECMA-48, EL with 2).
const eraseLine = "\r\x1b[2K"

// update draws the bar, at most twenty times a second.
func (b *bar) update(done float64) {
	now := time.Now()
	if now.Sub(b.drawn) < 50*time.Millisecond {
		return
	}
	b.drawn = now
	fmt.Fprint(b.w, eraseLine, b.line(done, now.Sub(b.began)))
}

// line is the bar after some time. It has a character less than the terminal, which may break a full line.
func (b *bar) line(done float64, elapsed time.Duration) string {
	state := fmt.Sprintf(" %3.0f %%", 100*done)
	if elapsed >= time.Second && done > 0 {
		state += fmt.Sprintf(", %v left", time.Duration(float64(elapsed)*(1-done)/done).Round(time.Second))
	}
	room := b.width() - 1
	const widest = 40
	steps := min(widest, room-utf8.RuneCountInString(b.name+state)-len(" []"))
	if steps < 1 {
		text := []rune(b.name + state)
		return string(text[:max(0, min(len(text), room))])
	}
	full := int(done * float64(steps))
	return b.name + " [" + strings.Repeat("=", full) + strings.Repeat(" ", steps-full) + "]" + state
}

// finish takes the bar away.
func (b *bar) finish() { fmt.Fprint(b.w, eraseLine) }
