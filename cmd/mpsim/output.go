package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"mpsim/scenarios/language"
)

// schema is the version of the JSON that commands print: it grows when a field changes its meaning or goes.
const schema = 1

// An output is where a command prints. It remembers the first error, since most of what prints has no way to
// return one: what nobody could read was not done. A pipe that nobody reads any more ends the process, as
// usual (SIGPIPE).
type output struct {
	io.Writer
	err error
}

// Write implements io.Writer.
func (o *output) Write(b []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.Writer.Write(b)
	if err != nil {
		o.err = fmt.Errorf("cannot write the output: %w", err)
	}
	return n, o.err
}

// Width returns how many characters a line of the terminal has, or 0 if there is no terminal: tables are then as
// wide as they are (grid.Screen).
func (o *output) Width() int {
	if f, ok := o.Writer.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return columns(f)
	}
	return 0
}

// A screen is where messages go: what could be an order to a terminal is escaped.
type screen struct{ io.Writer }

// Write implements io.Writer.
func (s screen) Write(b []byte) (int, error) {
	_, err := io.WriteString(s.Writer, language.Shown(string(b)))
	return len(b), err
}

// await returns what f returns, or the error of ctx if that ends first: reading a file may take for ever, as of
// a named pipe that nobody writes to, and nothing but the end of the process ends that.
func await[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type result struct {
		v   T
		err error
	}
	done := make(chan result, 1)
	go func() {
		v, err := f()
		done <- result{v, err}
	}()
	select {
	case r := <-done:
		return r.v, r.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}
