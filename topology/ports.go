package topology

import "fmt"

// ports is what the links of a network of switches have, and those of its hosts.
type ports struct{ rate, hostRate, delay, queue, hostQueue Setting }

// trunk returns the link between two switches.
func (p *ports) trunk(a string, i int, b string, j int) Link {
	a, b = fmt.Sprintf("%s%d", a, i), fmt.Sprintf("%s%d", b, j)
	return Link{Name: a + "-" + b, Between: [2]string{a, b}, Rate: p.rate, Delay: p.delay, Queue: p.queue}
}

// host returns the link called name of a host to a switch, which is up.
func (p *ports) host(name, host, sw string) Link {
	l := Link{Name: name, Between: [2]string{host, sw}, Rate: p.rate, Delay: p.delay, Queue: p.queue}
	if p.hostRate != nil {
		l.Rate = p.hostRate
	}
	if p.hostQueue != nil {
		l.Queue = map[string]any{"up": p.hostQueue, "down": p.queue}
	}
	return l
}

// hosts returns the links of hosts h0, h1, ..., so many at each of n switches. Those of a
// preset are its first links, so that hosts come first among the nodes.
func (p *ports) hosts(n, each int, kind string) ([]Link, error) { return p.spread(n, n*each, kind) }

// spread returns the links of hosts h0, h1, ..., so many in all, as evenly at n switches as they divide: the
// first switches have one more.
func (p *ports) spread(n, total int, kind string) ([]Link, error) {
	if err := size("hosts", total, 1); err != nil {
		return nil, err
	}
	var links []Link
	for sw := range n {
		here := total / n
		if sw < total%n {
			here++
		}
		for range here {
			name := fmt.Sprintf("h%d", len(links))
			links = append(links, p.host(name, name, fmt.Sprintf("%s%d", kind, sw)))
		}
	}
	return links, nil
}
