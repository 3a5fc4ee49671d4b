package topology

import "fmt"

func init() {
	Registry.Register("fattree", "Al-Fares et al., A scalable, commodity data center network architecture, SIGCOMM 2008", func() Preset {
		return &FatTree{K: 4, Oversubscription: 1, Rate: "100Mbps", Delay: "10us", Queue: "100pkt"}
	})
}

// FatTree is k pods of k/2 edge and k/2 aggregation switches under (k/2)² core switches.
// Host h is at edge switch h/(hosts of one), edge and aggregation switches are numbered pod by
// pod, and the aggregation switch at position a of each pod has the cores a, a+k/2,
// a+2·k/2, ... Between hosts of two pods there are (k/2)² paths; path
// a·k/2 + l leads through the aggregation switches at a and the core a+l·k/2.
type FatTree struct {
	K                int     `toml:"k" doc:"ports of a switch, an even number"`
	Oversubscription int     `toml:"oversubscription" doc:"hosts of an edge switch for each uplink: 1 gives every host its full rate"`
	Rate             Setting `toml:"rate" doc:"rate of the links between switches"`
	HostRate         Setting `toml:"host_rate" doc:"rate of the links of hosts; left out: rate"`
	Delay            Setting `toml:"delay" doc:"one-way delay of every link"`
	Queue            Setting `toml:"queue" doc:"queue of each port of a switch"`
	HostQueue        Setting `toml:"host_queue" doc:"queue of the hosts towards their switch; left out: queue"`
}

// Expand implements Preset. The link of a host has its name, others those of both ends:
// edge0-agg0, agg0-core0.
func (t *FatTree) Expand() ([]Link, error) {
	if t.K < 2 || t.K%2 != 0 || t.K > 64 {
		return nil, fmt.Errorf("k = %d: want an even number from 2 to 64", t.K)
	}
	if err := size("oversubscription", t.Oversubscription, 1); err != nil {
		return nil, err
	}
	half := t.K / 2
	ports := ports{t.Rate, t.HostRate, t.Delay, t.Queue, t.HostQueue}
	links, err := ports.hosts(t.K*half, half*t.Oversubscription, "edge")
	if err != nil {
		return nil, err
	}
	for edge := range t.K * half {
		for a := range half {
			links = append(links, ports.trunk("edge", edge, "agg", edge/half*half+a))
		}
	}
	for agg := range t.K * half {
		for l := range half {
			links = append(links, ports.trunk("agg", agg, "core", agg%half+l*half))
		}
	}
	return links, nil
}
