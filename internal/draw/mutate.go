package draw

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"mpsim/scenarios"
)

// A Mutant is a drawn scenario with faults in it: as a file, as files beside it, as options.
type Mutant struct {
	Text  []byte
	Files map[string][]byte
	Set   []string
}

// Mutate returns the scenario of a seed with some faults.
func Mutate(seed uint64) *Mutant {
	s := Draw(seed)
	g := &mutator{rand.New(rand.NewPCG(seed, 0x66617573))}
	for range g.IntN(4) {
		g.value(s.tree)
	}
	m := &Mutant{Text: s.Text(), Files: s.Files, Set: s.Set}
	for range g.IntN(3) {
		m.Set = append(m.Set, g.option(s.tree))
	}
	if g.IntN(3) == 0 {
		m.Text = g.bytes(m.Text)
	}
	for _, name := range slices.Sorted(maps.Keys(m.Files)) {
		if g.IntN(2) == 0 {
			m.Files[name] = g.bytes(m.Files[name])
		}
	}
	return m
}

// Load reads m as the command does, and says what is wrong with how that goes: a problem has a line,
// or the option that has it, and what is accepted is accepted again as it is written, and
// can be built.
func (m *Mutant) Load() error {
	files := Scenario{Files: m.Files}
	return guard(func() error {
		s, err := scenarios.Parse("mutant.toml", m.Text, files.open, m.Set...)
		var problems scenarios.Problems
		switch {
		case err == nil:
		case !errors.As(err, &problems) || len(problems) == 0:
			return &Failure{"an error that is no problem", err.Error()}
		default:
			for _, p := range problems {
				if p.Line == 0 && !strings.HasPrefix(p.File, "--set") && !ofTheWhole(p) {
					return &Failure{"a problem without a line: " + plain(p.Message), p.String()}
				}
			}
			return nil
		}
		if _, err := rewritten(s); err != nil {
			return &Failure{"the written scenario is refused: " + plain(err.Error()), err.Error()}
		}
		if len(s.Links) > 200 || connections(s) > 2000 {
			return nil
		}
		_, err = scenarios.Build(s)
		return err
	})
}

// ofTheWhole reports whether a problem is with what the file does not have.
func ofTheWhole(p scenarios.Problem) bool {
	return p.Key == "" || p.Key == "duration" || strings.HasPrefix(p.Message, "missing")
}

// mutator puts faults into scenarios.
type mutator struct{ *rand.Rand }

// value replaces a value somewhere in t, deletes it, or puts another one beside.
func (g *mutator) value(t tree) {
	all := paths(t, "")
	path := all[g.IntN(len(all))]
	switch g.IntN(6) {
	case 0:
		remove(t, path)
	case 1:
		up, _ := above(path)
		put(t, strings.TrimPrefix(up+".kind", "."), g.odd())
	case 2: // what belongs elsewhere
		v, _ := at(t, all[g.IntN(len(all))])
		put(t, path, clone(v))
	default:
		put(t, path, g.odd())
	}
}

// odd returns a value that is rarely meant.
func (g *mutator) odd() any {
	all := []any{
		"", "-1", "0", "0bps", "-1s", "1e300Gbps", "9999999h", "1000000s", "NaN", "99999999999999999999B", "1pkt", "0.5BDP", "-3pkt", "1ns", "none", "both", "*", "[", "h*", "../../etc", "${x}", "${",
		"\x00", "a\nb", strings.Repeat("x", 5000), "ü", "droptail", "lia", "file", "bulk",
		int64(0), int64(-1), int64(1), int64(2), int64(65536), int64(math.MaxInt64), int64(math.MinInt64),
		0.0, -0.5, 0.5, 1.0, 1.5, 1e-300, 1e300, math.Inf(1), math.NaN(),
		true, false, []any{}, []any{int64(1)}, []any{"a", "b"}, []any{[]any{}}, tree{}, tree{"kind": "x"}, tree{"up": int64(1)}, tree{"kind": "constant"}, []any{tree{}},
	}
	return clone(all[g.IntN(len(all))])
}

// option returns a --set option for what is somewhere in t.
func (g *mutator) option(t tree) string {
	all := paths(t, "")
	key := all[g.IntN(len(all))]
	switch g.IntN(5) {
	case 0:
		key += ".x"
	case 1:
		key = strings.NewReplacer("[", ".", "]", "").Replace(key)
	case 2:
		return string(g.bytes([]byte(key + "=" + inline(g.odd()))))
	}
	if g.IntN(2) == 0 {
		return fmt.Sprintf("%s=%v", key, g.odd())
	}
	return key + "=" + inline(g.odd())
}

// bytes returns text with some bytes changed, put in, or taken out.
func (g *mutator) bytes(text []byte) []byte {
	text = slices.Clone(text)
	const telling = "0123456789.-[]{}=\"'#\n\t ,x\x00\xff"
	for range 1 + g.IntN(4) {
		if len(text) == 0 {
			break
		}
		i := g.IntN(len(text))
		switch g.IntN(4) {
		case 0:
			text[i] = telling[g.IntN(len(telling))]
		case 1:
			text = slices.Insert(text, i, telling[g.IntN(len(telling))])
		case 2:
			text = slices.Delete(text, i, min(i+1+g.IntN(20), len(text)))
		default:
			if g.IntN(4) == 0 {
				text = text[:i]
			} else {
				text[i] ^= 1 << g.IntN(8)
			}
		}
	}
	return text
}
