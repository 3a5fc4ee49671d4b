package language

import (
	"strings"
	"testing"
)

// bursts is a scenario of one UDP flow beside one of MPTCP, whose defaults are not its own.
const bursts = `duration = "10s"
[[link]]
name = "l"
between = ["a", "b"]
rate = "8Mbps"
[defaults.flow]
cc = "olia"
tcp = { mtu = 9000 }
[[flow]]
name = "f"
from = "a"
to = "b"
[[flow]]
name = "u"
from = "a"
to = "b"
protocol = "udp"
workload = { kind = "cbr", rate = "1Mbps", chunk = "972B" }
`

func TestUDPDefaults(t *testing.T) {
	s, err := parse(bursts)
	if err != nil {
		t.Fatal(err)
	}
	f, u := s.Flows[0], s.Flows[1]
	if !u.UDP() || u.MPTCP() || f.UDP() {
		t.Errorf("protocols %s and %s", f.Protocol, u.Protocol)
	}
	if f.CC.Kind != "olia" || u.CC.Kind != "" || u.TCP.MTU == 9000 || u.Scheduler.Kind != "" || u.PathManager.Kind != "" {
		t.Errorf("cc %q, MTU %d, scheduler %q, path manager %q of udp", u.CC.Kind, u.TCP.MTU, u.Scheduler.Kind, u.PathManager.Kind)
	}
	if _, err := parse(string(s.Marshal())); err != nil {
		t.Errorf("written out: %v", err)
	}
}

// What has no meaning without a connection is refused, and what cannot go as datagrams.
func TestUDPErrors(t *testing.T) {
	for _, tt := range []struct{ set, want string }{
		{"flow.u.cc=lia", "cc: has no meaning for udp, which has no connection"},
		{"flow.u.scheduler=minrtt", "scheduler: has no meaning"},
		{"flow.u.path_manager=fullmesh", "path_manager: has no meaning"},
		{"flow.u.tcp.mtu=1400", "tcp: has no meaning"},
		{"flow.u.mptcp.no_joins=true", "mptcp: has no meaning"},
		{"flow.u.server.plain=true", "server: has no meaning"},
		{"flow.u.client=b", "client: has no meaning"},
		{"flow.u.workload=bulk", "bulk waits for what comes back, and nothing does over udp; want cbr, onoff, poisson"},
		{"flow.u.workload=file", "file waits for"},
		{"flow.u.workload=rpc", "rpc waits for"},
		{`flow.u.workload={kind="onoff", rate="0bps"}`, "onoff has no rate"},
		{`flow.u.workload={kind="cbr", chunk="65508B"}`, "a chunk of 65508B is no datagram; want at most 65507B"},
		{`flow.u.workload={kind="onoff", distribution="pareto"}`, "want one of exponential, uniform, fixed"},
		{`flow.u.paths=[["l"],["l"]]`, "got 2 paths; udp uses one"},
		{"flow.u.protocol=upd", `unknown protocol "upd"; did you mean "udp"?`},
		{`api=[{flow="u", at="1s", call="info"}]`, `"u" is a udp flow, which has no such interface`},
		{`event=[{flow="u", at="1s", subflow=0, backup=true}]`, `"u" is a udp flow, which has no subflows`},
	} {
		if _, err := parse(bursts, tt.set); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", tt.set, err, tt.want)
		}
	}
}
