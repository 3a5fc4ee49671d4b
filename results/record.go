// Package results has the record of published results that comes with mpsim, for "mpsim reproduce" to compare with.
package results

import _ "embed"

// Targets is the record as CSV: a line for each target, as reproduce.CSV writes it.
//
//go:embed papers/targets.csv
var Targets []byte
