package language

import (
	"slices"
	"strings"
	"testing"
)

// timed has a time of the run in every place that takes one, and times that are none.
const timed = `
name = "timed"
duration = "100s"
warmup = "10s"
[defaults.link]
delay = "10ms"
rate = { steps = [["0s", "8Mbps"], ["20s", "4Mbps"]], period = "50s" }
[[link]]
name = "a"
between = ["c", "s"]
queue = { kind = "codel", target = "7ms" }
middlebox = [{ kind = "nat", timeout_established = "30s", when = { after = "20s", until = "60s" } },
  { kind = "captive-portal", login = "5s" }, { kind = "reroute", at = "70s" }]
[[link]]
name = "b"
between = ["c", "s"]
rate = { up = "1Mbps", down = { steps = [{ at = "1s", rate = "2Mbps" }] } }
[[flow]]
name = "f"
from = "c"
to = "s"
start = "2s"
stop = "80s"
spread = "1s"
count = 15
stagger = "3s"
workload = { kind = "rpc", think = "100ms" }
tcp = { rto_min = "300ms" }
path_manager = { kind = "api", script = [{ at = "4s", do = "open", path = "b" }] }
server = { path_manager = { kind = "api", script = [{ at = "6s", do = "open", path = "a" }] } }
[[flow]]
name = "g"
from = "s"
to = "c"
count = 21
gap = "2s"
[[event]]
at = "30s"
link = "a"
rate = { steps = [["0s", "1Mbps"], ["40s", "2Mbps"]] }
[[event]]
at = "31s"
link = "b"
delay = "20ms"
[[api]]
flow = "f"
at = "50s"
every = "5s"
call = "info"
[[figure]]
kind = "throughput"
from = "20s"
until = "70s"
bin = "2s"
[[expect]]
metric = "goodput"
flow = "f"
min = "1Mbps"
`

// The short form has a tenth of every time of the run, and nothing else of it changes.
func TestShort(t *testing.T) {
	long, err := parse(timed)
	if err != nil {
		t.Fatal(err)
	}
	short, err := parse(timed, long.Short()...)
	if err != nil {
		t.Fatal(err)
	}
	of := func(s *Scenario) []string { return strings.Split(string(s.Marshal()), "\n") }
	before, after := of(long), of(short)
	expect := slices.Index(before, "[[expect]]") // they are not of the short form
	before = append(before[:expect-1:expect-1], "")
	after = slices.DeleteFunc(after, func(line string) bool { return line == "expect = []" })
	want := strings.NewReplacer(
		`duration = "100s"`, `duration = "10s"`, `warmup = "10s"`, `warmup = "1s"`,
		`["20s", "4Mbps"]], period = "50s"`, `["2s", "4Mbps"]], period = "5s"`, `period = "50s", steps = [["0s", "8Mbps"], ["20s"`, `period = "5s", steps = [["0s", "8Mbps"], ["2s"`,
		`after = "20s", until = "60s"`, `after = "2s", until = "6s"`, `login = "5s"`, `login = "500ms"`, `at = "70s"`, `at = "7s"`,
		`at = "1s", rate`, `at = "100ms", rate`, `start = "2s"`, `start = "200ms"`, `stop = "80s"`, `stop = "8s"`, `spread = "1s"`, `spread = "100ms"`,
		`count = 15`, `count = 2`, `count = 21`, `count = 3`, `at = "4s"`, `at = "400ms"`, `at = "6s"`, `at = "600ms"`,
		`at = "30s"`, `at = "3s"`, `at = "31s"`, `at = "3.1s"`, `["40s", "2Mbps"]`, `["4s", "2Mbps"]`, `at = "50s"`, `at = "5s"`, `every = "5s"`, `every = "500ms"`,
		`from = "20s"`, `from = "2s"`, `until = "70s"`, `until = "7s"`, `bin = "2s"`, `bin = "200ms"`,
	)
	for i := range before {
		if i >= len(after) || after[i] != want.Replace(before[i]) {
			t.Fatalf("%s\nbecomes %q\nwant    %s", before[i], after[i:min(i+1, len(after))], want.Replace(before[i]))
		}
	}
	if len(after) != len(before) {
		t.Errorf("the short form has more: %q", after[len(before):])
	}
}

// A scenario that names its short form itself has that one.
func TestShortOfItself(t *testing.T) {
	s, err := parse("quick = [\"duration=2s\"]\n" + ten)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Short(); !slices.Equal(got, []string{"duration=2s"}) {
		t.Errorf("got %q", got)
	}
}
