package grid

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

// A terminal is a Screen of a width.
type terminal struct {
	bytes.Buffer
	width int
}

func (t *terminal) Width() int { return t.width }

var flows = Table{Lines: [][]string{
	{"FLOW", "GOODPUT", "RTT", "RETRANSMITTED"},
	{"download (mptcp, olia)", "28.4 Mb/s", "217 ms", "927 (1.32 MB)"},
	{"  wifi", "8.94 Mb/s", "57.0 ms", ""},
}}

// What is no terminal gets whole lines.
func TestNoTerminal(t *testing.T) {
	var b bytes.Buffer
	if err := flows.Write(&b); err != nil {
		t.Fatal(err)
	}
	want := `FLOW                    GOODPUT    RTT      RETRANSMITTED
download (mptcp, olia)  28.4 Mb/s  217 ms   927 (1.32 MB)
  wifi                  8.94 Mb/s  57.0 ms
`
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

// Columns without room go on below, after the first.
func TestContinued(t *testing.T) {
	b := terminal{width: 44}
	if err := flows.Write(&b); err != nil {
		t.Fatal(err)
	}
	want := `FLOW                    GOODPUT    RTT
download (mptcp, olia)  28.4 Mb/s  217 ms
  wifi                  8.94 Mb/s  57.0 ms

FLOW                    RETRANSMITTED
download (mptcp, olia)  927 (1.32 MB)
  wifi
`
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

// Words break at spaces, beside what they are of.
func TestWords(t *testing.T) {
	b := terminal{width: 40}
	words := Table{Lines: [][]string{{"ID", "TARGETS", "SHOWS"}, {"KA", "20", "how three laws share two links of which one is shared"}}}
	if err := words.Write(&b); err != nil {
		t.Fatal(err)
	}
	want := `ID  TARGETS  SHOWS
KA  20       how three laws share two
             links of which one is
             shared
`
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

// Numbers end below each other.
func TestRight(t *testing.T) {
	var b bytes.Buffer
	if err := (Table{Lines: [][]string{{"", "n"}, {"a", "100 µs"}, {"b", "5"}}, Right: true}).Write(&b); err != nil {
		t.Fatal(err)
	}
	if want := "        n\na  100 µs\nb       5\n"; b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
	b.Reset()
	if err := (Table{Lines: [][]string{{"", "n\u00a0\u00a0"}, {"a", "100 *"}, {"b", "5\u00a0\u00a0"}}, Right: true}).Write(&b); err != nil {
		t.Fatal(err)
	}
	if want := "     n\na  100 *\nb    5\n"; b.String() != want {
		t.Errorf("with room for a mark\n%swant\n%s", b.String(), want)
	}
}

// A long name beside short cells breaks only where it has to.
func TestLongName(t *testing.T) {
	names := Table{Lines: [][]string{{"EXPECTED", "MET"}, {"goodput of download >= 25Mbps", "yes"}}}
	for width, want := range map[int]string{
		0:  "EXPECTED                       MET\ngoodput of download >= 25Mbps  yes\n",
		34: "EXPECTED                       MET\ngoodput of download >= 25Mbps  yes\n",
	} {
		b := terminal{width: width}
		if err := names.Write(&b); err != nil || b.String() != want {
			t.Errorf("%d columns: %v\n%swant\n%s", width, err, b.String(), want)
		}
	}
}

// On a terminal of any width no line is longer, and every cell is there.
func TestFits(t *testing.T) {
	squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
	for width := 8; width < 120; width++ {
		b := terminal{width: width}
		if err := flows.Write(&b); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("%d columns: a line of %d: %q", width, n, line)
			}
		}
		if width < 44 {
			continue // cells are broken
		}
		for _, line := range flows.Lines {
			for _, cell := range line {
				if !strings.Contains(squeeze(b.String()), squeeze(cell)) {
					t.Errorf("%d columns: %q is missing", width, cell)
				}
			}
		}
	}
}
