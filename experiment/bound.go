package experiment

import (
	"slices"

	"mpsim/experiment/figure"
	"mpsim/scenarios"
	"mpsim/scenarios/language"
)

// manyLinks is how many links have series without being asked for.
const manyLinks = 64

// keepsSeries reports whether the queues of link i are recorded over time. Of more links than
// anybody looks at these are the ones that figures name.
func keepsSeries(s *scenarios.Scenario, i int) bool {
	names := func(f language.Figure) bool { return slices.Contains(figure.LinksOf(f.Model.Look()), s.Links[i].Name) }
	return len(s.Links) <= manyLinks || slices.ContainsFunc(s.Figures, names)
}
