package language

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"mpsim/topology"
)

// tree is a fat tree of 16 hosts.
const tree = `duration = "10s"
[topology]
kind = "fattree"
k = 4
`

// pairsOf says which hosts the connections of flow i join, and by which paths.
func pairsOf(t *testing.T, text string, i int, set ...string) (list []string) {
	t.Helper()
	s, err := Parse("x.toml", []byte(text), nil, set...)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range s.Flows[i].Pairs {
		list = append(list, fmt.Sprint(p.From, " ", p.To, " ", p.Routes))
	}
	return list
}

// What is drawn depends on the seed, but not on the parts that are compared.
func TestCommonRandomNumbers(t *testing.T) {
	text := tree + `[[flow]]
name = "f"
traffic = { kind = "permutation", hosts = "h*" }
path_choice = { kind = "random", paths = 8 }
`
	base := pairsOf(t, text, 0)
	if len(base) != 16 {
		t.Fatalf("%d pairs, want 16", len(base))
	}
	for _, set := range []string{"flow.f.cc=olia", "flow.f.scheduler=roundrobin", "flow.f.workload.kind=file"} {
		if got := pairsOf(t, text, 0, set); !reflect.DeepEqual(got, base) {
			t.Errorf("--set %s changes pairs or paths", set)
		}
	}
	if got := pairsOf(t, text, 0, "seed=2"); reflect.DeepEqual(got, base) {
		t.Error("another seed draws the same")
	}
	if got := pairsOf(t, text, 0, "flow.f.protocol=tcp"); len(got) != len(base) || strings.Fields(got[0])[1] != strings.Fields(base[0])[1] {
		t.Errorf("tcp is between %v, mptcp between %v", got[0], base[0])
	}
}

// Senders of [0, 0.25] and of [0.25, 1] are all hosts, each once.
func TestSendersComplementEachOther(t *testing.T) {
	text := tree + `[[flow]]
name = "few"
traffic = { kind = "random", hosts = "h*", senders = [0, 0.25] }
[[flow]]
name = "many"
traffic = { kind = "stride", hosts = "h*", senders = [0.25, 1] }
`
	few, many := pairsOf(t, text, 0), pairsOf(t, text, 1)
	if len(few) != 4 || len(many) != 12 {
		t.Errorf("%d and %d pairs, want 4 and 12", len(few), len(many))
	}
	seen := make(map[string]bool)
	for _, p := range append(few, many...) {
		from := strings.Fields(p)[0]
		if seen[from] {
			t.Errorf("%s sends twice", from)
		}
		seen[from] = true
	}
}

// The hosts of a BCube forward: between hosts whose numbers differ in two digits there are two paths,
// over another host each.
func TestForwarding(t *testing.T) {
	text := `duration = "10s"
[topology]
kind = "bcube"
ports = 4
levels = 2
[[flow]]
name = "f"
path_choice = "all"
traffic = { kind = "stride", hosts = "h*", stride = 5 }
`
	if got := pairsOf(t, text, 0); strings.Count(got[0], "[{") != 2 {
		t.Errorf("paths %v, want two", got[0])
	}
	if _, err := Parse("x.toml", []byte("forwarding = false\n"+text), nil); err == nil || !strings.Contains(err.Error(), "no path leads from h0 to h5") {
		t.Errorf("without forwarding: %v, want no path", err)
	}
}

// Two paths over the same links have names of their own.
func TestEqualPaths(t *testing.T) {
	text := strings.Replace(ten, "[[flow]]", "[[flow]]\npaths = [[\"a\"], [\"a\"]]\npath_manager = { kind = \"fullmesh\", backup = [\"a#2\"] }", 1)
	if got := pairsOf(t, text, 0); strings.Count(got[0], "[{") != 2 {
		t.Errorf("paths %v, want two", got)
	}
}

func TestBadTraffic(t *testing.T) {
	for _, tt := range []struct{ flow, want string }{
		{`traffic = "permutation"`, "want a table such as"},
		{`traffic = { kind = "permutatoin", hosts = "h*" }`, `did you mean "permutation"`},
		{`traffic = { kind = "permutation" }`, "flow[0].traffic.hosts: missing"},
		{`traffic = { kind = "permutation", hosts = "x*" }`, `0 nodes match "x*"`},
		{`traffic = { kind = "permutation", hosts = "[" }`, `"[" is no pattern`},
		{`traffic = { kind = "permutation", hosts = "h*", senders = [0.5, 0.5] }`, "the smaller first"},
		{`traffic = { kind = "stride", hosts = "h*", stride = 16 }`, "stride = 16 with 16 hosts"},
		{`traffic = { kind = "stride", hosts = "h*", strid = 1 }`, "strid"},
		{`traffic = { kind = "file", hosts = "h*" }`, "file is missing"},
		{"traffic = { kind = \"permutation\", hosts = \"h*\" }\nfrom = \"h1\"", "between many hosts: leave it out"},
		{"traffic = { kind = \"permutation\", hosts = \"h*\" }\nclient = \"h1\"", "want one of from, to"},
		{"traffic = { kind = \"all-to-all\", hosts = \"h*\" }\ncount = 1000", "1000 connections of 240 pairs are too many"},
		{"traffic = { kind = \"permutation\", hosts = \"h*\" }\npath_manager = { kind = \"fullmesh\", backup = [\"x\"] }", `there is no path "x"`},
		{"from = \"h0\"\nto = \"h1\"\npath_choice = { kind = \"random\", paths = 65 }", "paths = 65: want 1 to 64"},
		{"from = \"h0\"\nto = \"h1\"\npaths = [[\"h0\", \"h1\"]]\npath_choice = \"ecmp\"", "either paths or path_choice"},
	} {
		_, err := Parse("x.toml", []byte(tree+"[[flow]]\nname = \"f\"\n"+tt.flow), nil)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", tt.flow, err, tt.want)
		}
	}
}

// A part of few hosts may be none of them: that is no traffic.
func TestSendersOfNobody(t *testing.T) {
	for _, kind := range topology.Matrices.Names() {
		text := fmt.Sprintf(`duration = "1s"
[[link]]
name = "l"
between = ["h0", "h1"]
rate = "1Mbps"
[[flow]]
name = "f"
traffic = { kind = %q, hosts = "*", senders = [0, 0.2] }
`, kind)
		if _, err := Parse("x.toml", []byte(text), nil); err == nil || !strings.Contains(err.Error(), "x.toml:8: flow[0].traffic") {
			t.Errorf("%s: %v", kind, err)
		}
	}
}
