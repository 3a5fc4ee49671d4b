package topology

import "fmt"

func init() {
	Registry.Register("triangle", nsdi11, func() Preset {
		return &Triangle{Rate: "12Mbps", Delay: "50ms", Queue: "1BDP"}
	})
}

// Triangle is three links and three pairs of hosts, source1 and sink1 and so on. Pair i has a path over
// link i alone and another over both others, in the same direction, so that a link carries one
// direct path and two long ones. Routing would also find ways against the direction of the joints:
// flows name their paths.
type Triangle struct {
	Rate  Setting `toml:"rate" doc:"rate of every link, or a list of three"`
	Delay Setting `toml:"delay" doc:"one-way delay of every link, or a list of three"`
	Queue Setting `toml:"queue" doc:"queue of every link, or a list of three"`
}

// Expand implements Preset. The paths of pair 1 are source1-in1+link1+sink1-out1 and
// source1-in2+link2+joint2+link3+sink1-out3.
func (t *Triangle) Expand() ([]Link, error) {
	const n = 3
	if err := lists(n, "links", keyed{"rate", t.Rate}, keyed{"delay", t.Delay}, keyed{"queue", t.Queue}); err != nil {
		return nil, err
	}
	var links []Link
	for i := range n {
		links = append(links, Link{
			Name: fmt.Sprintf("link%d", i+1), Between: [2]string{fmt.Sprintf("in%d", i+1), fmt.Sprintf("out%d", i+1)},
			Rate: pick(t.Rate, i), Delay: pick(t.Delay, i), Queue: pick(t.Queue, i),
		})
	}
	for i := range n {
		next, last := (i+1)%n+1, (i+2)%n+1
		links = append(links, wire(fmt.Sprintf("joint%d", i+1), fmt.Sprintf("out%d", i+1), fmt.Sprintf("in%d", next), none))
		for _, in := range []int{i + 1, next} {
			links = append(links, wire(fmt.Sprintf("source%d-in%d", i+1, in), fmt.Sprintf("source%d", i+1), fmt.Sprintf("in%d", in), none))
		}
		for _, out := range []int{i + 1, last} {
			links = append(links, wire(fmt.Sprintf("sink%d-out%d", i+1, out), fmt.Sprintf("sink%d", i+1), fmt.Sprintf("out%d", out), none))
		}
	}
	return links, nil
}
