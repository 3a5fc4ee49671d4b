package topology

import "fmt"

func init() {
	Registry.Register("dumbbell", "RFC 7928, section 3.1, figure 1", func() Preset {
		return &Dumbbell{
			Pairs: 1, Cross: 1, Rate: "1Gbps", Delay: "1ms",
			BottleneckRate: "10Mbps", BottleneckDelay: "20ms",
		}
	})
}

// Dumbbell is pairs of hosts on either side of one bottleneck between two
// routers, and pairs of hosts for cross traffic.
type Dumbbell struct {
	Pairs           int     `toml:"pairs" doc:"number of host pairs: source1 and sink1, source2 and sink2, ..."`
	Cross           int     `toml:"cross" doc:"number of host pairs for cross traffic: cross-source1 and cross-sink1, ..."`
	Rate            Setting `toml:"rate" doc:"rate of the links of the hosts"`
	Delay           Setting `toml:"delay" doc:"one-way delay of the links of the hosts; a list gives one a pair, the cross pairs last"`
	Queue           Setting `toml:"queue" doc:"queue of the links of the hosts"`
	BottleneckRate  Setting `toml:"bottleneck_rate" doc:"rate of the bottleneck"`
	BottleneckDelay Setting `toml:"bottleneck_delay" doc:"one-way delay of the bottleneck"`
	BottleneckQueue Setting `toml:"bottleneck_queue" doc:"queue of the bottleneck"`
	BottleneckLoss  Setting `toml:"bottleneck_loss" doc:"loss process of the bottleneck"`
}

// Expand implements Preset. The link of a host has the name of the host.
func (t *Dumbbell) Expand() ([]Link, error) {
	if err := size("pairs", t.Pairs, 1); err != nil {
		return nil, err
	}
	if err := size("cross", t.Cross, 0); err != nil {
		return nil, err
	}
	n := t.Pairs + t.Cross
	if err := lists(n, "host pairs", keyed{"rate", t.Rate}, keyed{"delay", t.Delay}, keyed{"queue", t.Queue}); err != nil {
		return nil, err
	}
	links := make([]Link, 0, 2*n+1)
	links = append(links, Link{
		Name: "bottleneck", Between: [2]string{"left", "right"},
		Rate: t.BottleneckRate, Delay: t.BottleneckDelay, Queue: t.BottleneckQueue, Loss: t.BottleneckLoss,
	})
	for i := range n {
		source, sink := fmt.Sprintf("source%d", i+1), fmt.Sprintf("sink%d", i+1)
		if c := i - t.Pairs; c >= 0 {
			source, sink = fmt.Sprintf("cross-source%d", c+1), fmt.Sprintf("cross-sink%d", c+1)
		}
		rate, delay, queue := pick(t.Rate, i), pick(t.Delay, i), pick(t.Queue, i)
		links = append(links,
			Link{Name: source, Between: [2]string{source, "left"}, Rate: rate, Delay: delay, Queue: queue},
			Link{Name: sink, Between: [2]string{"right", sink}, Rate: rate, Delay: delay, Queue: queue})
	}
	return links, nil
}
