package topology

func init() {
	Registry.Register("shared-bottleneck", "RFC 6356, section 2, goal 2", func() Preset {
		return &SharedBottleneck{
			From: "client", To: "server", Rate: "1Gbps", Delay: "1ms",
			BottleneckRate: "10Mbps", BottleneckDelay: "20ms",
		}
	})
}

// SharedBottleneck is a host whose access links all lead to one router, and one
// bottleneck from there to the other host: subflows over different access links
// compete for the same capacity.
type SharedBottleneck struct {
	Paths           int      `toml:"paths" doc:"number of access links; 0: as many as the longest list, or 2"`
	Names           []string `toml:"names" doc:"name of each access link; access1, access2, ..."`
	From            string   `toml:"client" doc:"host behind the access links; from it is up"`
	To              string   `toml:"server" doc:"host behind the bottleneck"`
	Rate            Setting  `toml:"rate" doc:"rate of every access link, or a list with one a link"`
	Delay           Setting  `toml:"delay" doc:"one-way delay of every access link, or a list"`
	Queue           Setting  `toml:"queue" doc:"queue of every access link, or a list"`
	Loss            Setting  `toml:"loss" doc:"loss process of every access link, or a list"`
	BottleneckRate  Setting  `toml:"bottleneck_rate" doc:"rate of the bottleneck"`
	BottleneckDelay Setting  `toml:"bottleneck_delay" doc:"one-way delay of the bottleneck"`
	BottleneckQueue Setting  `toml:"bottleneck_queue" doc:"queue of the bottleneck"`
	BottleneckLoss  Setting  `toml:"bottleneck_loss" doc:"loss process of the bottleneck"`
}

// Expand implements Preset.
func (t *SharedBottleneck) Expand() ([]Link, error) {
	n, err := count(t.Paths, 2, t.Names, map[string]Setting{
		"rate": t.Rate, "delay": t.Delay, "queue": t.Queue, "loss": t.Loss,
	})
	if err != nil {
		return nil, err
	}
	links := make([]Link, 0, n+1)
	for i := range n {
		links = append(links, Link{
			Name: name(t.Names, "access", i), Between: [2]string{t.From, "router"},
			Rate: pick(t.Rate, i), Delay: pick(t.Delay, i), Queue: pick(t.Queue, i), Loss: pick(t.Loss, i),
		})
	}
	return append(links, Link{
		Name: "bottleneck", Between: [2]string{"router", t.To},
		Rate: t.BottleneckRate, Delay: t.BottleneckDelay, Queue: t.BottleneckQueue, Loss: t.BottleneckLoss,
	}), nil
}
