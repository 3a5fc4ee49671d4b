// Command mpsim simulates Multipath TCP: it runs scenario files and writes figures,
// series and tables of what happened.
//
// Results go to standard output and to files, progress and problems to standard
// error. The exit code is 0 if all went well, 1 if a run failed or did not meet its
// expectations, 2 if the input was wrong, and 130 if it was interrupted.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"mpsim/scenarios"
)

// The exit codes.
const (
	exitOK          = 0
	exitFailed      = 1
	exitBadInput    = 2
	exitInterrupted = 130 // 128 + SIGINT, as shells have it
)

// A usageError is a mistake in the arguments.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func main() { os.Exit(run()) }

// run carries out the command line and returns the exit code.
func run() int {
	out := &output{Writer: os.Stdout}
	root := rootCommand()
	root.SetOut(out)
	stop := func() {}
	defer func() { stop() }()
	root.PersistentPreRun = func(c *cobra.Command, _ []string) {
		if c.Name() == "list" || c.Name() == "version" { // over before anybody stops them; to listen is a tenth of their time
			return
		}
		var ctx context.Context
		ctx, stop = signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
		context.AfterFunc(ctx, stop) // a second ctrl-C ends the process at once
		c.SetContext(ctx)
	}
	err := root.ExecuteContext(context.Background())
	if err == nil {
		err = out.err
	}
	if err != nil {
		fmt.Fprintln(screen{os.Stderr}, message(err))
	}
	return exitCode(err)
}

// message is what the user reads of err.
func message(err error) string {
	var problems scenarios.Problems
	if errors.As(err, &problems) {
		if len(problems) == 1 {
			return problems.Error()
		}
		return fmt.Sprintf("%v\nmpsim: %d problems", problems, len(problems))
	}
	if errors.Is(err, context.Canceled) && !errors.As(err, new(resumable)) {
		return "mpsim: interrupted; nothing was written"
	}
	return "mpsim: " + err.Error()
}

func exitCode(err error) int {
	var usage usageError
	var problems scenarios.Problems
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &usage), errors.As(err, &problems):
		return exitBadInput
	}
	return exitFailed
}
