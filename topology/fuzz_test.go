package topology

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// FuzzPairs reads files of pairs: what is refused is so with the line, and what is accepted has hosts that
// there are.
func FuzzPairs(f *testing.F) {
	for _, s := range []string{"0 1\n1 0\n", "# comment\n0 1 4 0 3\n", "0 0", "-1 1", "0 1 2", "0 1 2 2", "9999999999999999999 1", "\r\n0 1\r\n", "0 1 1 0 # x", "x\x00y", strings.Repeat("0 1 ", 50)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m := &PairsFile{File: "f"}
		if err := m.Open(func(string) ([]byte, error) { return []byte(text), nil }); err != nil {
			if !strings.Contains(err.Error(), "line") {
				t.Errorf("%q: no line in %v", text, err)
			}
			return
		}
		if m.Validate() != nil {
			return
		}
		const hosts = 4
		pairs, err := m.Pairs(hosts, []int{0, 1, 2, 3}, rand.New(rand.NewPCG(1, 2)))
		if err != nil && !strings.Contains(err.Error(), "line") {
			t.Errorf("%q: no line in %v", text, err)
		}
		for _, p := range pairs {
			if p.From < 0 || p.From >= hosts || p.To < 0 || p.To >= hosts || p.From == p.To {
				t.Errorf("%q: pair %v", text, p)
			}
			for _, k := range p.Paths {
				if k >= p.Of {
					t.Errorf("%q: path %d of %d", text, k, p.Of)
				}
			}
		}
	})
}
