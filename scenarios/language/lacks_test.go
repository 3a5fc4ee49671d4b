package language

import (
	"strings"
	"testing"
)

// twice has two paths from c to s, an MPTCP flow f over both, and flows of one subflow.
const twice = `duration = "10s"
[[link]]
name = "a"
between = ["c", "s"]
rate = "8Mbps"
[[link]]
name = "b"
between = ["c", "s"]
rate = "8Mbps"
[[link.middlebox]]
kind = "nat"
[[flow]]
name = "f"
from = "s"
to = "c"
workload = "file"
[[flow]]
name = "one"
from = "s"
to = "c"
paths = [["a"]]
[[flow]]
name = "tcp"
from = "s"
to = "c"
protocol = "tcp"
[[flow]]
name = "udp"
from = "s"
to = "c"
protocol = "udp"
workload = { kind = "cbr", rate = "1Mbps" }
`

// An expectation or a target that no run can meet, because there is nothing to measure, is refused.
func TestNothingToMeasure(t *testing.T) {
	for _, tt := range []struct {
		expect, value string
		want          string // of the message; "": it is fine
	}{
		{"metric = \"goodput\"\nflow = \"f\"\nsubflow = 1", "goodput(f, 1)", ""},
		{"metric = \"goodput\"\nflow = \"one\"\nsubflow = 0", "goodput(one, 0)", ""},
		{"metric = \"goodput\"\nflow = \"one\"\nsubflow = 1", "goodput(one, 1)", `"one" is a flow of one subflow; want 0`},
		{"metric = \"goodput\"\nflow = \"tcp\"\nsubflow = 3", "goodput(tcp, 3)", `"tcp" is a flow of one subflow; want 0`},
		{"metric = \"established\"\nflow = \"tcp\"\nsubflow = 1", "established(tcp, 1)", `"tcp" is a flow of one subflow; want 0`},
		{"metric = \"goodput\"\nflow = \"udp\"\nsubflow = 1", "goodput(udp, 1)", `"udp" is a flow of one subflow; want 0`},
		{"metric = \"joins\"\nflow = \"tcp\"", "joins(tcp)", `"tcp" is a tcp flow, which has no joins`},
		{"metric = \"fallback\"\nflow = \"tcp\"", "fallback(tcp)", `"tcp" is a tcp flow, which has no fallback`},
		{"metric = \"reinjected\"\nflow = \"tcp\"", "reinjected(tcp)", `"tcp" is a tcp flow, which has no reinjected`},
		{"metric = \"timeouts\"\nflow = \"tcp\"", "timeouts(tcp)", ""},
		{"metric = \"timeouts\"\nflow = \"udp\"", "timeouts(udp)", `"udp" is a udp flow, which has no timeouts`},
		{"metric = \"retransmitted\"\nflow = \"udp\"", "retransmitted(udp)", `"udp" is a udp flow, which has no retransmitted`},
		{"metric = \"retransmitted-by-to\"\nflow = \"udp\"", "retransmitted-by-to(udp)", `"udp" is a udp flow, which has no retransmitted-by-to`},
		{"metric = \"marked\"\nflow = \"udp\"", "marked(udp)", `"udp" is a udp flow, which has no marked`},
		{"metric = \"sent\"\nflow = \"udp\"", "sent(udp)", ""},
		{"metric = \"fct-mean\"\nflow = \"f\"", "fct-mean(f)", ""},
		{"metric = \"fct-mean\"\nflow = \"one\"", "fct-mean(one)", `"one" carries bulk, which has no transfers that end`},
		{"metric = \"fct-p99\"\nflow = \"udp\"", "fct-p99(udp)", `"udp" is a udp flow, which has no fct-p99`},
		{"metric = \"middlebox-hits\"\nlink = \"b\"\ndirection = \"up\"", "middlebox-hits(b, up)", ""},
		{"metric = \"middlebox-hits\"\nlink = \"a\"\ndirection = \"up\"", "middlebox-hits(a, up)", `"a" is a link without a middlebox`},
		{"", "sum(goodput(*, 1))", ""}, // of f alone
		{"", "sum(joins(*))", ""},
		{"", "sum(fct-mean(o*))", `"one" carries bulk, which has no transfers that end`},
	} {
		bound := "1"
		for _, unit := range []struct{ metrics, bound string }{{"goodput ", `"1bps"`}, {"established fct-", `"1s"`}, {"retransmitted reinjected marked sent", `"1B"`}} {
			for _, m := range strings.Fields(unit.metrics) {
				if strings.HasPrefix(tt.expect, "metric = \""+m) {
					bound = unit.bound
				}
			}
		}
		texts := map[string]string{"target[0].value": "[[target]]\nid = \"t\"\nof = \"x\"\nbecause = \"y\"\nevidence = \"read\"\nmin = 1\nvalue = \"" + tt.value + "\"\n"}
		if tt.expect != "" {
			texts["expect[0]."] = "[[expect]]\n" + tt.expect + "\nmax = " + bound + "\n"
		}
		for key, text := range texts {
			_, err := parse(twice + text)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), key)) {
				t.Errorf("%s%v\nwant %q", text, err, tt.want)
			}
		}
	}
}

// Which path manager opens how many subflows counts, and what the application does by itself.
func TestSubflowsOnOnePath(t *testing.T) {
	const second = "[[expect]]\nmetric = \"share\"\nflow = \"f\"\nsubflow = 2\nmin = 0\n"
	for _, tt := range []struct{ flow, want string }{
		{"", "of one subflow; want 0"},
		{`path_manager = "ndiffports"`, "of at most 2 subflows; want 0 to 1"},
		{`path_manager = { kind = "ndiffports", subflows = 3 }`, ""},
		{`path_manager = { kind = "api", script = [] }`, ""},
		{`path_manager = "none"`, "of one subflow; want 0"},
		{"[[api]]\nflow = \"f\"\nat = \"1s\"\ncall = \"open\"\npath = \"a\"", ""},
	} {
		_, err := parse(ten + tt.flow + "\n" + second)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), "expect[0].subflow: \"f\" is a flow "+tt.want)) {
			t.Errorf("%s: %v, want %q", tt.flow, err, tt.want)
		}
	}
	for manager, refused := range map[string]bool{"none": true, "fullmesh": false, "backup": false} {
		text := strings.Replace(twice, "name = \"f\"\n", "name = \"f\"\npath_manager = \""+manager+"\"\n", 1)
		if _, err := parse(text + strings.Replace(second, "subflow = 2", "subflow = 1", 1)); (err != nil) != refused {
			t.Errorf("two paths under %s: %v", manager, err)
		}
	}
}

// Where an option leaves nothing to measure the run goes without the expectation and the target, and says so; what is
// left is a scenario that can be read.
func TestOptionsLeaveNothingToMeasure(t *testing.T) {
	text := twice + "[[expect]]\nmetric = \"goodput\"\nflow = \"f\"\nsubflow = 1\nmin = \"1bps\"\n[[expect]]\nmetric = \"goodput\"\nflow = \"f\"\nmin = \"1bps\"\n" +
		"[[target]]\nid = \"t\"\nof = \"x\"\nbecause = \"y\"\nevidence = \"read\"\nmin = 1\nvalue = \"joins(f)\"\n"
	s, got := warnings(t, text, "flow.f.protocol=tcp")
	if len(got) != 2 || !strings.Contains(got[0], `expect[0].subflow: "f" is a flow of one subflow; want 0: it is ignored`) ||
		!strings.Contains(got[1], `target[0].value: the formula "joins(f)": "f" is a tcp flow, which has no joins: it is ignored`) {
		t.Errorf("warnings %q", got)
	}
	if len(s.Expect) != 1 || s.Expect[0].Subflow != nil || len(s.Targets) != 0 {
		t.Errorf("expectations %v, targets %v", s.Expect, s.Targets)
	}
	if _, got := warnings(t, string(s.Marshal())); len(got) != 0 {
		t.Errorf("as run it warns: %q", got)
	}
	for _, set := range [][]string{{"seed=2"}, {"flow.f.protocol=tcp", "expect[0].subflow=1"}} {
		if _, err := parse(strings.Replace(text, "subflow = 1", "subflow = 64", 1), set...); err == nil {
			t.Errorf("%q: no problem", set)
		}
	}
}
