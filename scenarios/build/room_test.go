package build

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mpsim/scenarios/language"
	"mpsim/sim"
	"mpsim/sim/netem/qdisc"
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

// A queue that the packets of a flow do not fit in, even when it is empty, is refused; one that just has room
// lets the flow through. That is so for queues of every kind and limits of every measure.
func TestQueueWithoutRoom(t *testing.T) {
	const mtu = 9000
	full := map[string]string{"B": "9000B", "s": "9ms", "BDP": "1BDP"} // at 8 Mb/s and a round trip of 9 ms
	less := map[string]string{"B": "8999B", "s": "8.99ms", "BDP": "0.99BDP"}
	for _, kind := range qdisc.Registry.Names() {
		for measure := range full {
			set := func(limit string) []string {
				return []string{
					"duration=5s", "event=[]", "link.a.rate=8Mbps", "link.a.delay=4.5ms", fmt.Sprintf("flow.f.tcp.mtu=%d", mtu),
					`link.a.queue={kind="` + kind + `", limit="` + limit + `"}`,
				}
			}
			_, err := language.Parse("slow.toml", []byte(slow), nil, set(less[measure])...)
			got := fmt.Sprint(err)
			for _, want := range []string{"link[0].queue: packets of 9kB of flow f do not fit in", "at 8Mbps and a round trip of 9ms", "want a limit of 9kB or more"} {
				if !strings.Contains(got, want) {
					t.Errorf("%s %s: got %q, want %q in it", kind, less[measure], got, want)
				}
			}
			s, err := language.Parse("slow.toml", []byte(slow), nil, set(full[measure])...)
			if err != nil {
				t.Errorf("%s %s: %v", kind, full[measure], err)
				continue
			}
			m, err := New(s)
			if err != nil {
				t.Fatal(err)
			}
			m.Engine.Run(sim.Time(5 * time.Second))
			if sent := m.Links[0].Up.Stats().Delivered.Bytes; sent < 10*mtu {
				t.Errorf("%s %s: %v bytes came through", kind, full[measure], sent)
			}
		}
	}
}
