package figure

import (
	"slices"
	"strings"

	"mpsim/experiment/record"
)

// valueOf returns the value that f has on an axis of [vary], and whether it has one.
func valueOf(f *record.Flow, axis string) (string, bool) {
	for _, l := range f.Labels {
		if name, value, ok := strings.Cut(l, "="); ok && name == axis {
			return value, true
		}
	}
	return "", false
}

// others returns labels but that of an axis.
func others(labels []string, axis string) []string {
	return slices.DeleteFunc(slices.Clone(labels), func(l string) bool { return strings.HasPrefix(l, axis+"=") })
}

// along returns the flows to draw that have a value on an axis.
func (s *source) along(axis string) []record.Flow {
	return slices.DeleteFunc(s.flows(), func(f record.Flow) bool {
		_, ok := valueOf(&f, axis)
		return !ok
	})
}

// insert returns list with v, unless it is there, and the place of v.
func insert(list []string, v string) ([]string, int) {
	if i := slices.Index(list, v); i >= 0 {
		return list, i
	}
	return append(list, v), len(list)
}
