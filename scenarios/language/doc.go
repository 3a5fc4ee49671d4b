// Package language is the scenario language: it reads TOML that describes a network, its flows and what to
// observe, and reports all that is wrong with it at once. It knows no engine: scenarios/build makes
// simulations of what it accepts.
//
// The way of a text: it becomes a tree of tables (tree.go), in which --set options, the topology preset and
// the defaults are carried out (parse.go, expand.go); the tree is decoded into a [Scenario] by the toml tags
// of its structs and of the parts that registries construct (decode.go, part.go); what fits the types is
// checked for sense (check.go); and each problem gets the line it comes from (locate.go). The same tree,
// written out, is the scenario as run (marshal.go).
package language
