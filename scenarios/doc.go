// Package scenarios has the scenarios that come with mpsim, and is the face of three rooms: the language in
// which scenarios are written (scenarios/language), its formulas (scenarios/formula), and the builder that
// makes a simulation of one (scenarios/build). README.md beside this file describes the language.
package scenarios
