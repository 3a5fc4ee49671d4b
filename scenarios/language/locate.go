package language

import (
	"fmt"
	"strconv"
	"strings"
)

// locate returns the line of every key and array element of src by its path,
// such as flow[0].paths[1]. The TOML decoder reports where a syntax error is, but
// not where a key was. src must have been decoded without an error: of other
// text locate makes as much sense as it can.
func locate(src string) map[string]int {
	s := &scanner{src: src, line: 1, lines: make(map[string]int), arrays: make(map[string]int)}
	for {
		s.blank(true)
		if s.pos >= len(s.src) {
			return s.lines
		}
		start := s.pos
		if s.peek() == '[' {
			s.header()
		} else {
			s.pair(s.table)
		}
		if s.pos == start {
			s.pos++ // not TOML: go on behind it
		}
	}
}

// scanner walks over TOML text.
type scanner struct {
	src    string
	pos    int
	line   int
	depth  int
	table  string         // path of the table that keys belong to now
	lines  map[string]int // by path
	arrays map[string]int // index of the last element of each array of tables
}

// maxDepth bounds the nesting of values that is followed.
const maxDepth = 100

func (s *scanner) peek() byte {
	if s.pos < len(s.src) {
		return s.src[s.pos]
	}
	return 0
}

func (s *scanner) next() byte {
	c := s.peek()
	if c == '\n' {
		s.line++
	}
	s.pos++
	return c
}

// blank skips white space and comments, and line ends if lines is set.
func (s *scanner) blank(lines bool) {
	for s.pos < len(s.src) {
		switch c := s.peek(); {
		case c == ' ' || c == '\t' || c == '\r', lines && c == '\n':
			s.next()
		case c == '#':
			for s.pos < len(s.src) && s.peek() != '\n' {
				s.pos++
			}
		default:
			return
		}
	}
}

// mark notes the line of a path, the first time.
func (s *scanner) mark(path string, line int) {
	if _, known := s.lines[path]; !known {
		s.lines[path] = line
	}
}

// header reads "[a.b]" or "[[a.b]]".
func (s *scanner) header() {
	line := s.line
	s.next()
	array := s.peek() == '['
	if array {
		s.next()
	}
	path := ""
	parts := s.key()
	for i, part := range parts {
		path = join(path, part)
		if last := i == len(parts)-1; last && array {
			if _, known := s.arrays[path]; known {
				s.arrays[path]++
			} else {
				s.arrays[path] = 0
			}
		}
		s.mark(path, line) // [a.b] alone makes a as well
		if n, is := s.arrays[path]; is {
			path = fmt.Sprintf("%s[%d]", path, n)
		}
	}
	s.mark(path, line)
	s.table = path
	for s.peek() == ']' {
		s.next()
	}
}

// pair reads "key = value" below path.
func (s *scanner) pair(path string) {
	line := s.line
	for _, part := range s.key() {
		path = join(path, part)
		s.mark(path, line)
	}
	s.blank(false)
	if s.peek() == '=' {
		s.next()
		s.blank(false)
		s.value(path)
	}
}

// key reads a dotted key.
func (s *scanner) key() []string {
	var parts []string
	for {
		s.blank(false)
		start := s.pos
		switch c := s.peek(); c {
		case '"', '\'':
			s.text(c)
			part := strings.Trim(s.src[start:min(s.pos, len(s.src))], string(c))
			if unquoted, err := strconv.Unquote(`"` + part + `"`); err == nil && c == '"' {
				part = unquoted
			}
			parts = append(parts, part)
		default:
			for s.pos < len(s.src) && !strings.ContainsRune(" \t\r\n.=]#,{}[", rune(s.peek())) {
				s.pos++
			}
			if s.pos > start {
				parts = append(parts, s.src[start:s.pos])
			}
		}
		s.blank(false)
		if s.peek() != '.' {
			return parts
		}
		s.next()
	}
}

// value reads a value and marks what lies inside it.
func (s *scanner) value(path string) {
	if s.depth++; s.depth > maxDepth {
		s.pos = len(s.src)
	}
	defer func() { s.depth-- }()
	switch c := s.peek(); c {
	case '"', '\'':
		s.text(c)
	case '[':
		s.list(']', func(i int) {
			element := fmt.Sprintf("%s[%d]", path, i)
			s.mark(element, s.line)
			s.value(element)
		})
	case '{':
		s.list('}', func(int) { s.pair(path) })
	default:
		for s.pos < len(s.src) && !strings.ContainsRune(",]}#\n", rune(s.peek())) {
			s.pos++
		}
	}
}

// list reads the elements of an array or inline table up to end.
func (s *scanner) list(end byte, element func(i int)) {
	s.next()
	for i := 0; s.pos < len(s.src); i++ {
		s.blank(true)
		if s.peek() == end {
			break
		}
		start := s.pos
		element(i)
		s.blank(true)
		if s.peek() == ',' {
			s.next()
		}
		if s.pos == start {
			return
		}
	}
	s.next()
}

// text reads a string of one line or, between three quotes, of several.
func (s *scanner) text(quote byte) {
	if triple := strings.Repeat(string(quote), 3); strings.HasPrefix(s.src[s.pos:], triple) {
		s.pos += 3
		for s.pos < len(s.src) && !strings.HasPrefix(s.src[s.pos:], triple) {
			if s.next() == '\\' && quote == '"' {
				s.next()
			}
		}
		s.pos += 3
		for s.peek() == quote { // up to two quotes may stand before the closing ones
			s.next()
		}
		return
	}
	s.next()
	for s.pos < len(s.src) && s.peek() != quote && s.peek() != '\n' {
		if s.next() == '\\' && quote == '"' {
			s.next()
		}
	}
	if s.peek() == quote {
		s.next()
	}
}

// join appends a key to a path.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// parent returns the path that holds the last key or element of path, or "".
func parent(path string) string {
	return path[:max(strings.LastIndexAny(path, ".["), 0)]
}
