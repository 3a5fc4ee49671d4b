package language

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"mpsim/mptcp/tcp"
)

// ten is a scenario as short as can be.
//
//go:embed testdata/ten.toml
var ten string

// box begins a middlebox of the link of ten.
const box = "[[link.middlebox]]\n"

// onLink begins an event of the link of ten.
const onLink = "[[event]]\nat = \"1s\"\nlink = \"a\"\n"

// ring has two routers between c and s.
const ring = `
[[link]]
name = "x"
between = ["c", "q"]
rate = "8Mbps"
[[link]]
name = "y"
between = ["q", "r"]
rate = "8Mbps"
[[link]]
name = "z"
between = ["r", "s"]
rate = "8Mbps"
`

// missing is an Opener without any files.
func missing(name string) ([]byte, error) { return nil, fs.ErrNotExist }

func parse(text string, set ...string) (*Scenario, error) {
	return Parse("x.toml", []byte(text), missing, set...)
}

func TestTenLines(t *testing.T) {
	s, err := parse(ten)
	if err != nil {
		t.Fatal(err)
	}
	f := s.Flows[0]
	parts := []string{f.Protocol, f.CC.Kind, f.Scheduler.Kind, f.PathManager.Kind, f.Workload.Kind}
	got := fmt.Sprint(s.Name, s.Seed, parts, f.Client, len(f.Routes), len(s.Figures))
	parts = []string{"mptcp", "lia", "minrtt", "fullmesh", "bulk"}
	if want := fmt.Sprint("x", 1, parts, "c", 1, len(defaultFigures)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Each of the problems is reported with its place, what was read and what is
// allowed.
func TestProblems(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"empty", " \n", []string{"x.toml: the file is empty"}},
		{"only a comment", "# nothing",
			[]string{"duration: missing", "there is no link", "there is no flow"}},
		{"syntax", "duration = \"1s\"\nx = = 1", []string{"x.toml:2: not TOML"}},
		{"not text", "\x00\xff\xfe", []string{"not TOML"}},
		{"several at once", strings.Replace(ten, `to = "s"`, "to = \"t\"\ncolour = 1\nstrat = \"1s\"", 1),
			[]string{
				`x.toml:9: flow[0].to: there is no node "t"; want one of c, s`,
				`x.toml:10: flow[0].colour: unknown key "colour"; want one of name, from,`,
				`x.toml:11: flow[0].strat: unknown key "strat"; did you mean "start"?`,
			}},
		{"top-level key", "durration = \"1s\"\n" + ten,
			[]string{`x.toml:1: durration: unknown key "durration"; did you mean "duration"?`}},
		{"unit", with("8Mbps", "8ms"),
			[]string{`x.toml:5: link[0].rate: "8ms": unknown unit "ms"; want a rate such as "8Mbps"`}},
		{"no unit", with(`"8Mbps"`, "8"),
			[]string{`x.toml:5: link[0].rate: got 8 (an integer); want a rate`}},
		{"negative", with("8Mbps", "-8Mbps"), []string{`"-8Mbps" is negative`}},
		{"negative time", with("10s", "-10s"), []string{`x.toml:1: duration: "-10s" is negative`}},
		{"no duration", with(`duration = "10s"`, ""), []string{"duration: missing: the run would never end"}},
		{"zero duration", with("10s", "0s"), []string{"duration: want more than 0s"}},
		{"long duration", with("10s", "9999999s"), []string{"duration: 2777h46m39s is too long"}},
		{"never ends", with("8Mbps", "4000Gbps", "10s", "900000s"), []string{"would never end"}},
		{"warm-up", "warmup = \"10s\"\n" + ten,
			[]string{"x.toml:1: warmup: 10s is not less than the duration"}},
		{"seed", "seed = -1\n" + ten, []string{"seed: got -1 (an integer); want an integer from 0"}},
		{"bad name", "name = \"../x\"\n" + ten, []string{`name: "../x" is no name for a directory`}},
		{"controller", ten + `cc = "oila"`,
			[]string{`x.toml:10: flow[0].cc: unknown congestion controller "oila"; `}},
		{"parameter", ten + `cc = { kind = "reno", beta = 1 }`,
			[]string{`x.toml:10: flow[0].cc.beta: unknown key "beta"; there are no`}},
		{"kind", ten + `cc = { beta = 1 }`, []string{"the congestion controller has no kind; want one of"}},
		{"scheduler", ten + `scheduler = "minrt"`,
			[]string{`unknown scheduler "minrt"; did you mean "minrtt"?`}},
		{"protocol", ten + `protocol = "quic"`, []string{`unknown protocol "quic"; want one of mptcp, tcp`}},
		{"profiles", ten + "mptcp = { profile = \"bis97\" }\nserver = { mptcp = { profile = \"v1\" } }",
			[]string{"x.toml:11: flow[0].server.mptcp.profile: v1 meets bis97 of the client"}},
		{"profiles of the client",
			ten + "mptcp = { profile = \"v1\" }\nserver = { mptcp = { profile = \"bis97\" } }",
			[]string{"flow[0].server.mptcp.profile: bis97 meets v1 of the client"}},
		{"unknown link", ten + `paths = [["a"], ["b"]]`,
			[]string{`x.toml:10: flow[0].paths[1]: there is no link "b"; want one of a`}},
		{"empty path", ten + `paths = [[]]`, []string{"paths[0]: the path is empty"}},
		{"no paths", ten + `paths = []`, []string{"flow[0].paths: there are none"}},
		{"cycle", ten + `paths = [["x", "y", "y", "z"]]` + "\n" + ring,
			[]string{`the path is a cycle: link "y" leads back to q`}},
		{"no way", ten + "[[link]]\nname = \"b\"\nbetween = [\"d\", \"e\"]\nrate = \"1Mbps\"\n" +
			"[[flow]]\nname = \"g\"\nfrom = \"c\"\nto = \"e\"",
			[]string{"flow[1]: no path leads from c to e"}},
		{"tcp with two paths", ten + "protocol = \"tcp\"\npaths = [[\"a\"], [\"a\"]]",
			[]string{"got 2 paths; tcp uses one"}},
		{"itself", with(`to = "s"`, `to = "c"`), []string{`the flow goes from "c" to itself`}},
		{"loop link", with(`"c", "s"`, `"c", "c"`),
			[]string{`x.toml:4: link[0].between: the link joins "c" to itself`}},
		{"twice", ten + "[[flow]]\nname = \"f\"\nfrom = \"c\"\nto = \"s\"",
			[]string{`x.toml:11: flow[1].name: "f" is the name of flow[0] too`}},
		{"file", with(`"8Mbps"`, `{ trace = "no.trace" }`),
			[]string{`x.toml:5: link[0].rate: trace: there is no file "no.trace"`}},
		{"one direction", with(`"8Mbps"`, `{ up = "8Mbps" }`),
			[]string{"x.toml:5: link[0].rate: is given in one direction"}},
		{"directions", with(`"8Mbps"`, `{ up = "8Mbps", don = "1Mbps" }`),
			[]string{`x.toml:5: link[0].rate.don: unknown key "don"; did you mean "down"?`}},
		{"path", ten + `path_manager = { kind = "api", script = [{ do = "open", path = "b" }] }`,
			[]string{
				`x.toml:10: flow[0].path_manager.script[0].path: there is no path "b"; want one of a`,
			}},
		{"backup path", ten + `path_manager = { kind = "fullmesh", backup = ["b"] }`,
			[]string{`x.toml:10: flow[0].path_manager.backup[0]: there is no path "b"; want one of a`}},
		{"endpoint", ten + `path_manager = { kind = "linux", endpoints = [{ link = "b" }] }`,
			[]string{
				`x.toml:10: flow[0].path_manager.endpoints[0].link: there is no link of an address "b"`,
			}},
		{"path of the server", ten + "server = { path_manager = { kind = \"fullmesh\", backup = [\"b\"] } }",
			[]string{`x.toml:10: flow[0].server.path_manager.backup[0]: there is no path "b"`}},
		{"flag", ten + `path_manager = { kind = "linux", endpoints = [{ link = "a", flags = ["signl"] }] }`,
			[]string{
				`x.toml:10: flow[0].path_manager.endpoints[0].flags[0]: unknown flag "signl"; did you mean "signal"?`,
			}},
		{"call of a script", ten + `path_manager = { kind = "api", script = [{ do = "opn", path = "a" }] }`,
			[]string{`script[0].do: unknown call "opn"; did you mean "open"?`}},
		{"step", ten + `path_manager = { kind = "api", script = [{ do = "open" }] }`,
			[]string{
				"x.toml:10: flow[0].path_manager: api: script[0]: open wants path, and neither subflow nor addr",
			}},
		{"middlebox", ten + box + "kind = \"nt\"",
			[]string{`x.toml:11: link[0].middlebox[0].kind: unknown middlebox "nt"; did you mean "nat"?`}},
		{"middlebox without a kind", ten + box,
			[]string{"x.toml:10: link[0].middlebox[0]: the middlebox has no kind; want one of ack-unseen"}},
		{"parameter of a middlebox", ten + box + "kind = \"nat\"\non_expire = \"reset\"",
			[]string{`x.toml:10: link[0].middlebox[0]: nat: unknown on_expire "reset"; want one of drop, rst`}},
		{"key of a middlebox", ten + box + "kind = \"split\"\nms = 5",
			[]string{`x.toml:12: link[0].middlebox[0].ms: unknown key "ms"; did you mean "mss"?`}},
		{"option", ten + box + "kind = \"strip-option\"\noptions = [\"mpjoin\"]",
			[]string{`x.toml:10: link[0].middlebox[0]: strip-option: options: unknown option "mpjoin"`}},
		{"direction of a middlebox", ten + box + "kind = \"split\"\ndirection = \"left\"",
			[]string{`x.toml:12: link[0].middlebox[0].direction: unknown direction "left"; want one of up, down, both`}},
		{"inside of both ends", ten + box + "kind = \"firewall\"\ndirection = \"both\"",
			[]string{
				`x.toml:12: link[0].middlebox[0].direction: "both": the box has an inside and an outside`,
			}},
		{"packets", ten + box + "kind = \"split\"\n\nwhen = { packets = [\"sin\"] }",
			[]string{
				`x.toml:13: link[0].middlebox[0].when: packets: unknown kind of packet "sin"; did you mean "syn"?`,
			}},
		{"packets of a whole", ten + box + "kind = \"nat\"\nwhen = { packets = [\"syn\"] }",
			[]string{
				"x.toml:12: link[0].middlebox[0].when: packets and after_bytes: the box needs all packets",
			}},
		{"probability", ten + box + "kind = \"split\"\nwhen = { probability = 0 }",
			[]string{`x.toml:12: link[0].middlebox[0].when: probability 0: want more than 0, and at most 1`}},
		{"span of time", ten + box + "kind = \"split\"\nwhen = { after = \"5s\", until = \"4s\" }",
			[]string{`x.toml:12: link[0].middlebox[0].when: until 4s: want more than after, which is 5s`}},
		{"condition", ten + box + "kind = \"split\"\nwhen = { prob = 0.5 }",
			[]string{`x.toml:12: link[0].middlebox[0].when.prob: unknown key "prob"; want one of packets`}},
		{"count", ten + "count = -1", []string{"flow[0].count: got -1; want 0 to 64512"}},
		{"ports", ten + "count = 64512\n[[flow]]\nname = \"g\"\nfrom = \"c\"\nto = \"s\"",
			[]string{"x.toml:11: flow[1].count: 64513 connections in all: there are ports for 64512"}},
		{"endless workload", ten + "count = 99\nworkload = { kind = \"onoff\", on = \"1ns\", off = \"0s\" }",
			[]string{"x.toml:11: flow[0].workload: it acts", "would never end"}},
		{"start", ten + `start = "10s"`, []string{"the last connection would open at 10s, after the end"}},
		{"stop", ten + "start = \"5s\"\nstop = \"5s\"", []string{"flow[0].stop: 5s is not after the start"}},
		{"tcp", ten + "tcp = { mtu = 20 }",
			[]string{"x.toml:10: flow[0].tcp: mtu 20: want 200 to 65535 bytes"}},
		{"ecn", ten + "tcp = { ecn = \"l4s\" }",
			[]string{`x.toml:10: flow[0].tcp.ecn: unknown ecn "l4s"; want one of off, classic, dctcp`}},
		{"ecn of no table", ten + "cc = \"dctcp\"\ntcp = 3",
			[]string{"x.toml:11: flow[0].tcp: got 3 (an integer); want a table"}},
		{"gain of DCTCP", ten + "cc = { kind = \"dctcp\", g = 1 }",
			[]string{"x.toml:10: flow[0].cc: dctcp: g 1: want between 0 and 1"}},
		{"tcp key", ten + "tcp = { mtuu = 20 }",
			[]string{`x.toml:10: flow[0].tcp.mtuu: unknown key "mtuu"; did you mean "mtu"?`}},
		{"defaults", "[defaults.flow]\ncc = \"x\"\n[defaults.lnk]\n" + "[d]\n",
			[]string{`x.toml:3: defaults.lnk: unknown key "lnk"; did you mean "link"?`}},
		{"event", ten + "[[event]]\nat = \"1s\"\nlink = \"a\"",
			[]string{"x.toml:10: event[0]: nothing changes"}},
		{"event time", ten + "[[event]]\nat = \"11s\"\nlink = \"a\"\nup = false",
			[]string{"x.toml:11: event[0].at: 11s is after the end"}},
		{"up and silent", ten + "[[event]]\nat = \"1s\"\nlink = \"a\"\nup = false\nsilent = true",
			[]string{"x.toml:14: event[0].silent: with up in the same table; want one of them"}},
		{"silent flow", ten + "[[event]]\nat = \"1s\"\nflow = \"f\"\nbackup = true\nsilent = true",
			[]string{"event[0].silent: belongs to a link"}},
		{"link that stands still", with("8Mbps", "0bps"),
			[]string{
				"x.toml:5: link[0].rate: nothing would ever leave; want more than 0bps, which is for events",
			}},
		{"direction that stands still", with(`"8Mbps"`, `{ up = "8Mbps", down = "0bps" }`),
			[]string{"x.toml:5: link[0].rate.down: nothing would ever leave"}},
		{"limit of nothing", ten + onLink + `limit = { up = "5pkt", down = "0pkt" }`,
			[]string{"x.toml:13: event[0].limit.down: 0pkt lets nothing wait; want more than 0"}},
		{"limit of no amount", ten + onLink + "limit = 5",
			[]string{"x.toml:13: event[0].limit: got 5 (an integer); want an amount such as"}},
		{"limit below a packet", ten + onLink + `limit = "1400B"`,
			[]string{
				"x.toml:13: event[0].limit: packets of 1500B of flow f do not fit in, even when it is empty",
			}},
		{"limit of a flow", ten + "[[event]]\nat = \"1s\"\nflow = \"f\"\nbackup = true\nlimit = \"5pkt\"",
			[]string{"x.toml:14: event[0].limit: belongs to a link, not to a flow"}},
		{"silent text", ten + "[[event]]\nat = \"1s\"\nlink = \"a\"\nsilent = \"yes\"",
			[]string{"x.toml:13: event[0].silent: got"}},
		{"link that begins in two ways",
			strings.Replace(ten, "rate = \"8Mbps\"", "rate = \"8Mbps\"\nup = false\nsilent = true", 1),
			[]string{"link[0].silent: with up in the same table"}},
		{"event of nothing", ten + "[[event]]\nat = \"1s\"\nup = false",
			[]string{"want either a link or a flow"}},
		{"event of an unknown link", ten + "[[event]]\nat = \"1s\"\nlink = \"wifi\"\nup = false",
			[]string{`there is no link "wifi"; want one of a`}},
		{"figure", ten + "[[figure]]\nkind = \"cwmd\"",
			[]string{`figure[0].kind: unknown figure "cwmd"; did you mean "cwnd"?`}},
		{"figure width", ten + "[[figure]]\nkind = \"cwnd\"\nwidth = -1",
			[]string{"got -1; want 1.5 to 30 inches"}},
		{"metric", ten + "[[expect]]\nmetric = \"godput\"\nflow = \"f\"\nmin = \"1Mbps\"",
			[]string{`did you mean "goodput"?`}},
		{"bound", ten + "[[expect]]\nmetric = \"goodput\"\nflow = \"f\"\nmin = 1",
			[]string{"x.toml:13: expect[0].min: got 1 (an integer); want a rate"}},
		{"no bound", ten + "[[expect]]\nmetric = \"goodput\"\nflow = \"f\"",
			[]string{"want min, max or both"}},
		{"topology", "duration = \"1s\"\n[topology]\nkind = \"two-paths\"",
			[]string{`x.toml:3: topology.kind: unknown topology "two-paths"; did you mean "two-path"?`}},
		{"topology size", "duration = \"1s\"\n[topology]\nkind = \"two-path\"\npaths = -1",
			[]string{"x.toml:2: topology: paths = -1: want 1"}},
		{"topology value", "duration = \"1s\"\n[topology]\nkind = \"two-path\"\nrate = \"8\"",
			[]string{`x.toml:4: topology.rate: "8": no unit`}},
		{"types", "duration = 1\nlink = 3\nflow = \"x\"\nevent = [1]\nfigure = [2]\nexpect = {}", []string{
			"x.toml:1: duration: got 1", "x.toml:2: link: got 3", "x.toml:3: flow: got \"x\"",
			"x.toml:4: event[0]: got 1", "x.toml:5: figure[0]: got 2", "x.toml:6: expect: got a table",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parse(tt.text)
			var ps Problems
			if len(tt.want) > 0 && !errors.As(err, &ps) {
				t.Fatalf("error %v, want problems", err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is missing in\n%v", want, err)
				}
			}
		})
	}
}

// with returns ten with some text replaced.
func with(oldnew ...string) string { return strings.NewReplacer(oldnew...).Replace(ten) }

// A mistake in the defaults is reported once, where it is.
func TestInheritedProblem(t *testing.T) {
	text := ten + "[[link]]\nname = \"b\"\nbetween = [\"c\", \"s\"]\nrate = \"1Mbps\"\n" +
		"[defaults.link]\ndelay = \"1Mbps\"\ncolour = 1"
	_, err := parse(text)
	want := `x.toml:15: defaults.link.delay: "1Mbps": unknown unit "Mbps"; ` +
		`want a time such as "25ms" or "30s" in ns, us, ms, s, m or h` + "\n" +
		`x.toml:16: defaults.link.colour: unknown key "colour"; ` +
		"want one of name, between, rate, delay, queue, loss, up, silent, class, weight, middlebox"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestGarbage(t *testing.T) {
	for _, b := range [][]byte{
		bytes.Repeat([]byte("x"), 10<<20),
		bytes.Repeat([]byte("["), MaxSize),
		append([]byte("a = "), bytes.Repeat([]byte("["), MaxSize-4)...),
		append([]byte("a = "), bytes.Repeat([]byte("{a="), MaxSize/3-4)...),
	} {
		if _, err := parse(string(b)); err == nil || len(err.Error()) > 300 {
			t.Errorf("%.5s...: error %.400v", b, err)
		}
	}
}

func TestSet(t *testing.T) {
	for _, tt := range []struct {
		set  string
		get  func(*Scenario) any
		want any
	}{
		{"seed=7", func(s *Scenario) any { return s.Seed }, uint64(7)},
		{"name=\"y\"", func(s *Scenario) any { return s.Name }, "y"},
		{"flow.f.cc=olia", func(s *Scenario) any { return s.Flows[0].CC.Kind }, "olia"},
		{`flow.f.cc="reno"`, func(s *Scenario) any { return s.Flows[0].CC.Kind }, "reno"},
		{"flow[0].protocol=tcp", func(s *Scenario) any { return s.Flows[0].Protocol }, "tcp"},
		{"flow.0.count=3", func(s *Scenario) any { return s.Flows[0].Count }, 3},
		{"flow.f.tcp.mtu=9000", func(s *Scenario) any { return s.Flows[0].TCP.MTU }, 9000},
		{"defaults.flow.tcp.mtu=9000", func(s *Scenario) any { return s.Flows[0].TCP.MTU }, 9000},
		{"topology.kind=two-path", func(s *Scenario) any { return len(s.Links) }, 3},
	} {
		set := []string{tt.set}
		if strings.HasPrefix(tt.set, "topology") {
			set = append(set, "topology.rate=1Mbps", "link.path2.rate=2Mbps")
		}
		s, err := parse(ten, set...)
		if err != nil {
			t.Errorf("%s: %v", tt.set, err)
		} else if got := tt.get(s); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.set, got, tt.want)
		}
	}
	for set, want := range map[string]string{
		"seed":          "--set seed: want path.to.key=value",
		"a..b=1":        `--set a..b=1: there is an empty name in "a..b"`,
		"flow.g.cc=x":   `--set flow.g.cc=x: flow has no element "g"; want one of f`,
		"flow.f.cc=x":   `--set flow.f.cc=x: flow[0].cc: unknown congestion controller "x"`,
		"duration.x=1":  `--set duration.x=1: duration is "10s": there is nothing in it to set`,
		"flow.f.colr=1": `--set flow.f.colr=1: flow[0].colr: unknown key`,
		// What a table lacks that an option has made is a problem with the option.
		"vary.a.v=1":    `--set vary.a.v=1: vary.a.draw: got nothing; want how many values to draw`,
		"vary.a.v.to=1": `--set vary.a.v.to=1: vary.a.draw: got nothing; want how many values to draw`,
		"vary.a.draw=1": `--set vary.a.draw=1: vary.a: nothing to draw`,
	} {
		if _, err := parse(ten, set); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", set, err, want)
		}
	}
}

// A name with points is found in a path, with quotes and without them: the longest one that is there.
func TestSetPoints(t *testing.T) {
	text := strings.Replace(ten, "name = \"f\"", "name = \"f-0.01\"", 1)
	second := "\n[[flow]]\nname = %q\nfrom = \"s\"\nto = \"c\"\n"
	text += fmt.Sprintf(second, "f-0") + fmt.Sprintf(second, "f-0.01.second")
	for set, want := range map[string]int{
		"flow.f-0.01.cc=olia":                   0,
		`flow."f-0.01".cc=olia`:                 0,
		`flow.'f-0.01'.cc=olia`:                 0,
		`flow["f-0.01"].cc=olia`:                0,
		"flow.f-0.cc=olia":                      1,
		"flow.f-0.01.second.cc=olia":            2,
		`flow.f-0.01.second.cc={kind = "olia"}`: 2,
		`"flow"[2]."cc"=olia`:                   2,
	} {
		s, err := parse(text, set)
		if err != nil {
			t.Errorf("%s: %v", set, err)
			continue
		}
		for i := range s.Flows {
			if got := s.Flows[i].CC.Kind == "olia"; got != (i == want) {
				t.Errorf("%s: flow %d has %s", set, i, s.Flows[i].CC.Kind)
			}
		}
	}
	for set, want := range map[string]string{
		"flow.f-1.01.cc=olia":  `--set flow.f-1.01.cc=olia: flow has no element "f-1.01"; did you mean "f-0.01"?`,
		`flow."f-0.01.cc=olia`: `--set flow."f-0.01.cc=olia: a quote is not closed in "flow.\"f-0.01.cc"`,
		`flow."f-0.01"cc=olia`: `--set flow."f-0.01"cc=olia: want a point before "cc" in "flow.\"f-0.01\"cc"`,
		`flow."".cc=olia`:      `there is an empty name`,
		"flow.f-0.01.=olia":    `there is an empty name`,
		"flow[0]..cc=olia":     `there is an empty name`,
	} {
		if _, err := parse(text, set); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", set, err, want)
		}
	}
}

// A flow whose controller is DCTCP has the exact echo of marks at both ends, unless it
// chooses otherwise; others, even with the same defaults, have none.
func TestECN(t *testing.T) {
	two := ten + "[[flow]]\nname = \"g\"\nfrom = \"c\"\nto = \"s\"\ncc = \"lia\"\n"
	for _, tt := range []struct {
		name, text string
		set        []string
		want       [2]tcp.ECN // of the flows, at both ends
	}{
		{"others", two, nil, [2]tcp.ECN{}},
		{"by name", two, []string{"flow.f.cc=dctcp"}, [2]tcp.ECN{tcp.ECNDCTCP}},
		{"with parameters", two,
			[]string{"flow.f.cc={kind=\"dctcp\", g=0.1}", "flow.f.tcp.sack=false"}, [2]tcp.ECN{tcp.ECNDCTCP}},
		{"chosen", two, []string{"flow.f.cc=dctcp", "flow.f.tcp.ecn=classic"}, [2]tcp.ECN{tcp.ECNClassic}},
		{"TCP", two, []string{"flow.f.protocol=tcp", "flow.f.cc=dctcp"}, [2]tcp.ECN{tcp.ECNDCTCP}},
		{"common defaults", two + "[defaults.flow.tcp]\nsack = false\n",
			[]string{"flow.f.cc=dctcp"}, [2]tcp.ECN{tcp.ECNDCTCP}},
		{"chosen for all", two + "[defaults.flow.tcp]\necn = \"off\"\n",
			[]string{"flow.f.cc=dctcp"}, [2]tcp.ECN{}},
	} {
		s, err := parse(tt.text, tt.set...)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		for i, f := range s.Flows {
			if f.TCP.ECN != tt.want[i] || f.Server.TCP.ECN != tt.want[i] {
				got := [2]tcp.ECN{f.TCP.ECN, f.Server.TCP.ECN}
				t.Errorf("%s: flow %s has ecn %v, want %v at both ends", tt.name, f.Name, got, tt.want[i])
			}
		}
	}
}

func TestClient(t *testing.T) {
	s, err := parse(ten + "client = \"to\"")
	if err != nil {
		t.Fatal(err)
	}
	if f := s.Flows[0]; f.Client != "s" || !f.Routes[0][0].Down {
		t.Errorf("client %s with routes %v, want s and the link downwards", f.Client, f.Routes)
	}
}

func TestLocate(t *testing.T) {
	lines := locate(`a = 1
[t.u] # comment [x]
"b c" = """
text
""" # 3
d.e = { f = [1, { g = 2 }],
  h = 3 }
[[x]]
k = [
  "[", # ]
  2,
]
[[x]]
[x.y]
z = '\'
[[x.v]]
w = 1
[[m.n]]
`)
	for path, want := range map[string]int{
		"a": 1, "t": 2, "m": 18, "m.n": 18, "m.n[0]": 18, "t.u": 2, "t.u.b c": 3, "t.u.d": 6,
		"t.u.d.e.f[1].g": 6, "t.u.d.e.h": 7, "x": 8, "x[0]": 8, "x[0].k": 9,
		"x[0].k[0]": 10, "x[0].k[1]": 11, "x[1]": 13, "x[1].y.z": 15, "x[1].v[0].w": 17,
	} {
		if lines[path] != want {
			t.Errorf("%s: line %d, want %d", path, lines[path], want)
		}
	}
}
