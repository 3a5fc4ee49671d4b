package netem

import (
	"fmt"
	"slices"
	"time"
)

// A Route is a way through the network, the same for all its packets. It is one cache line.
type Route struct {
	Src, Dst Addr
	Reverse  *Route // from Dst to Src

	last    slot   // the socket for which the last packet on the route was; nil: there was none then
	unbound uint32 // Host.unbound at that time
	first   uint32 // cursor of the first link in Network.hops
	net     *Network
}

// Links returns the links in the order in which packets cross them.
func (r *Route) Links() []*Link {
	links := r.net.hops[r.first:]
	return slices.Clip(links[:slices.Index(links, nil)])
}

// cursor returns where link number hop of r is in Network.hops.
func (r *Route) cursor(hop uint16) uint32 { return r.first + uint32(hop) }

// maxHops is the most links of a route.
const maxHops = 1<<16 - 1

// BaseDelay returns the least propagation delay, without any transmission time.
func (r *Route) BaseDelay() (d time.Duration) {
	for _, l := range r.Links() {
		d += l.delay.Min()
	}
	return d
}

// newRoute enters a route into the table of hops.
func (n *Network) newRoute(src, dst Addr, links []*Link) *Route {
	r := &Route{Src: src, Dst: dst, first: uint32(len(n.hops)), net: n}
	n.hops = append(append(n.hops, links...), nil)
	return r
}

// Route returns the way from one address to another, and back: the one of the
// fewest links, then of the least delay when it is first asked for, then of the
// links created first. It leaves by the interface of src, as policy routing by
// source address does, and arrives by the interface of dst or, if that cannot
// be reached, by another of its node (the weak host model, RFC 1122, section
// 3.3.4.2). No route passes through a host, nor through the nodes of src and
// dst.
func (n *Network) Route(src, dst Addr) (*Route, error) {
	if r := n.routes[[2]Addr{src, dst}]; r != nil {
		return r, nil
	}
	there, err := n.path(src, dst)
	if err != nil {
		return nil, err
	}
	back, err := n.path(dst, src)
	if err != nil {
		return nil, err
	}
	r, s := n.newRoute(src, dst, there), n.newRoute(dst, src, back)
	r.Reverse, s.Reverse = s, r
	n.routes[[2]Addr{src, dst}], n.routes[[2]Addr{dst, src}] = r, s
	return r, nil
}

// path finds the links of a route.
func (n *Network) path(src, dst Addr) ([]*Link, error) {
	a, b := n.Interface(src), n.Interface(dst)
	switch {
	case a == nil:
		return nil, fmt.Errorf("no interface has address %v", src)
	case b == nil:
		return nil, fmt.Errorf("no interface has address %v", dst)
	case a.Node == b.Node:
		return nil, fmt.Errorf("%v and %v are addresses of one node, %s", src, dst, a.Node.Name)
	case a.Out == b.In:
		return []*Link{a.Out}, nil
	}
	best := n.search(a, b.Node)
	if last := b.In; best[last.From().index] != nil && n.forwards(last.From(), a.Node, b.Node) {
		return append(trace(best, a.Out, last.From()), last), nil
	}
	if best[b.Node.index] == nil {
		return nil, fmt.Errorf("no way from %v (%s) to %v (%s)", src, a.Node.Name, dst, b.Node.Name)
	}
	return trace(best, a.Out, b.Node), nil
}

// forwards reports whether a route from a to b may pass through d.
func (n *Network) forwards(d, a, b *Node) bool { return d != a && d != b && d.receiver == nil }

// search goes breadth first from interface a and returns, for each node reached,
// the last link of the best way there.
func (n *Network) search(a *Interface, b *Node) []*Link {
	best := make([]*Link, len(n.nodes))
	delay := make([]time.Duration, len(n.nodes))
	hops := make([]int, len(n.nodes))
	start := a.Out.to
	best[start.index] = a.Out
	for queue := []*Node{start}; len(queue) > 0; queue = queue[1:] {
		d := queue[0]
		if !n.forwards(d, a.Node, b) {
			continue
		}
		for _, i := range d.Interfaces {
			to := i.Out.to
			far, h := delay[d.index]+i.Out.delay.Min(), hops[d.index]+1
			switch {
			case best[to.index] == nil:
				queue = append(queue, to)
			case h != hops[to.index] || far >= delay[to.index]:
				continue
			}
			best[to.index], delay[to.index], hops[to.index] = i.Out, far, h
		}
	}
	return best
}

// trace returns the best way from link first to d.
func trace(best []*Link, first *Link, d *Node) []*Link {
	var back []*Link
	for l := best[d.index]; ; l = best[l.From().index] {
		back = append(back, l)
		if l == first {
			break
		}
	}
	for i, j := 0, len(back)-1; i < j; i, j = i+1, j-1 {
		back[i], back[j] = back[j], back[i]
	}
	return back
}

// Via returns the route between two nodes over the named links, and back over
// the same. Its addresses are those of the first and the last interface.
func (n *Network) Via(from, to *Node, links []string) (*Route, error) {
	if len(links) == 0 {
		return nil, fmt.Errorf("a route from %s to %s over no links", from.Name, to.Name)
	}
	if len(links) > maxHops {
		return nil, fmt.Errorf("a route of %d links, more than %d", len(links), maxHops)
	}
	there, back := make([]*Link, len(links)), make([]*Link, len(links))
	var src, dst Addr
	at := from
	for i, name := range links {
		d := n.byName[name]
		if d == nil {
			return nil, fmt.Errorf("no link is called %q", name)
		}
		near, far := d.A, d.B
		if far.Node == at {
			near, far = far, near
		}
		if near.Node != at {
			return nil, fmt.Errorf("link %q joins %s and %s, not %s, where the route from %s has come",
				name, d.A.Node.Name, d.B.Node.Name, at.Name, from.Name)
		}
		if i == 0 {
			src = near.Addr
		}
		there[i], back[len(links)-1-i] = near.Out, far.Out
		at, dst = far.Node, far.Addr
	}
	if at != to {
		return nil, fmt.Errorf("the last link, %q, ends at %s, not at %s", links[len(links)-1], at.Name, to.Name)
	}
	r, s := n.newRoute(src, dst, there), n.newRoute(dst, src, back)
	r.Reverse, s.Reverse = s, r
	return r, nil
}
