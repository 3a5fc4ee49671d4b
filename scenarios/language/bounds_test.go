package language

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"mpsim/sim/units"
)

// slow is a scenario of little work.
const slow = `duration = "10000s"
[[link]]
name = "a"
between = ["c", "s"]
rate = "1kbps"
[[flow]]
name = "f"
from = "c"
to = "s"
[[event]]
at = "1s"
link = "a"
delay = "1ms"
`

// problemAt parses slow with options and returns the message of the problem with a key, "" if there is none.
func problemAt(t *testing.T, key string, set ...string) string {
	t.Helper()
	_, err := Parse("slow.toml", []byte(slow), nil, set...)
	var problems Problems
	if err != nil && !errors.As(err, &problems) {
		t.Fatalf("%v: %v", set, err)
	}
	for _, p := range problems {
		if p.Key == key {
			return p.Message
		}
	}
	if err != nil {
		t.Fatalf("%v: %v, want a problem with %s", set, err, key)
	}
	return ""
}

// A run that would never end is refused whatever it is that makes its work: the rate of a link, of an event,
// of steps, of one direction, of an application. 1e5 Gb/s for 10 000 s are 8e13 packets.
func TestEndlessWork(t *testing.T) {
	for _, c := range []struct {
		key string
		set []string
	}{
		{"duration", []string{"link.a.rate=100000Gbps"}},
		{"duration", []string{"event.0.rate=100000Gbps"}},
		{"duration", []string{`event.0.rate={up="1kbps", down="100000Gbps"}`}},
		{"duration", []string{`link.a.rate={steps=[["0s","100000Gbps"],["9000s","1kbps"]]}`}},
		{"duration", []string{`link.a.rate={steps=[["0s","1kbps"],["9000s","100000Gbps"]]}`}},
		{"duration", []string{`event.0.rate={steps=[["0s","100000Gbps"],["10ns","1kbps"]], period="20ns"}`}},
		{"duration", []string{`event=[{at="9000s", link="a", rate="1kbps"}, {at="1s", link="a", rate="100000Gbps"}]`}},
		{"duration", []string{"event.0.rate=300Gbps", `flow.f.workload={kind="rpc", request="1B", response="1B"}`}}, // in packets of 81 bytes
		{"flow[0].workload", []string{`flow.f.workload={kind="cbr", rate="1Gbps", chunk="1B"}`}},
		{"flow[0].workload", []string{`flow.f.workload={kind="poisson", rate="1Gbps", chunk="1B"}`}},
		{"flow[0].workload", []string{`flow.f.workload={kind="onoff", rate="1Mbps", on="1ns", off="0s"}`}},
		{"flow[0].workload", []string{"flow.f.count=1000", `flow.f.workload={kind="cbr", rate="1Mbps", chunk="1B"}`}},
	} {
		if got := problemAt(t, c.key, c.set...); !strings.Contains(got, "such a run would never end") {
			t.Errorf("%v: got %q", c.set, got)
		}
	}
	for _, set := range [][]string{
		{"event.0.rate=100Mbps"},
		{"event.0.rate=100000Gbps", "event.0.at=9999s"}, // for a second
		{`event=[{at="1s", link="a", rate="100000Gbps"}, {at="2s", link="a", rate="1kbps"}]`},     // likewise
		{`link.a.rate={steps=[["0s","1kbps"],["10000s","100000Gbps"]]}`},                          // after the end
		{"event.0.rate=300Gbps", `flow.f.workload={kind="rpc", request="1kB", response="100kB"}`}, // in full packets
		{`event.0.rate={steps=[["0s","100000Gbps"],["1ns","1kbps"]], period="1s"}`},               // a nanosecond a second
	} {
		if got := problemAt(t, "duration", set...); got != "" {
			t.Errorf("%v: %s", set, got)
		}
	}
}

// What the rate of an event would do is said with its place.
func TestEndlessWorkNamesTheEvent(t *testing.T) {
	got := problemAt(t, "duration", "event.0.rate=100000Gbps")
	if want := "most of them link a from 1s on (event[0].rate)"; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q in it", got, want)
	}
}

// Packets that would fill the memory of a computer are refused: it takes both who sends them and a link that
// keeps them.
func TestEndlessMemory(t *testing.T) {
	udp := []string{"flow.f.protocol=udp", `flow.f.workload={kind="cbr", rate="1Gbps", chunk="1000B"}`}
	many := []string{"flow.f.count=60000", "flow.f.tcp.send_buffer=1GiB", "link.a.rate=100Gbps", "event.0.rate=100Gbps"}
	for _, set := range [][]string{
		append(udp, "link.a.queue=1000000000pkt"),
		append(udp, "link.a.queue=0pkt", `link.a.queue={kind="priority", limit="0pkt"}`),
		append(udp, "link.a.delay=10000s", "link.a.rate=1Gbps"),
		append(udp, "event.0.delay=10000s", "link.a.rate=1Gbps"),
		append(many, `link.a.queue=1000000000pkt`),
	} {
		if got := problemAt(t, "link[0].queue", set...); !strings.Contains(got, "do not fit into memory") {
			t.Errorf("%v: got %q", set, got)
		}
	}
	for _, set := range [][]string{
		udp, many,
		append(udp, "link.a.queue=1000000000pkt", "duration=500s"),
		{"link.a.queue=1000000000pkt"}, // TCP fills a queue at the pace of its ACKs
	} {
		if got := problemAt(t, "link[0].queue", set...); got != "" {
			t.Errorf("%v: %s", set, got)
		}
	}
}

// Who needs room is told by workload, protocol and direction: datagrams of their chunk, requests and
// responses of their sizes, ACKs of little.
func TestRoomOfDirections(t *testing.T) {
	for _, c := range []struct {
		set  []string
		key  string // of the problem
		size units.Bytes
	}{
		{[]string{`link.a.queue={up="1499B", down="80B"}`}, "link[0].queue.up", 1500},
		{[]string{`link.a.queue={up="1500B", down="79B"}`}, "link[0].queue.down", 80},
		{[]string{`link.a.queue={up="1500B", down="59B"}`, "flow.f.protocol=tcp"}, "link[0].queue.down", 60},
		{[]string{`link.a.queue={up="1500B", down="1499B"}`, "flow.f.from=s", "flow.f.to=c", "flow.f.client=c"}, "link[0].queue.down", 1500},
		{[]string{`link.a.queue={up="1500B", down="1499B"}`, `flow.f.workload={kind="rpc", response="1MB"}`}, "link[0].queue.down", 1500},
		{[]string{`link.a.queue={up="179B", down="1500B"}`, `flow.f.workload={kind="rpc", request="100B"}`}, "link[0].queue.up", 180},
		{[]string{"link.a.queue=179B", `flow.f.workload={kind="file", size="100B"}`}, "link[0].queue", 180},
		{[]string{"link.a.queue=1027B", "flow.f.protocol=udp", `flow.f.workload={kind="cbr", chunk="1000B"}`}, "link[0].queue", 1028},
		{[]string{"link.a.queue=8999B", "flow.f.tcp.mtu=9000", "flow.f.server.tcp.mtu=9000"}, "link[0].queue", 9000},
	} {
		got := problemAt(t, c.key, c.set...)
		if want := fmt.Sprintf("packets of %v of flow f do not fit in", c.size); !strings.HasPrefix(got, want) {
			t.Errorf("%v: got %q, want %q", c.set, got, want)
		}
	}
	for _, set := range [][]string{
		{`link.a.queue={up="1500B", down="80B"}`},
		{`link.a.queue={up="180B", down="1500B"}`, `flow.f.workload={kind="rpc", request="100B"}`},
		{"link.a.queue=1500B", "flow.f.tcp.mtu=9000", "flow.f.server.tcp.mtu=1500"}, // the smaller one counts
		{"link.a.queue=1028B", "flow.f.protocol=udp", `flow.f.workload={kind="cbr", chunk="1000B"}`},
		{"link.a.queue=200B", `link.a.middlebox=[{kind="split", mss=100}]`}, // may make segments that fit
	} {
		if got := problemAt(t, "link[0].queue", set...); got != "" {
			t.Errorf("%v: %s", set, got)
		}
	}
}
