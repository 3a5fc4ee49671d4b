package topology

import "fmt"

const nsdi11 = "Wischik et al., Design, implementation and evaluation of congestion control for multipath TCP, NSDI 2011"

func init() {
	Registry.Register("torus", nsdi11, func() Preset {
		return &Torus{Links: 5, Rate: "12Mbps", Delay: "50ms", Queue: "1BDP", AccessRate: "1Gbps", AccessQueue: "10000pkt"}
	})
}

// Torus is links in a ring and as many pairs of hosts: those between source1 and
// sink1 have paths over links 1 and 2, and so on, the last over the last and the
// first.
type Torus struct {
	Links       int     `toml:"links" doc:"number of links: link1, link2, ..."`
	Rate        Setting `toml:"rate" doc:"rate of every link, or a list"`
	Delay       Setting `toml:"delay" doc:"one-way delay of every link, or a list"`
	Queue       Setting `toml:"queue" doc:"queue of every link, or a list"`
	AccessRate  Setting `toml:"access_rate" doc:"rate of the links of the hosts"`
	AccessQueue Setting `toml:"access_queue" doc:"queue of the links of the hosts"`
}

// Expand implements Preset. Sources have links source1-in1, source1-in2, ..., sinks the like.
func (t *Torus) Expand() ([]Link, error) {
	if err := size("links", t.Links, 2); err != nil {
		return nil, err
	}
	if err := lists(t.Links, "links", keyed{"rate", t.Rate}, keyed{"delay", t.Delay}, keyed{"queue", t.Queue}); err != nil {
		return nil, err
	}
	links := make([]Link, 0, 5*t.Links)
	for i := range t.Links {
		links = append(links, Link{
			Name: fmt.Sprintf("link%d", i+1), Between: [2]string{fmt.Sprintf("in%d", i+1), fmt.Sprintf("out%d", i+1)},
			Rate: pick(t.Rate, i), Delay: pick(t.Delay, i), Queue: pick(t.Queue, i),
		})
	}
	access := func(host string, far string) {
		links = append(links, Link{Name: host + "-" + far, Between: [2]string{host, far}, Rate: t.AccessRate, Delay: none, Queue: t.AccessQueue})
	}
	for i := range t.Links {
		for _, k := range []int{i, (i + 1) % t.Links} {
			access(fmt.Sprintf("source%d", i+1), fmt.Sprintf("in%d", k+1))
			access(fmt.Sprintf("sink%d", i+1), fmt.Sprintf("out%d", k+1))
		}
	}
	return links, nil
}
