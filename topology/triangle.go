package topology

import (
	"fmt"
	"time"

	"mpsim/sim/units"
)

func init() {
	Registry.Register("triangle", nsdi11, func() Preset {
		return &Triangle{Rate: "12Mbps", Delay: "50ms", Queue: "1BDP"}
	})
}

// Triangle is three links and three pairs of hosts, source1 and sink1 and so on. Pair i has a path over
// link i alone and another over both others, in the same direction, so that a link carries one
// direct path and two long ones. Routing would also find ways against the direction of the joints:
// flows name their paths.
//
// A way over two links has twice the round-trip time of one. With EqualRTT the access link of the shorter
// path of each pair has what it lacks, so that the paths differ in what they cost the network alone.
type Triangle struct {
	Rate  Setting `toml:"rate" doc:"rate of every link, or a list of three"`
	Delay Setting `toml:"delay" doc:"one-way delay of every link, or a list of three"`
	Queue Setting `toml:"queue" doc:"queue of every link, or a list of three"`

	EqualRTT bool `toml:"equal_rtt" doc:"the access link of the shorter path of each pair has the delay that it lacks to the longer one"`
}

// Expand implements Preset. The paths of pair 1 are source1-in1+link1+sink1-out1 and
// source1-in2+link2+joint2+link3+sink1-out3.
func (t *Triangle) Expand() ([]Link, error) {
	const n = 3
	if err := lists(n, "links", keyed{"rate", t.Rate}, keyed{"delay", t.Delay}, keyed{"queue", t.Queue}); err != nil {
		return nil, err
	}
	lacks, err := t.lacks()
	if err != nil {
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
		for k, in := range []int{i + 1, next} {
			links = append(links, wire(fmt.Sprintf("source%d-in%d", i+1, in), fmt.Sprintf("source%d", i+1), fmt.Sprintf("in%d", in), lacks[i][k].String()))
		}
		for _, out := range []int{i + 1, last} {
			links = append(links, wire(fmt.Sprintf("sink%d-out%d", i+1, out), fmt.Sprintf("sink%d", i+1), fmt.Sprintf("out%d", out), none))
		}
	}
	return links, nil
}

// lacks returns the delays of the access links of each pair: of the one to its own link, and of the one to
// the others.
func (t *Triangle) lacks() (more [3][2]time.Duration, err error) {
	if !t.EqualRTT {
		return more, nil
	}
	var delays [3]time.Duration
	for i := range delays {
		text, ok := pick(t.Delay, i).(string)
		if ok {
			delays[i], err = units.ParseDuration(text)
		}
		if !ok || err != nil {
			return more, fmt.Errorf(`equal_rtt: the delay of link%d is %v: want a time such as "50ms"`, i+1, pick(t.Delay, i))
		}
	}
	for i := range delays {
		direct, long := delays[i], delays[(i+1)%3]+delays[(i+2)%3]
		more[i] = [2]time.Duration{max(long-direct, 0), max(direct-long, 0)}
	}
	return more, nil
}
