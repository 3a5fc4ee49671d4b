package grid

import (
	"io"
	"strings"
	"unicode/utf8"
)

// measure is how many characters a line of prose has at most.
const measure = 100

// Prose writes paragraphs, which begin a line each. They break at spaces, so that lines are comfortable to read and
// fit a Screen; what goes on is indented.
func Prose(w io.Writer, paragraphs []string) error {
	width := measure
	if s, ok := w.(Screen); ok && s.Width() > 0 {
		width = min(width, s.Width())
	}
	var b strings.Builder
	for _, p := range paragraphs {
		n := 0
		for i, word := range strings.Split(p, " ") {
			length := utf8.RuneCountInString(word)
			switch {
			case i == 0:
			case n+1+length > width:
				b.WriteString("\n ")
				n = 1
				fallthrough
			default:
				b.WriteByte(' ')
				n++
			}
			b.WriteString(word)
			n += length
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}
