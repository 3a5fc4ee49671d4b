// Package topology has networks with hosts: presets that are expanded into links,
// the graph of the links, in which paths are checked and found, ways to choose among
// paths, and traffic matrices, which say who sends to whom.
package topology

import (
	"fmt"

	"mpsim/sim/plugin"
)

// A Setting is the value of a key of a link as a scenario writes it, not yet
// decoded: "20Mbps", { trace = "lte.down" }. Nil leaves it to the defaults of
// the scenario.
type Setting = any

// Link is a duplex link of a preset.
type Link struct {
	Name string
	// Between has the nodes at both ends; from the first to the second is "up".
	Between                  [2]string
	Rate, Delay, Queue, Loss Setting
}

// A Preset is a family of networks. Its exported fields are its parameters.
type Preset interface {
	// Expand returns the links, which name the nodes.
	Expand() ([]Link, error)
}

// A Relay is a Preset whose hosts forward packets for others.
type Relay interface{ Forwards() }

// Registry has every preset by name.
var Registry = plugin.NewRegistry[Preset]("topology")

// maxSize bounds the number of paths or hosts of a preset.
const maxSize = 10_000

// size checks n, the value of the parameter key.
func size(key string, n, least int) error {
	if n < least || n > maxSize {
		return fmt.Errorf("%s = %d: want %d to %d", key, n, least, maxSize)
	}
	return nil
}

// count returns how many paths the lists among settings describe: n if it is
// given, else the length of the longest list, at least fallback. A list must have
// as many elements as there are paths.
func count(n, fallback int, names []string, settings map[string]Setting) (int, error) {
	longest := len(names)
	for _, s := range settings { // order does not matter
		if list, ok := s.([]any); ok {
			longest = max(longest, len(list))
		}
	}
	if n == 0 {
		n = longest
		if n == 0 {
			n = fallback
		}
	}
	if err := size("paths", n, 1); err != nil {
		return 0, err
	}
	if len(names) > 0 && len(names) != n {
		return 0, fmt.Errorf("names has %d entries for %d paths", len(names), n)
	}
	for _, key := range []string{"rate", "delay", "queue", "loss"} {
		if list, ok := settings[key].([]any); ok && len(list) != n {
			return 0, fmt.Errorf("%s has %d entries for %d paths: want one value for all, or one a path", key, len(list), n)
		}
	}
	return n, nil
}

// keyed is the setting of a parameter.
type keyed struct {
	key string
	s   Setting
}

// lists checks that each of settings is one value for all or a list of n, one for
// each of what.
func lists(n int, what string, settings ...keyed) error {
	for _, x := range settings {
		if list, ok := x.s.([]any); ok && len(list) != n {
			return fmt.Errorf("%s has %d entries for %d %s: want one value for all, or a list of %d", x.key, len(list), n, what, n)
		}
	}
	return nil
}

// pick returns the setting of path i: an element of a list, or the one value.
func pick(s Setting, i int) Setting {
	if list, ok := s.([]any); ok {
		return list[i]
	}
	return s
}

// name returns names[i], or base followed by i+1.
func name(names []string, base string, i int) string {
	if len(names) > 0 {
		return names[i]
	}
	return fmt.Sprintf("%s%d", base, i+1)
}
