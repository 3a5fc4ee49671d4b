package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"mpsim/experiment/campaign"
)

// stages shows the progress of one campaign after the other, and failures as they happen.
type stages struct {
	w     io.Writer
	name  string
	quiet bool

	stage  string
	part   func(float64)
	finish func()
}

// update shows how far a stage has come.
func (s *stages) update(stage string, p campaign.Progress) {
	if stage != s.stage {
		s.end()
		s.stage = stage
		if p.Done < p.Total {
			s.part, s.finish = progress(s.w, s.title(p), s.quiet)
		}
	}
	if p.Failure != nil {
		fmt.Fprintln(screen{s.w}, p.Failure)
	}
	if s.part != nil {
		s.part(p.Part)
	}
}

// title names a stage and what it has to do.
func (s *stages) title(p campaign.Progress) string {
	text := fmt.Sprintf("%s: %s: %s", s.name, s.stage, number(p.Total-p.Stored, "run"))
	if p.Stored > 0 {
		text += fmt.Sprintf(" (%d more are there)", p.Stored)
	}
	return text
}

// end ends the stage.
func (s *stages) end() {
	if s.finish != nil {
		s.finish()
	}
	s.part, s.finish = nil, nil
}

// resumable says that a campaign was interrupted and how it goes on.
type resumable struct{ command string }

// Error has the command on a line of its own.
func (r resumable) Error() string {
	return "interrupted; finished runs are kept, and the same command goes on from there:\n  " + r.command
}

// Unwrap makes the exit code that of an interruption.
func (resumable) Unwrap() error { return context.Canceled }

// plain has the characters that mean nothing to a shell.
const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:,=+@%-"

// commandLine returns the command of args as a shell reads it.
func commandLine(args []string) string {
	words := []string{"mpsim"}
	for _, a := range args {
		if a == "" || strings.Trim(a, plain) != "" {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		words = append(words, a)
	}
	return strings.Join(words, " ")
}
