package validate_test

import (
	"fmt"
	"testing"
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/pathmgr"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/units"
)

// clocked is a full mesh that notes when it may open subflows.
type clocked struct {
	pathmgr.Manager
	at *sim.Time
}

func (m *clocked) OnEvent(c pathmgr.Control, e pathmgr.Event) {
	if e.Kind == pathmgr.Established && c.Client() {
		*m.at = c.Now()
	}
	m.Manager.OnEvent(c, e)
}

// The handshakes of RFC 8684, sections 3.1 and 3.2, take whole round trips of the
// two paths, if the client talks first and nothing is lost. A join has to wait for the
// first DSS of the server, which answers the first data: 2 RTT of path 1 after the SYN. The
// server may use the second subflow from the third packet of the join on, the
// client from the fourth. Serialisation adds no more than a full segment takes on each path.
func TestHandshakeTiming(t *testing.T) {
	for _, tt := range []struct{ rtt1, rtt2 time.Duration }{
		{20 * time.Millisecond, 20 * time.Millisecond},
		{20 * time.Millisecond, 100 * time.Millisecond},
		{100 * time.Millisecond, 20 * time.Millisecond},
		{2 * time.Millisecond, 600 * time.Millisecond},
		{300 * time.Millisecond, 50 * time.Millisecond},
	} {
		t.Run(fmt.Sprint(tt.rtt1, "_", tt.rtt2), func(t *testing.T) {
			l := newLab(t, path{rate: units.Gbps, delay: tt.rtt1 / 2}, path{rate: units.Gbps, delay: tt.rtt2 / 2})
			var first, join, atClient, atServer sim.Time
			cfg := config(t, "lia", 1)
			cfg.Manager = func() pathmgr.Manager {
				return &clocked{must(pathmgr.Registry.New("fullmesh")), &join}
			}
			note := func(c *mptcp.Conn, second *sim.Time) {
				c.Points.Subflows.Observe(func(sf *mptcp.Subflow) {
					if sf.ID > 0 {
						*second = l.eng.Now()
					} else if c.Client() {
						first = l.eng.Now()
					}
				})
			}
			from, to := &source{eng: l.eng, left: endless}, &sink{eng: l.eng}
			l.server.Listen(80, &mptcp.Service{Config: cfg, Accepted: func(c mptcp.Connection) func() app.Workload {
				note(c.(*mptcp.Conn), &atServer)
				return func() app.Workload { return to }
			}})
			c := l.client.Dial(cfg, l.routes, 80)
			note(c, &atClient)
			c.Connect(func() app.Workload { return from })
			l.run(2*tt.rtt1 + 3*tt.rtt2)

			most := 2 * units.Gbps.TxTime(1500)
			for _, x := range []struct {
				what string
				at   sim.Time
				want time.Duration
			}{
				{"the first subflow carries data", first, tt.rtt1},
				{"the SYN with MP_JOIN leaves", join, 2 * tt.rtt1},
				{"the second subflow carries data of the server", atServer, 2*tt.rtt1 + 3*tt.rtt2/2},
				{"the second subflow carries data of the client", atClient, 2*tt.rtt1 + 2*tt.rtt2},
			} {
				if late := time.Duration(x.at) - x.want; late < 0 || late > most {
					t.Errorf("%s from %v on; want %v, and at most %v more", x.what, x.at, x.want, most)
				}
			}
		})
	}
}
