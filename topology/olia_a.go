package topology

import (
	"fmt"
	"time"

	"mpsim/sim/units"
)

const khalili = "Khalili et al., MPTCP is not Pareto-optimal, CoNEXT 2012, section "

func init() {
	Registry.Register("olia-a", khalili+"3.1, scenario A", func() Preset {
		u := OliaA(newUsers())
		return &u
	})
}

// Users is the two classes of users of scenarios A and C. The capacity of a bottleneck
// is that of a user times the number of users.
type Users struct {
	N1    int             `toml:"n1" doc:"number of users of type 1, which have two paths"`
	N2    int             `toml:"n2" doc:"number of users of type 2, which have one"`
	C1    units.Bandwidth `toml:"c1" doc:"capacity for each user of type 1"`
	C2    units.Bandwidth `toml:"c2" doc:"capacity for each user of type 2"`
	Delay Setting         `toml:"delay" doc:"one-way delay of every path"`
	Queue Setting         `toml:"queue" doc:"queue of the bottlenecks"`
}

func newUsers() Users {
	return Users{N1: 10, N2: 10, C1: units.Mbps, C2: units.Mbps, Delay: "40ms", Queue: "khalili-red"}
}

// maxUserRate bounds c1 and c2.
const maxUserRate = 10 * units.Gbps

// check reports numbers that make no network.
func (u *Users) check() error {
	if err := size("n1", u.N1, 1); err != nil {
		return err
	}
	if err := size("n2", u.N2, 1); err != nil {
		return err
	}
	for _, c := range []struct {
		key string
		v   units.Bandwidth
	}{{"c1", u.C1}, {"c2", u.C2}} {
		if c.v <= 0 || c.v > maxUserRate {
			return fmt.Errorf("%s = %v: want more than 0 and at most %v", c.key, c.v, maxUserRate)
		}
	}
	return nil
}

// capacity returns the rate of a link for n users of c each.
func capacity(n int, c units.Bandwidth) Setting { return (units.Bandwidth(n) * c).String() }

// wire returns a link that is no bottleneck.
func wire(name, a, b string, delay Setting) Link {
	return Link{Name: name, Between: [2]string{a, b}, Rate: "10Gbps", Delay: delay, Queue: "10000pkt"}
}

// none is the delay of links whose path has its delay elsewhere.
var none = time.Duration(0).String()

// OliaA is scenario A: users of type 1 take from a server behind link s, over an
// access point of their own and over the shared one, t; users of type 2 have t alone.
// All users of a type are connections between server1 and type1, or server2 and type2.
type OliaA Users

// Expand implements Preset. The paths of type 1 are s+private and s+middle+t+shared.
func (t *OliaA) Expand() ([]Link, error) {
	if err := (*Users)(t).check(); err != nil {
		return nil, err
	}
	return []Link{
		{Name: "s", Between: [2]string{"server1", "r1"}, Rate: capacity(t.N1, t.C1), Delay: none, Queue: t.Queue},
		{Name: "t", Between: [2]string{"r2", "ap"}, Rate: capacity(t.N2, t.C2), Delay: none, Queue: t.Queue},
		wire("private", "r1", "type1", t.Delay),
		wire("middle", "r1", "r2", none),
		wire("shared", "ap", "type1", t.Delay),
		wire("wired", "server2", "r2", none),
		wire("single", "ap", "type2", t.Delay),
	}, nil
}
