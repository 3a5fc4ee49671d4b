package figure

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"mpsim/experiment/record"
)

// A labelled flow is one that [vary] makes.
type labelled struct {
	name   string
	labels []string
}

// labelledFlows returns the names and the labels of flows.
func labelledFlows(flows []record.Flow) []labelled {
	list := make([]labelled, len(flows))
	for i := range flows {
		list[i] = labelled{flows[i].Name, flows[i].Labels}
	}
	return list
}

// curveNames returns, for each of flows, the name of its curve over an axis: its labels but that of the axis. If several
// flows of a curve would have one place, there is a curve for each family of flows, and its name comes first.
func curveNames(flows []labelled, axis string) []string {
	names := make([]string, len(flows))
	places := map[string]bool{}
	families := false
	for i, f := range flows {
		names[i] = strings.Join(others(f.labels, axis), ", ")
		place := strings.Join(f.labels, "\x00")
		families = families || places[place]
		places[place] = true
	}
	for i, f := range flows {
		if families {
			names[i] = strings.Join(slices.DeleteFunc([]string{f.family(), names[i]}, func(s string) bool { return s == "" }), ", ")
		}
	}
	return names
}

// family returns the name of f without the values of its labels: "tcp" of tcp-lia-20ms.
func (f labelled) family() string {
	var values []string
	for _, l := range f.labels {
		_, v, _ := strings.Cut(l, "=")
		values = append(values, v)
	}
	slices.SortStableFunc(values, func(a, b string) int { return cmp.Compare(len(b), len(a)) }) // 10 has a 1 in it
	name := f.name
	for _, v := range values {
		name = less(name, v)
	}
	return strings.Trim(name, "-_.:/ ")
}

// less returns name without a value: where it stands alone, else where it comes last. What parts it from the rest
// goes with it.
func less(name, value string) string {
	at := strings.LastIndex(name, value)
	if at < 0 || value == "" {
		return name
	}
	for end := len(name); end > 0; {
		i := strings.LastIndex(name[:end], value)
		if i < 0 {
			break
		}
		if !inWord(utf8.DecodeLastRuneInString(name[:i])) && !inWord(utf8.DecodeRuneInString(name[i+len(value):])) {
			at = i
			break
		}
		end = i + len(value) - 1
	}
	before, after := name[:at], name[at+len(value):]
	return strings.TrimRight(before, "-_.:/ ") + after
}

// inWord reports whether a rune beside a value, if there is one, makes one word with it.
func inWord(r rune, size int) bool { return size > 0 && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
