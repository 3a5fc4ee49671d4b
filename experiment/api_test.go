package experiment

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"mpsim/experiment/record"
	"mpsim/scenarios"
)

// called runs a download over wifi and lte with these calls.
func called(t *testing.T, calls string) *record.Result {
	t.Helper()
	s, err := scenarios.Parse("api.toml", []byte(`duration = "4s"
[topology]
kind = "two-path"
names = ["wifi", "lte"]
rate = "5Mbps"
delay = "10ms"
[[flow]]
name = "f"
from = "server"
to = "client"
client = "client"
`+calls), nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := Run(context.Background(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// row says a call in one line.
func row(x record.Call) string {
	return strings.TrimSpace(fmt.Sprintf("%gs %s %s #%d %s %g %s %s", x.T, x.End, x.Call, x.Subflow, x.What, x.Value, x.Text, x.Error))
}

// What the calls return is in the result, and failures are counted.
func TestCalls(t *testing.T) {
	res := called(t, `path_manager = "none"
[[api]]
flow = "f"
at = "0s"
call = "enable"
[[api]]
flow = "f"
at = "1s"
call = "enable"
[[api]]
flow = "f"
at = "1s"
call = "open"
path = "lte"
backup = true
[[api]]
flow = "f"
on = "subflow-up"
at = "100ms"
call = "backup"
subflow = 1
backup = false
[[api]]
flow = "f"
at = "2s"
call = "close"
subflow = 0
[[api]]
flow = "f"
at = "3s"
call = "subflows"
[[api]]
flow = "f"
at = "3s"
end = "server"
call = "close"
subflow = 7
[[expect]]
metric = "api-failures"
flow = "f"
min = 2
max = 2
`)
	var got []string
	for _, x := range res.Calls {
		if x.What == "pair" {
			x.Text = "" // the ports are drawn at random
		}
		x.T = float64(int(x.T*10)) / 10
		got = append(got, row(x))
	}
	want := []string{
		"0s client enable #-1 multipath 0  the connection is not established yet (RFC 6897, section 5.3.1)",
		"1s client enable #-1 multipath 1",
		"1s client open #1  0",
		"1.1s client backup #1  0",
		"2s client close #0  0",
		"3s client subflows #-1 subflows 1",
		"3s client subflows #-1 pair 0",
		"3s server close #7  0  there is no subflow 7",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, e := range res.Failed() {
		t.Errorf("%s: got %v", e.Text, e.Value)
	}
	files, err := record.Files(res)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Name == "api.csv" {
			if lines := strings.Count(string(f.Data), "\n"); lines != 1+len(want) {
				t.Errorf("api.csv has %d lines\n%s", lines, f.Data)
			}
			return
		}
	}
	t.Error("there is no api.csv")
}

// A call can be repeated, so that what it returns makes a curve.
func TestCallsEvery(t *testing.T) {
	res := called(t, `[[api]]
flow = "f"
end = "server"
on = "established"
every = "100ms"
call = "info"
subflow = 0
`)
	var acked []float64
	for _, x := range res.Calls {
		if x.Error != "" {
			t.Errorf("at %gs: %s", x.T, x.Error)
		}
		if x.What == "acked" {
			acked = append(acked, x.Value)
		}
	}
	if n := len(acked); n < 38 || n > 40 || acked[n-1] < 1e6 {
		t.Errorf("%d values, the last %v", n, acked[max(0, n-1):])
	}
	for i := 1; i < len(acked); i++ {
		if acked[i] < acked[i-1] {
			t.Errorf("acknowledged bytes go back from %g to %g", acked[i-1], acked[i])
		}
	}
}

// An application that binds to one address, and one that wants no MPTCP, get what
// they ask for (RFC 6897, section 5.3.2).
func TestCallsBeforeConnect(t *testing.T) {
	for _, tt := range []struct {
		name, calls string
		multipath   float64
		used        string
	}{
		{"nothing asked", "", 1, "wifi lte"},
		{"bound to lte", "[[api]]\nflow = \"f\"\non = \"connect\"\ncall = \"add\"\naddr = [\"lte\"]\n", 1, "lte"},
		{"no wifi", "[[api]]\nflow = \"f\"\non = \"connect\"\ncall = \"remove\"\naddr = [\"wifi\"]\n", 1, "lte"},
		{"no MPTCP", "[[api]]\nflow = \"f\"\non = \"connect\"\ncall = \"enable\"\nenable = false\n", 0, "wifi"},
		{"wifi removed at 2 s", "[[api]]\nflow = \"f\"\nat = \"2s\"\ncall = \"remove\"\naddr = [\"wifi\"]\n", 1, "wifi lte"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := called(t, tt.calls+"[[api]]\nflow = \"f\"\non = \"connected\"\ncall = \"enable\"\n")
			last := res.Calls[len(res.Calls)-1]
			for _, x := range res.Calls {
				if x.What == "multipath" {
					last = x
				}
			}
			if last.Value != tt.multipath || last.Error != "" {
				t.Errorf("MPTCP: %v %s, want %v", last.Value, last.Error, tt.multipath)
			}
			var used []string
			for _, s := range res.Flows[0].Subflows {
				used = append(used, s.Name)
			}
			if got := strings.Join(used, " "); got != tt.used {
				t.Errorf("subflows on %q, want %q", got, tt.used)
			}
			if n := res.Flows[0].CallFailures; n > 0 {
				t.Errorf("%d calls failed", n)
			}
		})
	}
}
