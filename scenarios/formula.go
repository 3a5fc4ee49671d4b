package scenarios

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A Formula is a closed form in one variable x, such as "x^2" or "1-(1-x)^3", to
// which a figure compares what was measured. It has numbers, x, the operators
// + - * / ^ and parentheses; ^ binds tightest and to the right, and -x^2 is -(x^2).
type Formula struct {
	text string
	root term
}

// A term is a number, x, or an operator with its operands.
type term struct {
	op   byte // one of "+-*/^", 'n' for a number, 'x', or '~' for the negative of a
	n    float64
	a, b *term
}

// maxFormula bounds the length of a formula, and so the depth of its terms.
const maxFormula = 200

// ParseFormula reads a formula.
func ParseFormula(text string) (*Formula, error) {
	if len(text) > maxFormula {
		return nil, fmt.Errorf("the formula has %d letters; at most %d are allowed", len(text), maxFormula)
	}
	p := &formulaParser{text: text}
	root, err := p.sum()
	if err == nil && p.peek() != 0 {
		err = p.unexpected("an operator or the end")
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
func (f *Formula) At(x float64) float64 { return f.root.at(x) }

func (t *term) at(x float64) float64 {
	switch t.op {
	case 'n':
		return t.n
	case 'x':
		return x
	case '~':
		return -t.a.at(x)
	}
	a, b := t.a.at(x), t.b.at(x)
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

// formulaParser reads a formula from left to right.
type formulaParser struct {
	text string
	at   int
}

// peek returns the next character that is no space; at the end 0.
func (p *formulaParser) peek() byte {
	for p.at < len(p.text) && p.text[p.at] == ' ' {
		p.at++
	}
	if p.at == len(p.text) {
		return 0
	}
	return p.text[p.at]
}

func (p *formulaParser) unexpected(want string) error {
	if p.peek() == 0 {
		return fmt.Errorf("the formula %q ends where %s is wanted", p.text, want)
	}
	return fmt.Errorf("the formula %q has %q where %s is wanted; it may have numbers, x, + - * / ^ and parentheses", p.text, p.text[p.at:], want)
}

// sum reads products joined by + and -.
func (p *formulaParser) sum() (*term, error) { return p.chain("+-", p.product) }

// product reads factors joined by * and /.
func (p *formulaParser) product() (*term, error) { return p.chain("*/", p.factor) }

// chain reads operands joined by operators that bind to the left.
func (p *formulaParser) chain(operators string, operand func() (*term, error)) (*term, error) {
	t, err := operand()
	for err == nil && p.peek() != 0 && strings.IndexByte(operators, p.peek()) >= 0 {
		op := p.peek()
		p.at++
		var b *term
		b, err = operand()
		t = &term{op: op, a: t, b: b}
	}
	return t, err
}

// factor reads a power with a sign.
func (p *formulaParser) factor() (*term, error) {
	if p.peek() == '-' {
		p.at++
		a, err := p.factor()
		return &term{op: '~', a: a}, err
	}
	a, err := p.operand()
	if err != nil || p.peek() != '^' {
		return a, err
	}
	p.at++
	b, err := p.factor()
	return &term{op: '^', a: a, b: b}, err
}

// operand reads a number, x or a formula in parentheses.
func (p *formulaParser) operand() (*term, error) {
	switch c := p.peek(); {
	case c == 'x':
		p.at++
		return &term{op: 'x'}, nil
	case c == '(':
		p.at++
		t, err := p.sum()
		if err == nil && p.peek() != ')' {
			err = p.unexpected(`a ")"`)
		}
		p.at++
		return t, err
	case c == '.' || '0' <= c && c <= '9':
		return p.number()
	}
	return nil, p.unexpected("a number, x or a parenthesis")
}

// number reads digits, a point and an exponent.
func (p *formulaParser) number() (*term, error) {
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
