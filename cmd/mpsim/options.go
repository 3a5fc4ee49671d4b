package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mpsim/experiment/prediction"
	"mpsim/scenarios"
)

// overrides are the options that change a scenario.
type overrides struct {
	set   []string
	seed  uint64
	quick bool
}

func (o *overrides) register(c *cobra.Command) {
	c.Flags().StringArrayVar(&o.set, "set", nil, "set a value of the scenario: `KEY=VALUE`, such as\nflow.download.cc=lia (repeatable)")
	c.Flags().Uint64Var(&o.seed, "seed", 0, "set the seed of the scenario to `N`")
	completes(c, "set", completeSet)
}

// A loader reads a scenario with overrides.
type loader func(set ...string) (*scenarios.Scenario, error)

// source returns what reads the scenario of a name: a file, one that comes with mpsim, or, for "-", standard
// input, whose files are found from the directory that the command runs in.
func source(c *cobra.Command, name string) (loader, error) {
	if name != "-" {
		return func(set ...string) (*scenarios.Scenario, error) { return scenarios.Load(name, set...) }, nil
	}
	text, err := io.ReadAll(c.InOrStdin())
	return func(set ...string) (*scenarios.Scenario, error) {
		return scenarios.Parse("stdin", text, os.ReadFile, set...)
	}, err
}

// quickly returns the overrides of the short form of a scenario, before those of the command line, which hold as they
// are. It is of the times that the file has: a shorter duration of the command line would leave some of them behind.
func quickly(load loader, set []string) ([]string, error) {
	s, err := load(slices.DeleteFunc(slices.Clone(set), func(option string) bool {
		key, _, _ := strings.Cut(option, "=")
		return strings.TrimSpace(key) == "duration"
	})...)
	if err != nil {
		return nil, err
	}
	return slices.Concat(s.Short(), set), nil
}

// load reads a scenario and changes it.
func (o *overrides) load(c *cobra.Command, name string) (*scenarios.Scenario, error) {
	set := o.set
	if c.Flags().Changed("seed") {
		set = append(set[:len(set):len(set)], "seed="+strconv.FormatUint(o.seed, 10))
	}
	s, err := await(c.Context(), func() (s *scenarios.Scenario, err error) {
		load, err := source(c, name)
		if err == nil && o.quick {
			set, err = quickly(load, set)
		}
		if err != nil {
			return nil, err
		}
		return load(set...)
	})
	if err == nil {
		err = checkFluid(s)
	}
	if err != nil {
		return nil, badInput(err)
	}
	return s, nil
}

// atLeastOne refuses a number below 1 of an option that has a default of its own where it is not given.
func atLeastOne(c *cobra.Command, option string, n int) error {
	if !c.Flags().Changed(option) || n >= 1 {
		return nil
	}
	return usageError{fmt.Errorf("--%s %d: want a number from 1; without it, the default is %s", option, n, fallback(c, option))}
}

// fallback says what an option is if it is not given, in the words of its help.
func fallback(c *cobra.Command, option string) string {
	_, usage, _ := strings.Cut(c.Flags().Lookup(option).Usage, "(default ")
	return strings.TrimSuffix(usage, ")")
}

// checkFluid reports what a scenario that asks for the fluid model has and the model does not know.
func checkFluid(s *scenarios.Scenario) error {
	if !s.WantsFluid() {
		return nil
	}
	return prediction.Check(s)
}

// badInput makes err a usageError, unless it speaks for itself.
func badInput(err error) error {
	if _, ok := err.(scenarios.Problems); ok || errors.Is(err, context.Canceled) {
		return err
	}
	return usageError{err}
}
