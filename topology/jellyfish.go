package topology

import (
	"fmt"

	"mpsim/sim/rng"
)

func init() {
	Registry.Register("jellyfish", "Singla et al., Jellyfish: networking data centers randomly, NSDI 2012, section 3", func() Preset {
		return &Jellyfish{Switches: 20, Ports: 4, Hosts: 4, Seed: 1, Rate: "100Mbps", Delay: "10us", Queue: "100pkt"}
	})
}

// Jellyfish is switches in a random graph in which each has the same number of neighbours.
// The graph depends on its own seed alone, so that all seeds of a scenario share the network.
type Jellyfish struct {
	Switches  int     `toml:"switches" doc:"number of switches"`
	Ports     int     `toml:"ports" doc:"ports of a switch to other switches"`
	Hosts     int     `toml:"hosts" doc:"hosts of a switch"`
	Total     int     `toml:"total_hosts" doc:"hosts in all, spread as evenly as they divide, the first switches with one more; 0: so many of each switch"`
	Seed      uint64  `toml:"seed" doc:"seed of the graph"`
	Rate      Setting `toml:"rate" doc:"rate of the links between switches"`
	HostRate  Setting `toml:"host_rate" doc:"rate of the links of hosts; left out: rate"`
	Delay     Setting `toml:"delay" doc:"one-way delay of every link"`
	Queue     Setting `toml:"queue" doc:"queue of each port of a switch"`
	HostQueue Setting `toml:"host_queue" doc:"queue of the hosts towards their switch; left out: queue"`
}

// Expand implements Preset. Switches are s0 on, hosts h0 on.
func (t *Jellyfish) Expand() ([]Link, error) {
	for _, x := range []struct {
		key      string
		n, least int
	}{{"switches", t.Switches, 2}, {"ports", t.Ports, 1}, {"hosts", t.Hosts, 1}} {
		if err := size(x.key, x.n, x.least); err != nil {
			return nil, err
		}
	}
	if t.Ports >= t.Switches || t.Ports*t.Switches%2 != 0 {
		return nil, fmt.Errorf("ports = %d: want fewer than switches = %d, and their product even", t.Ports, t.Switches)
	}
	if t.Ports*t.Switches > 4*maxSize {
		return nil, fmt.Errorf("switches · ports = %d: want at most %d", t.Ports*t.Switches, 4*maxSize)
	}
	ports := ports{t.Rate, t.HostRate, t.Delay, t.Queue, t.HostQueue}
	total := t.Hosts * t.Switches
	if t.Total != 0 {
		if err := size("total_hosts", t.Total, 1); err != nil {
			return nil, err
		}
		total = t.Total
	}
	links, err := ports.spread(t.Switches, total, "s")
	if err != nil {
		return nil, err
	}
	for _, e := range regular(t.Switches, t.Ports, rng.New(t.Seed, 0).Stream("jellyfish")) {
		links = append(links, ports.trunk("s", e[0], "s", e[1]))
	}
	return links, nil
}
