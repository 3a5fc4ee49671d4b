package language

import (
	_ "embed"
	"fmt"
	"strings"
	"testing"
)

// varied has tables for each combination of values.
//
//go:embed testdata/varied.toml
var varied string

// A table that says for = […] stands for one of each combination of values, the
// last axis changing fastest; ${} in its text stands for them.
func TestVary(t *testing.T) {
	s, err := Parse("v.toml", []byte(strings.Replace(varied, `flow = "f-0.5-${box}-a"`, `flow = "f-0.5-none-a"`, 1)), nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range s.Flows {
		names = append(names, f.Name+" "+strings.Join(f.Labels, ","))
	}
	want := "f-0.5-none-a p=0.5,box=none; f-0.5-both-0.5 p=0.5,box=both; f-0.01-none-a p=0.01,box=none; f-0.01-both-0.01 p=0.01,box=both"
	if got := strings.Join(names, "; "); got != want {
		t.Errorf("flows %s\nwant %s", got, want)
	}
	if len(s.Links) != 2 || len(s.Expect) != 2 {
		t.Errorf("%d links, %d expectations", len(s.Links), len(s.Expect))
	}
	again, err := Parse("again.toml", s.Marshal(), nil)
	if err != nil || len(again.Flows) != 4 || again.Flows[3].Labels[0] != "p=0.01" {
		t.Errorf("%v, after Marshal: %s", err, s.Marshal())
	}
}

// Problems of a varied table are reported where it was written.
func TestVaryProblems(t *testing.T) {
	for _, tt := range []struct{ from, to, want string }{
		{`for = ["p"]`, `for = ["q"]`, `v.toml:7: link[0].for: there is no axis "q" in [vary]; want one of box, p`},
		{`for = ["p"]`, `for = "p"`, `v.toml:7: link[0].for: got "p"; want an array of axes of [vary]`},
		{`name = "l-${p}"`, `name = "l-${r}"`, `is no axis of this table's for; want one of p`},
		{`rate = "10Mbps"`, `rate = "10Mpbs"`, `v.toml:10: link[1].rate`},
		{`${box.first}`, `${box.frist}`, `has no "frist"; did you mean "first"?`},
		{`p = [0.5, 0.01]`, `p = 0.5`, `v.toml:4: vary.p: got 0.5 (a number); want an array of the values`},
		{`label = "none", `, ``, `vary.box[0]: the table has no label`},
	} {
		_, err := Parse("v.toml", []byte(strings.Replace(varied, tt.from, tt.to, 1)), nil)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v\nwant %s", tt.to, err, tt.want)
		}
	}
}

// A few lines that would stand for more than memory holds are refused, and soon: values that refer to each
// other, tables for thousands of combinations, defaults for thousands of flows.
func TestVaryTooMuch(t *testing.T) {
	laughs := "[vary]\n"
	var axes []string
	for i := range 9 {
		laughs += fmt.Sprintf("a%d = [{label = \"x\", v = \"%s\"}]\n", i, strings.Repeat(fmt.Sprintf("${a%d.v}", i+1), 10))
		axes = append(axes, fmt.Sprintf("%q", fmt.Sprintf("a%d", i)))
	}
	laughs += "a9 = [{label = \"x\", v = \"laugh\"}]\n[[figure]]\nkind = \"cwnd\"\ntitle = \"${a0.v}\"\nfor = [" + strings.Join(axes, ", ") + ", \"a9\"]\n"
	tables := "[vary]\na = [" + strings.Repeat("1, ", 4096) + "]\n" + strings.Repeat("[[event]]\nat = \"1s\"\nlink = \"l\"\nfor = [\"a\"]\n", 300)
	defaults := "[defaults.flow]\nx = [" + strings.Repeat("1, ", 100_000) + "]\n" + strings.Repeat("[[flow]]\n", 10_000)
	for _, text := range []string{laughs, tables, defaults} {
		_, err := Parse("v.toml", []byte(text), nil)
		if err == nil || !strings.Contains(err.Error(), "the scenario has more than 1048576 values") {
			t.Errorf("%.60s...: %.300v", text, err)
		}
	}
}
