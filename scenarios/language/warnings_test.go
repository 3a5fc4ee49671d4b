package language

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// changing is a scenario with a warm-up, events and a call.
var changing = ten + `[[event]]
at = "2s"
link = "a"
rate = "4Mbps"
[[event]]
at = "8s"
link = "a"
rate = "8Mbps"
[[api]]
flow = "f"
at = "9s"
call = "subflows"
`

// warnings parses a text with options and returns what it warns of.
func warnings(t *testing.T, text string, set ...string) (s *Scenario, list []string) {
	t.Helper()
	s, err := parse(text, set...)
	if err != nil {
		t.Fatalf("%v: %v", set, err)
	}
	for _, w := range s.Warnings {
		list = append(list, w.String())
	}
	return s, list
}

// A shorter duration leaves behind what comes after it: the run goes without, and says so; the scenario as run can be
// read again, without a word.
func TestLeftBehind(t *testing.T) {
	s, got := warnings(t, changing, "duration=5s", "seed=2")
	want := []string{
		"x.toml:15: event[1].at: 8s is after the end of the run at 5s: it is ignored",
		"x.toml:20: api[0].at: 9s is after the end of the run at 5s: it is ignored",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if len(s.Events) != 1 || s.Events[0].At != 2*time.Second || len(s.Calls) != 0 {
		t.Errorf("events %v, calls %v", s.Events, s.Calls)
	}
	if _, got := warnings(t, string(s.Marshal())); len(got) != 0 {
		t.Errorf("as run it warns: %q", got)
	}
	s, got = warnings(t, "warmup = \"6s\"\n"+ten, "duration=5s")
	if want := "x.toml:1: warmup: 6s is not less than the duration of 5s: it is ignored"; len(got) != 1 || got[0] != want || s.Warmup != 0 {
		t.Errorf("warm-up of %v: got %q, want %q", s.Warmup, got, want)
	}
	if _, got := warnings(t, string(s.Marshal())); len(got) != 0 {
		t.Errorf("as run it warns: %q", got)
	}
	if _, got := warnings(t, changing); len(got) != 0 {
		t.Errorf("at its own duration it warns: %q", got)
	}
}

// A shorter duration leaves flows behind that start after it: they do not run. Of connections that open one after the
// other the first ones do. What is left can be read again, and is as it was at the longer duration.
func TestFlowsLeftBehind(t *testing.T) {
	late := ten + `start = "6s"` + "\n"
	for _, tt := range []struct {
		text, duration, want string
		count                int
	}{
		{late, "7s", "", 1},
		{late, "6s", `x.toml:10: flow[0].start: 6s is after the end of the run at 6s: flow f does not run`, 0},
		{late, "5s", `x.toml:10: flow[0].start: 6s is after the end of the run at 5s: flow f does not run`, 0},
		{late + "count = 3\nstagger = \"1s\"\n", "9s", "", 3}, // at 6, 7 and 8 s
		{late + "count = 3\nstagger = \"1s\"\n", "8s",
			`x.toml:11: flow[0].count: 1 of the 3 connections of flow f would open after the end of the run at 8s: they do not`, 2},
		{late + "count = 3\nstagger = \"1s\"\nspread = \"500ms\"\n", "8s",
			`x.toml:11: flow[0].count: 1 of the 3 connections of flow f would open after the end of the run at 8s: they do not`, 2},
		{late + "count = 3\nstagger = \"1s\"\nspread = \"1s\"\n", "8s",
			`x.toml:11: flow[0].count: 1 of the 3 connections of flow f would open after the end of the run at 8s: they do not` +
				"\n" + `x.toml:13: flow[0].spread: up to 1s later is after the end of the run at 8s: connections of flow f that would open then do not`, 2},
		{ten + "spread = \"6s\"\n", "5s",
			`x.toml:10: flow[0].spread: up to 6s later is after the end of the run at 5s: connections of flow f that would open then do not`, 1},
		{late + "count = 3\n", "2s", `x.toml:10: flow[0].start: 6s is after the end of the run at 2s: flow f does not run`, 0},
		{ten + "[defaults.flow]\nstart = \"6s\"\n", "5s",
			`x.toml:11: defaults.flow.start: 6s is after the end of the run at 5s: flow f does not run`, 0},
	} {
		s, got := warnings(t, tt.text, "duration="+tt.duration)
		if text := strings.Join(got, "\n"); text != tt.want || s.Flows[0].Count != tt.count {
			t.Errorf("%s in %s: %d connections, %q; want %d, %q", tt.text, tt.duration, s.Flows[0].Count, text, tt.count, tt.want)
		}
		again, got := warnings(t, string(s.Marshal()))
		if len(got) != strings.Count(tt.want, "spread:") || again.Flows[0].Count != tt.count { // which open is drawn there, too
			t.Errorf("as run it has %d connections and warns: %q", again.Flows[0].Count, got)
		}
	}
}

// What a file says itself, or an option, is refused.
func TestAfterTheEnd(t *testing.T) {
	for _, tt := range []struct {
		text string
		set  []string
		want string
	}{
		{strings.Replace(changing, "10s", "5s", 1), nil, "event[1].at: 8s is after the end of the run at 5s"},
		{"warmup = \"10s\"\n" + ten, nil, "warmup: 10s is not less than the duration"},
		{changing, []string{"event.0.at=11s"}, "--set event.0.at=11s: event[0].at: 11s is after the end"},
		{changing, []string{"duration=9s", "event.0.at=11s"}, "--set event.0.at=11s: event[0].at: 11s is after the end"},
		{ten + `start = "10s"`, nil, "flow[0].start: the last connection would open at 10s, after the end of the run at 10s"},
		{ten, []string{"duration=5s", "flow.f.start=6s"}, "--set flow.f.start=6s: flow[0].start: the last connection would open at 6s"},
		{ten + `start = "6s"`, []string{"duration=7s", "flow.f.count=3", "flow.f.stagger=1s"}, "flow[0].start: the last connection would open at 8s"},
		{ten, []string{"duration=5s", "warmup=5s"}, "--set warmup=5s: warmup: 5s is not less than"},
	} {
		if _, err := parse(tt.text, tt.set...); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: got %v, want %s", tt.set, err, tt.want)
		}
	}
}

// Who asks for marks, or lives on them, hears of it if nothing that the data crosses can mark.
func TestMarksOfNobody(t *testing.T) {
	const (
		none = "no queue that the data of flow f crosses can mark, so that DCTCP is driven by losses alone; "
		idle = "no queue that the data of flow f crosses can mark, so that ECN does nothing; "
	)
	for _, tt := range []struct {
		set  []string
		want string
	}{
		{[]string{"flow.f.cc=dctcp"}, "--set flow.f.cc=dctcp: flow[0].cc: " + none},
		{[]string{"flow.f.cc=dctcp", "flow.f.protocol=tcp"}, none},
		{[]string{"flow.f.tcp.ecn=classic"}, "flow[0].tcp.ecn: " + idle},
		{[]string{"flow.f.tcp.ecn=dctcp"}, "flow[0].tcp.ecn: " + idle},
		{[]string{"flow.f.cc=dctcp", `link.a.queue={kind="red"}`}, none},
		{[]string{"flow.f.cc=dctcp", `link.a.queue={up="100pkt", down={kind="ecn-threshold"}}`}, none}, // the ACKs' way
		{[]string{"flow.f.cc=dctcp", "flow.f.from=s", "flow.f.to=c", `link.a.queue={up="100pkt", down={kind="ecn-threshold"}}`}, ""},
		{[]string{"flow.f.cc=dctcp", "flow.f.client=to", `link.a.queue={up={kind="ecn-threshold"}, down="100pkt"}`}, ""},
		{[]string{"flow.f.cc=dctcp", "flow.f.client=to", `link.a.queue={up="100pkt", down={kind="ecn-threshold"}}`}, none},
		{[]string{"flow.f.cc=dctcp", "flow.f.workload=rpc", `link.a.queue={up="100pkt", down={kind="ecn-threshold"}}`}, ""},
		{[]string{"flow.f.cc=dctcp", "link.a.queue=ecn-threshold"}, ""},
		{[]string{"flow.f.cc=dctcp", `link.a.queue={kind="red", ecn=true}`}, ""},
		{[]string{"flow.f.cc=dctcp", "flow.f.tcp.ecn=off"}, ""},
		{nil, ""},
	} {
		_, got := warnings(t, ten, tt.set...)
		if text := strings.Join(got, "\n"); tt.want == "" && text != "" || !strings.Contains(text, tt.want) {
			t.Errorf("%v: got %q, want %q", tt.set, got, tt.want)
		}
	}
}

// Flows with DCTCP and others with ECN each have a warning of their own, at the first of them.
func TestMarksOfSomebody(t *testing.T) {
	text := ten
	for _, name := range []string{"g", "h"} {
		text += "[[flow]]\nname = \"" + name + "\"\nfrom = \"s\"\nto = \"c\"\n"
	}
	_, got := warnings(t, text, "flow.f.tcp.ecn=classic", "flow.g.cc=dctcp", "flow.h.cc=dctcp")
	slices.Sort(got)
	want := []string{"flow[0].tcp.ecn: no queue that the data of flow f crosses", "flow[1].cc: no queue that the data of flow g, h crosses"}
	if len(got) != 2 || !strings.Contains(got[0], want[0]) || !strings.Contains(got[1], want[1]) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
