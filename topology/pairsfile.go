package topology

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

func init() {
	Matrices.Register("file", "a list of pairs of hosts, with their paths", func() Matrix { return &PairsFile{} })
}

// PairsFile reads the pairs from a file. A line has the numbers of the sender and of the receiver
// and, if the file says which paths their subflows take, how many paths of the fewest links
// there are and the index of each path that is taken; # begins a comment.
type PairsFile struct {
	File string `toml:"file" doc:"name of the file, relative to the scenario"`

	lines []pairLine
}

// pairLine is a line of the file.
type pairLine struct {
	Pair
	line int
}

// Open reads the file.
func (m *PairsFile) Open(open func(name string) ([]byte, error)) error {
	if m.File == "" {
		return nil // Validate says so
	}
	text, err := open(m.File)
	if err != nil {
		return err
	}
	m.lines = nil
	for i, s := range strings.Split(string(text), "\n") {
		s, _, _ = strings.Cut(s, "#")
		words := strings.Fields(s)
		if len(words) == 0 {
			continue
		}
		l, err := parsePair(words)
		if err != nil {
			return fmt.Errorf("%s, line %d: %w", m.File, i+1, err)
		}
		l.line = i + 1
		m.lines = append(m.lines, l)
	}
	return nil
}

// parsePair reads the words of a line.
func parsePair(words []string) (l pairLine, err error) {
	numbers := make([]uint64, len(words))
	for i, w := range words {
		if numbers[i], err = strconv.ParseUint(w, 10, 31); err != nil {
			return l, fmt.Errorf("%q is no number from 0; want the sender, the receiver, the number of paths and the index of each", clip(w))
		}
	}
	switch {
	case len(words) == 2:
	case len(words) < 4:
		return l, fmt.Errorf("got %d numbers; want 2, the sender and the receiver, or 4 and more, the number of paths and the index of each", len(words))
	default:
		l.Of, l.Paths = numbers[2], numbers[3:]
		for _, i := range l.Paths {
			if i >= l.Of {
				return l, fmt.Errorf("there is no path %d of %d", i, l.Of)
			}
		}
	}
	l.From, l.To = int(numbers[0]), int(numbers[1])
	return l, nil
}

// clip shortens a word that may be very long.
func clip(s string) string {
	if len(s) > 20 {
		return s[:20] + "..."
	}
	return s
}

// Validate reports that there is nothing to read.
func (m *PairsFile) Validate() error {
	if m.File == "" {
		return fmt.Errorf("file is missing: want the name of a file of lines such as: sender receiver")
	}
	if len(m.lines) == 0 {
		return fmt.Errorf("%s has no pairs", m.File)
	}
	return nil
}

// Pairs implements Matrix. It draws nothing, and leaves out who is not among senders.
func (m *PairsFile) Pairs(hosts int, senders []int, _ *rand.Rand) (list []Pair, _ error) {
	sends := make([]bool, hosts)
	for _, h := range senders {
		sends[h] = true
	}
	for _, l := range m.lines {
		if l.From >= hosts || l.To >= hosts || l.From == l.To {
			return nil, fmt.Errorf("%s, line %d: from %d to %d; want two different hosts from 0 to %d", m.File, l.line, l.From, l.To, hosts-1)
		}
		if sends[l.From] {
			list = append(list, l.Pair)
		}
	}
	return list, nil
}
