// Package scenarios is the scenario language: it reads TOML files that describe a
// network, its flows and what to observe, reports all that is wrong with them at
// once, and makes simulations of them. README.md beside this file describes the
// language; the scenarios that come with mpsim are here too.
//
// The way of a file: its text becomes a tree of tables (tree.go), in which --set
// options, the topology preset and the defaults are carried out (load.go,
// expand.go); the tree is decoded into a [Scenario] by the toml tags of its structs and of
// the parts that registries construct (decode.go, part.go); what fits the types is checked
// for sense (check.go); and each problem gets the line it comes from (locate.go). The
// same tree, written out, is the scenario as run (marshal.go).
package scenarios
