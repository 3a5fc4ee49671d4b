package topology

import "fmt"

func init() {
	Registry.Register("bcube", "Guo et al., BCube: a high performance, server-centric network architecture for modular data centers, SIGCOMM 2009", func() Preset {
		return &BCube{Ports: 5, Levels: 3, Rate: "100Mbps", Delay: "10us", Queue: "100pkt"}
	})
}

// BCube is n^levels hosts, each with a link to one switch of every level. Write the number of a host
// in base n: the switch of level l joins the n hosts that differ in digit l alone. Hosts forward
// for others. Hosts whose numbers differ in d digits have d! paths of 2·d links.
type BCube struct {
	Ports     int     `toml:"ports" doc:"ports of a switch, n"`
	Levels    int     `toml:"levels" doc:"levels of switches: links of a host"`
	Rate      Setting `toml:"rate" doc:"rate of every link"`
	Delay     Setting `toml:"delay" doc:"one-way delay of every link"`
	Queue     Setting `toml:"queue" doc:"queue of each port of a switch"`
	HostQueue Setting `toml:"host_queue" doc:"queue of the ports of hosts; left out: queue"`
}

// Forwards implements Relay.
func (t *BCube) Forwards() {}

// Expand implements Preset. Link h7.1 joins host h7 and its switch of level 1; switch
// s1.4 is number 4 of level 1.
func (t *BCube) Expand() ([]Link, error) {
	if err := size("ports", t.Ports, 2); err != nil {
		return nil, err
	}
	if t.Levels < 1 || t.Levels > 8 {
		return nil, fmt.Errorf("levels = %d: want 1 to 8", t.Levels)
	}
	hosts := 1
	for range t.Levels {
		if hosts *= t.Ports; hosts > maxSize {
			return nil, fmt.Errorf("ports = %d to the power of levels = %d: want at most %d hosts", t.Ports, t.Levels, maxSize)
		}
	}
	ports := ports{rate: t.Rate, delay: t.Delay, queue: t.Queue, hostQueue: t.HostQueue}
	links := make([]Link, 0, hosts*t.Levels)
	for h := range hosts {
		for l, weight := 0, 1; l < t.Levels; l, weight = l+1, weight*t.Ports {
			without := h/(weight*t.Ports)*weight + h%weight // h without digit l
			links = append(links, ports.host(fmt.Sprintf("h%d.%d", h, l), fmt.Sprintf("h%d", h), fmt.Sprintf("s%d.%d", l, without)))
		}
	}
	return links, nil
}
