package scenarios

import (
	"mpsim/scenarios/build"
	"mpsim/scenarios/language"
)

// What the rooms below call their own, for those who load a scenario and run it.
type (
	Scenario   = language.Scenario
	Flow       = language.Flow
	Problem    = language.Problem
	Problems   = language.Problems
	Opener     = language.Opener
	Simulation = build.Simulation
	Connection = build.Connection
)

// Parse reads a scenario from its text. file is its name for messages, and open reads the files it refers to.
// Each set is a "path.to.key=value" that overrides the text. The error is Problems.
func Parse(file string, text []byte, open Opener, set ...string) (*Scenario, error) {
	return language.Parse(file, text, open, set...)
}

// Build makes the network, the hosts and the flows of a scenario. What Load or Parse accepted can be built.
func Build(s *Scenario) (*Simulation, error) { return build.New(s) }
