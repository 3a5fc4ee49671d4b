// Package formula has the closed forms that scenarios write: those of figures, with one variable x, and those
// of targets, with metrics of a run. Whoever parses one says which metrics there are.
package formula

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"mpsim/sim/words"
)

// A Formula is a closed form. That of a figure has one variable x, such as "x^2" or
// "1-(1-x)^3"; that of a target has metrics of a run, such as "goodput(f) / 10e6" or
// "loss(a, up) / loss(b, up)"; that of what is drawn has names, such as "rate * rtt". All have numbers, the operators + - * / ^, parentheses
// and functions; ^ binds tightest and to the right, and -x^2 is -(x^2).
type Formula struct {
	text string
	root term
}

// A term is a number, x, quantities of a run, or an operator or function with its
// operands.
type term struct {
	op   byte // one of "+-*/^", 'n' for a number, 'x', '~' for the negative, 'f' for a function, 'q' for quantities
	n    float64
	args []*term
	f    func([]float64) float64
	of   []Quantity
	many bool // a pattern, which stands for any number of quantities
	same bool // the function has the unit of its operands
}

// A Finder resolves a metric of a formula, such as "loss(a, up)": which quantities it stands for, and whether
// its arguments were a pattern, which may stand for any number of them.
type Finder func(metric string, args []string) (of []Quantity, pattern bool, err error)

// A Quantity is a number of a run: a metric, and what it is of.
type Quantity struct {
	Of   string // "flow" or "link"
	Name string // of the flow or link
	Part string // index of the subflow, or direction of the link; "" for the whole
	What string // name of the metric
}

// maxFormula bounds the length of a formula, and so the depth of its terms.
const maxFormula = 400

// Parse reads a formula in metrics, which find resolves or, without find, in x.
func Parse(text string, find Finder) (*Formula, error) { return parse(&parser{text: text, find: find}) }

// ParseNames reads a formula in the names of quantities, each a Quantity with nothing but this Name.
func ParseNames(text string, names []string) (*Formula, error) {
	return parse(&parser{text: text, names: names})
}

func parse(p *parser) (*Formula, error) {
	text := p.text
	if len(text) > maxFormula {
		return nil, fmt.Errorf("the formula has %d letters; at most %d are allowed", len(text), maxFormula)
	}
	root, err := p.sum()
	if err == nil && p.peek() != 0 {
		err = p.unexpected("an operator or the end")
	}
	if err == nil {
		err = p.single(root)
	}
	if err != nil {
		return nil, err
	}
	return &Formula{text, *root}, nil
}

// String returns the formula as it was written.
func (f *Formula) String() string { return f.text }

// At returns the value at x, which is not a number or infinite where the formula
// has none.
func (f *Formula) At(x float64) float64 {
	return f.root.at(x, func(Quantity) float64 { return math.NaN() })
}

// Of returns the value for a run whose quantities value has. It is not a number if
// one that counts is not.
func (f *Formula) Of(value func(Quantity) float64) float64 { return f.root.at(math.NaN(), value) }

// Metrics returns the metrics of which the value is one, or a sum, mean, least or greatest: it has their unit. Of others
// who writes the formula chooses the unit.
func (f *Formula) Metrics() []string { return f.root.metrics() }

func (t *term) metrics() (names []string) {
	switch {
	case t.op == 'q':
		for _, q := range t.of {
			names = append(names, q.What)
		}
	case t.op == 'f' && t.same:
		for _, a := range t.args {
			some := a.metrics()
			if len(some) == 0 {
				return nil
			}
			names = append(names, some...)
		}
	}
	return names
}

func (t *term) at(x float64, value func(Quantity) float64) float64 {
	switch t.op {
	case 'n':
		return t.n
	case 'x':
		return x
	case 'q':
		return value(t.of[0])
	case 'f':
		return t.f(t.operands(x, value))
	case '~':
		return -t.args[0].at(x, value)
	}
	a, b := t.args[0].at(x, value), t.args[1].at(x, value)
	switch t.op {
	case '+':
		return a + b
	case '-':
		return a - b
	case '*':
		return a * b
	case '/':
		return a / b
	}
	return math.Pow(a, b)
}

// operands returns the values of what a function is of, patterns written out.
func (t *term) operands(x float64, value func(Quantity) float64) []float64 {
	var list []float64
	for _, a := range t.args {
		if a.op != 'q' {
			list = append(list, a.at(x, value))
			continue
		}
		for _, q := range a.of {
			list = append(list, value(q))
		}
	}
	return list
}

// parser reads a formula from left to right.
type parser struct {
	text  string
	at    int
	find  Finder
	names []string // of quantities; nil: there are metrics, or x
}

// peek returns the next character that is no space; at the end 0.
func (p *parser) peek() byte {
	for p.at < len(p.text) && p.text[p.at] == ' ' {
		p.at++
	}
	if p.at == len(p.text) {
		return 0
	}
	return p.text[p.at]
}

// leaf names what a formula is of.
func (p *parser) leaf() string {
	switch {
	case p.find != nil:
		return "metrics"
	case p.names != nil:
		return "names (" + strings.Join(p.names, ", ") + ")"
	}
	return "x"
}

func (p *parser) unexpected(want string) error {
	if p.peek() == 0 {
		return fmt.Errorf("the formula %q ends where %s is wanted", p.text, want)
	}
	return fmt.Errorf("the formula %q has %q where %s is wanted; it may have numbers, %s, + - * / ^, parentheses and the functions %s",
		p.text, p.text[p.at:], want, p.leaf(), strings.Join(Functions(), ", "))
}

// single checks that t is one number: a pattern is only for functions.
func (p *parser) single(t *term) error {
	if t.op == 'q' && t.many {
		return fmt.Errorf("the formula %q takes all that a pattern matches for one number; want a function of it, such as sum(…)", p.text)
	}
	return nil
}

// sum reads products joined by + and -.
func (p *parser) sum() (*term, error) { return p.chain("+-", p.product) }

// product reads factors joined by * and /.
func (p *parser) product() (*term, error) { return p.chain("*/", p.factor) }

// chain reads operands joined by operators that bind to the left.
func (p *parser) chain(operators string, operand func() (*term, error)) (*term, error) {
	t, err := operand()
	for err == nil && p.peek() != 0 && strings.IndexByte(operators, p.peek()) >= 0 {
		op := p.peek()
		p.at++
		var b *term
		b, err = operand()
		t, err = p.join(op, err, t, b)
	}
	return t, err
}

// join makes a term of an operator and its operands, unless reading them failed.
func (p *parser) join(op byte, err error, args ...*term) (*term, error) {
	for _, a := range args {
		if err == nil {
			err = p.single(a)
		}
	}
	return &term{op: op, args: args}, err
}

// factor reads a power with a sign.
func (p *parser) factor() (*term, error) {
	if p.peek() == '-' {
		p.at++
		a, err := p.factor()
		return p.join('~', err, a)
	}
	a, err := p.operand()
	if err != nil || p.peek() != '^' {
		return a, err
	}
	p.at++
	b, err := p.factor()
	return p.join('^', err, a, b)
}

// operand reads a number, x, a function, a metric, or a formula in parentheses.
func (p *parser) operand() (*term, error) {
	switch c := p.peek(); {
	case c == '(':
		p.at++
		t, err := p.sum()
		if err == nil {
			err = p.closing()
		}
		return t, err
	case c == '.' || '0' <= c && c <= '9':
		return p.number()
	case 'a' <= c && c <= 'z':
		return p.named()
	}
	return nil, p.unexpected("a number, " + p.leaf() + " or a parenthesis")
}

// closing reads a closing parenthesis.
func (p *parser) closing() error {
	if p.peek() != ')' {
		return p.unexpected(`a ")"`)
	}
	p.at++
	return nil
}

// named reads x, a name, a function of formulas, or a metric of names.
func (p *parser) named() (*term, error) {
	start := p.at
	for p.at < len(p.text) && p.partOfName(p.text[p.at]) {
		p.at++
	}
	name := p.text[start:p.at]
	if p.peek() == '(' {
		p.at++
		switch f := function(name); {
		case f != nil:
			t, err := p.function(f)
			if t != nil {
				t.same = slices.Contains([]string{"sum", "mean", "min", "max", "abs"}, name)
			}
			return t, err
		case p.find != nil:
			return p.metric(name)
		}
		return nil, fmt.Errorf("the formula %q: %w", p.text, words.Check("function", name, Functions()...))
	} else if slices.Contains(p.names, name) {
		return &term{op: 'q', of: []Quantity{{Name: name}}}, nil
	} else if p.names != nil {
		return nil, fmt.Errorf("the formula %q: %w", p.text, words.Check("quantity", name, p.names...))
	} else if name == "x" && p.find == nil {
		return &term{op: 'x'}, nil
	}
	if n := words.Nearest(name, Functions()); n != "" {
		return nil, fmt.Errorf("the formula %q: a function %q without parentheses; did you mean \"%s(…)\"?", p.text, name, n)
	}
	p.at = start
	return nil, p.unexpected("a number, " + p.leaf() + " or a parenthesis")
}

// partOfName reports whether c belongs to the name of a function or metric.
func (p *parser) partOfName(c byte) bool {
	switch {
	case '0' <= c && c <= '9':
		return p.find != nil || p.names != nil
	case c == '-':
		return p.find != nil
	case c == '_':
		return p.names != nil
	}
	return 'a' <= c && c <= 'z'
}

// function reads the operands of a function.
func (p *parser) function(f func([]float64) float64) (*term, error) {
	t := &term{op: 'f', f: f}
	for {
		a, err := p.sum()
		if err != nil {
			return nil, err
		}
		t.args = append(t.args, a)
		if p.peek() != ',' {
			return t, p.closing()
		}
		p.at++
	}
}

// metric reads what a metric is of.
func (p *parser) metric(name string) (*term, error) {
	inside, _, closed := strings.Cut(p.text[p.at:], ")")
	if !closed {
		p.at = len(p.text)
		return nil, p.unexpected(`a ")"`)
	}
	p.at += len(inside) + 1
	args := strings.Split(inside, ",")
	for i := range args {
		args[i] = strings.TrimSpace(args[i])
	}
	of, pattern, err := p.find(name, args)
	if err != nil {
		return nil, fmt.Errorf("the formula %q: %w", p.text, err)
	}
	return &term{op: 'q', of: of, many: pattern}, nil
}

// number reads digits, a point and an exponent.
func (p *parser) number() (*term, error) {
	end := p.at
	for end < len(p.text) && (strings.IndexByte("0123456789.eE", p.text[end]) >= 0 || end > p.at && strings.IndexByte("+-", p.text[end]) >= 0 && p.text[end-1]|' ' == 'e') {
		end++
	}
	n, err := strconv.ParseFloat(p.text[p.at:end], 64)
	if err != nil {
		return nil, fmt.Errorf("the formula %q: %q is no number", p.text, p.text[p.at:end])
	}
	p.at = end
	return &term{op: 'n', n: n}, nil
}
