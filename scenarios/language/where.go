package language

import (
	"fmt"
	"slices"
)

// ProblemAt returns a problem with the value at path, such as "link[0].queue", and where that was written. It
// is for those who read a scenario for more than a run and find it wanting.
func (s *Scenario) ProblemAt(path, format string, args ...any) Problem {
	return s.document.problem(path, fmt.Sprintf(format, args...))
}

// DirectionKey returns the path of one of rate, delay, queue and loss of a link: where its directions
// differ, of that direction.
func (s *Scenario) DirectionKey(link int, key string, down bool) string {
	return s.document.directionKey("link", link, key, down)
}

// directionKey returns the path of a key of element i of an array: where the directions differ, of one of them.
func (d *document) directionKey(array string, i int, key string, down bool) string {
	list, _ := d.root[array].([]any)
	path := at(array, i, key)
	if i >= len(list) {
		return path
	}
	l, _ := list[i].(map[string]any)
	t, _ := l[key].(map[string]any)
	direction := "up"
	if down {
		direction = "down"
	}
	if _, differ := t[direction]; differ && t["kind"] == nil {
		return join(path, direction)
	}
	return path
}

// Sorted returns the problems in the order of their lines.
func (ps Problems) Sorted() Problems {
	slices.SortStableFunc(ps, func(a, b Problem) int { return a.Line - b.Line })
	return ps
}
