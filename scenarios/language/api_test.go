package language

import (
	"strings"
	"testing"
)

// Each mistake in an [[api]] is reported with its place and what is allowed.
func TestCallProblems(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"no time", `flow = "f"` + "\n" + `call = "abort"`, "api[0]: want at, a time such as \"2s\", or on"},
		{"late", `flow = "f"` + "\nat = \"11s\"\n" + `call = "abort"`, "x.toml:12: api[0].at: 11s is after the end of the run"},
		{"flow", `flow = "g"` + "\nat = \"1s\"\n" + `call = "abort"`, `x.toml:11: api[0].flow: there is no flow "g"; want one of f`},
		{"event", `flow = "f"` + "\non = \"etsablished\"\n" + `call = "abort"`, `x.toml:12: api[0].on: there is no "etsablished"; did you mean "established"?`},
		{"server connects", `flow = "f"` + "\non = \"connect\"\nend = \"server\"\n" + `call = "abort"`, "api[0].on: a server does not connect"},
		{"before the connection, again", `flow = "f"` + "\non = \"connect\"\nevery = \"1s\"\n" + `call = "abort"`, "want neither at nor every"},
		{"too often", `flow = "f"` + "\nat = \"1s\"\nevery = \"1us\"\n" + `call = "connid"`, "x.toml:13: api[0].every: 1µs: want a time of which 10s has at most 100000"},
		{"function", `flow = "f"` + "\nat = \"1s\"\n" + `call = "opn"`, `x.toml:13: api[0].call: there is no "opn"; did you mean "open"?`},
		{"no function", `flow = "f"` + "\nat = \"1s\"", "api[0].call: missing"},
		{"function of another type", `flow = "f"` + "\nat = \"1s\"\ncall = 1", "api[0].call: got 1 (an integer); want one of enable"},
		{"argument left out", `flow = "f"` + "\nat = \"1s\"\n" + `call = "close"`, "api[0].subflow: missing; close takes it"},
		{"argument too many", `flow = "f"` + "\nat = \"1s\"\n" + `call = "abort"` + "\nsubflow = 1", "x.toml:14: api[0].subflow: abort takes no subflow"},
		{"path", `flow = "f"` + "\nat = \"1s\"\n" + `call = "open"` + "\npath = \"b\"", `x.toml:14: api[0].path: there is no path "b"; want one of a`},
		{"address", `flow = "f"` + "\nat = \"1s\"\n" + `call = "add"` + "\naddr = [\"b\"]", `x.toml:14: api[0].addr[0]: there is no link of an address "b"`},
		{"end", `flow = "f"` + "\nat = \"1s\"\nend = \"both\"\n" + `call = "abort"`, `unknown end "both"; want one of client, server`},
		{"no table", `flow = "f"` + "\nat = \"1s\"\n" + `call = "abort"` + "\ncolour = 1", `unknown key "colour"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := parse(ten + "[[api]]\n" + tt.text); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got\n%v\nwant %s", err, tt.want)
			}
		})
	}
	tcp := strings.Replace(ten, `to = "s"`, "to = \"s\"\nprotocol = \"tcp\"", 1)
	if _, err := parse(tcp + "[[api]]\nflow = \"f\"\nat = \"1s\"\ncall = \"abort\""); err == nil || !strings.Contains(err.Error(), "is a tcp flow") {
		t.Errorf("a tcp flow: %v", err)
	}
	if _, err := parse("api = [1]\n" + ten); err == nil || !strings.Contains(err.Error(), "api[0]: got 1") {
		t.Errorf("a number: %v", err)
	}
}
