package language

import (
	"fmt"
	"strings"
)

// A Problem is one thing that is wrong with a scenario.
type Problem struct {
	File    string // as the user named it, or the --set option
	Line    int    // from 1; 0 if there is none
	Key     string // path of the key, such as flow[0].cc.beta; "" for the whole file
	Message string // what was read, what is allowed
}

// String formats p as "file:line: key: message", on a terminal, too.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	for _, part := range []string{p.Key, p.Message} {
		if part != "" && b.Len() > 0 {
			b.WriteString(": ")
		}
		b.WriteString(part)
	}
	return Shown(b.String())
}

// Short formats p without its place: "key: message".
func (p Problem) Short() string { return Problem{Key: p.Key, Message: p.Message}.String() }

// Problems is all that is wrong with a scenario, in the order of its lines.
type Problems []Problem

// Error has one line for each problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}
