package experiment

import (
	"context"
	"testing"

	"mpsim/scenarios"
)

// A client that gives an attempt up and begins anew is served by its new connection, even if the
// server still waits for the old one; so is one whose SYN/ACK was stateless, when the path
// goes down under its first data.
func TestSecondAttempts(t *testing.T) {
	for _, tt := range []struct{ name, text string }{
		{"version 0 after a plain server, the reset lost", `duration = "5s"
[[link]]
name = "p"
between = ["a", "b"]
rate = "10Mbps"
delay = "20ms"
loss = { up = { kind = "list", packets = [2] }, down = { kind = "list", packets = [99] } }
[[flow]]
name = "f"
from = "a"
to = "b"
workload = { kind = "file", size = "100kB" }
mptcp = { retry_v0 = true }
server = { plain = true }
`},
		{"the same to a server of version 0", `duration = "5s"
[[link]]
name = "p"
between = ["a", "b"]
rate = "10Mbps"
delay = "20ms"
loss = { up = { kind = "list", packets = [2] }, down = { kind = "list", packets = [99] } }
[[flow]]
name = "f"
from = "a"
to = "b"
workload = { kind = "file", size = "100kB" }
mptcp = { retry_v0 = true }
server = { mptcp = { profile = "v0" } }
`},
		{"an outage after a stateless answer", `duration = "5s"
[topology]
kind = "parking-lot"
hops = 1
rate = "1Mbps"
[[flow]]
name = "f"
from = "source"
to = "sink"
workload = { kind = "file", size = "100kB" }
mptcp = { sparse_data_ack = true, syn_cookies = true }
[[event]]
at = "40ms"
link = "hop1"
up = false
[[event]]
at = "100ms"
link = "hop1"
up = true
`},
	} {
		s, err := scenarios.Parse("x.toml", []byte(tt.text), nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := Run(context.Background(), s, nil)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if f := res.Flows[0]; f.Received != 100e3 || f.Stalled+f.Failed != 0 {
			t.Errorf("%s: received %d bytes; stalled %d, failed %d", tt.name, f.Received, f.Stalled, f.Failed)
		}
	}
}
