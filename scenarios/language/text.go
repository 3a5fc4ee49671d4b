package language

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// prose are the keys whose text may have several lines: it is printed, and not put into figures and tables.
var prose = []string{"description", "because", "finding"}

// checkText reports texts of the tree that cannot be shown: control characters would give a terminal orders,
// break tables, and make figures that are no XML (XML 1.0, section 2.2). Keys are words of the language, or
// unknown.
func (d *document) checkText(path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range keys(v) {
			d.checkText(join(path, k), v[k])
		}
	case []any:
		for i, e := range v {
			d.checkText(fmt.Sprintf("%s[%d]", path, i), e)
		}
	case string:
		also := ""
		if slices.Contains(prose, path[strings.LastIndexByte(path, '.')+1:]) {
			also = "\n\t"
		}
		if r, bad := hidden(v, also); bad {
			d.fail(path, "got %s, which has %s; want characters that can be shown", describe(v), r)
		}
	}
}

// hidden returns what the first character of s is that cannot be shown, but for those of also, and whether
// there is one.
func hidden(s, also string) (what string, is bool) {
	for i, r := range s {
		switch {
		case r == utf8.RuneError && strings.HasPrefix(s[i:], "\uFFFD"):
		case r == utf8.RuneError:
			return "bytes that are not UTF-8", true
		case unicode.IsControl(r) && !strings.ContainsRune(also, r):
			return fmt.Sprintf("the control character %U", r), true
		case r == '\uFFFE' || r == '\uFFFF':
			return fmt.Sprintf("%U, which is no character", r), true
		}
	}
	return "", false
}

// Shown returns s with escapes of Go in place of all that a terminal could take for an order; lines and tabs
// stay.
func Shown(s string) string {
	if _, bad := hidden(s, "\n\t"); !bad {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unicode.IsControl(r) && r != '\n' && r != '\t':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
