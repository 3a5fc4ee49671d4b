package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
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
		return bar(w, name)
	}
	tenths := -1
	return func(done float64) {
		if t := int(done * 10); t > tenths {
			tenths = t
			fmt.Fprintf(w, "%s: %d %%\n", name, 10*t)
		}
	}, func() {}
}

// bar shows a bar on a terminal, and takes it away in the end.
func bar(w io.Writer, name string) (update func(done float64), finish func()) {
	const steps = 1000
	b := progressbar.NewOptions(steps,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription(name),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(50*time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionUseANSICodes(true), // the line is cleared as a whole, with the ^C that a terminal shows
	)
	return func(done float64) { _ = b.Set(int(done * steps)) }, func() { _ = b.Finish() }
}
