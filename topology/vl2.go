package topology

import "fmt"

func init() {
	Registry.Register("vl2", "Greenberg et al., VL2: a scalable and flexible data center network, SIGCOMM 2009, section 4.1", func() Preset {
		return &VL2{DA: 4, DI: 6, Servers: 20, Rate: "1Gbps", HostRate: "100Mbps", Delay: "10us", Queue: "100pkt"}
	})
}

// VL2 is a Clos network: D_A/2 intermediate switches of D_I ports and D_I aggregation
// switches of D_A ports, each joined to each; D_A·D_I/4 top-of-rack switches with uplinks
// to two neighbouring aggregation switches. Between racks without a switch in common there
// are 2·2·D_A/2 paths.
type VL2 struct {
	DA        int     `toml:"d_a" doc:"ports of an aggregation switch, an even number"`
	DI        int     `toml:"d_i" doc:"ports of an intermediate switch, an even number"`
	Servers   int     `toml:"servers" doc:"hosts of a rack"`
	Rate      Setting `toml:"rate" doc:"rate of the links between switches"`
	HostRate  Setting `toml:"host_rate" doc:"rate of the links of hosts; left out: rate"`
	Delay     Setting `toml:"delay" doc:"one-way delay of every link"`
	Queue     Setting `toml:"queue" doc:"queue of each port of a switch"`
	HostQueue Setting `toml:"host_queue" doc:"queue of the hosts towards their switch; left out: queue"`
}

// Expand implements Preset. Switches are tor0, agg0 and int0 on, hosts h0 on.
func (t *VL2) Expand() ([]Link, error) {
	for _, x := range []struct {
		key string
		n   int
	}{{"d_a", t.DA}, {"d_i", t.DI}} {
		if x.n < 2 || x.n%2 != 0 || x.n > 144 {
			return nil, fmt.Errorf("%s = %d: want an even number from 2 to 144", x.key, x.n)
		}
	}
	if err := size("servers", t.Servers, 1); err != nil {
		return nil, err
	}
	if t.DA*t.DI%4 != 0 {
		return nil, fmt.Errorf("d_a · d_i = %d: want a multiple of 4, the uplinks and half the ports of racks", t.DA*t.DI)
	}
	ports := ports{t.Rate, t.HostRate, t.Delay, t.Queue, t.HostQueue}
	racks := t.DA * t.DI / 4
	links, err := ports.hosts(racks, t.Servers, "tor")
	if err != nil {
		return nil, err
	}
	for tor := range racks {
		for up := range 2 {
			links = append(links, ports.trunk("tor", tor, "agg", (2*tor+up)%t.DI))
		}
	}
	for agg := range t.DI {
		for i := range t.DA / 2 {
			links = append(links, ports.trunk("agg", agg, "int", i))
		}
	}
	return links, nil
}
