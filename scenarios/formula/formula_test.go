package formula

import (
	"math"
	"strings"
	"testing"
)

// Formulas follow the rules of arithmetic.
func TestFormula(t *testing.T) {
	for _, tt := range []struct {
		text    string
		x, want float64
	}{
		{"0", 3, 0},
		{"x", 0.25, 0.25},
		{"x^2", 3, 9},
		{"-x^2", 3, -9},
		{"2^-x", 3, 0.125},
		{"2^3^2", 0, 512},
		{"(2^3)^2", 0, 64},
		{"1 - (1-x)^3", 0.5, 0.875},
		{"8-4-2", 0, 2},
		{"8/4/2", 0, 1},
		{"2+3*x", 4, 14},
		{"1e-3*x", 5, 0.005},
		{"--x", 7, 7},
		{"1/x", 0, math.Inf(1)},
		{"sqrt(x)", 9, 3},
		{"max(1, x, 2) - min(1,x)", 4, 3},
		{"sum(1,2,x)*mean(x,3)", 5, 32},
		{"abs(-x)", 2, 2},
		{"jain(1,x)", 1, 1},
		{"jain(1,x)", 3, 0.8},
	} {
		f, err := Parse(tt.text, nil)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if got := f.At(tt.x); got != tt.want {
			t.Errorf("%s at %g is %g; want %g", tt.text, tt.x, got, tt.want)
		}
	}
}

// What is no formula is refused with its place and what is allowed.
func TestFormulaErrors(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", `"" ends where a number, x or a parenthesis is wanted`},
		{"x+", `ends where a number`},
		{"(x", `ends where a ")" is wanted`},
		{"x)", `has ")" where an operator or the end is wanted`},
		{"2p", `has "p" where an operator`},
		{"y", `it may have numbers, x, + - * / ^`},
		{"1.2.3", `"1.2.3" is no number`},
		{"x*", "ends where"},
		{"sin(x)", `unknown function "sin"; did you mean "min"?`},
		{"max(x", `ends where a ")"`},
		{"max()", `where a number`},
		{strings.Repeat("(", 401), "401 letters"},
	} {
		if f, err := Parse(tt.text, nil); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, %v; want %s", tt.text, f, err, tt.want)
		}
	}
}

// No text makes the parser panic.
func FuzzFormula(f *testing.F) {
	for _, s := range []string{"x^2", "1-(1-x)^3", "-(x", "1e", "((((", "x^^"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if g, err := Parse(text, nil); err == nil {
			g.At(0.5)
		}
	})
}

// A formula of names takes the values of these names, and no others.
func TestNames(t *testing.T) {
	names := []string{"far_rate", "near", "x2"}
	f, err := ParseNames("max(near, x2) * far_rate^2", names)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{"far_rate": 3, "near": 2, "x2": 5}
	if got := f.Of(func(q Quantity) float64 { return values[q.Name] }); got != 45 {
		t.Errorf("%s is %g; want 45", f, got)
	}
	for text, want := range map[string]string{
		"nar * 2":       `unknown quantity "nar"; did you mean "near"?`,
		"x":             `unknown quantity "x"`,
		"near * rtt(a)": `unknown function "rtt"`,
		"near far_rate": "where an operator or the end is wanted",
	} {
		if _, err := ParseNames(text, names); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %s", text, err, want)
		}
	}
}
