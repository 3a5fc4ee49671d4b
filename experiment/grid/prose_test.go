package grid

import (
	"bytes"
	"strings"
	"testing"
)

// narrow is a screen of ten characters.
type narrow struct{ bytes.Buffer }

func (*narrow) Width() int { return 10 }

// A line has as many characters as the screen, or a hundred where there is none; a word that is longer stays whole.
func TestProse(t *testing.T) {
	var s narrow
	if err := Prose(&s, []string{"wifi waits", "for µs and extraordinarily long", ""}); err != nil {
		t.Fatal(err)
	}
	if want := "wifi waits\nfor µs and\n  extraordinarily\n  long\n\n"; s.String() != want {
		t.Errorf("%q, want %q", s.String(), want)
	}
	var b bytes.Buffer
	if err := Prose(&b, []string{strings.Repeat("1234 ", 20) + "end"}); err != nil {
		t.Fatal(err)
	}
	if want := strings.Repeat("1234 ", 19) + "1234\n  end\n"; b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
}
