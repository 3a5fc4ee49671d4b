package prediction

import (
	"fmt"

	"mpsim/cc/fluid"
	"mpsim/mptcp/udp"
	"mpsim/scenarios"
	"mpsim/sim/app"
)

// A stream is the datagrams of connections of the same path. To the model they are a load that
// nothing changes, the same all the time and on all its links: those of a path that lose
// some do not relieve the next.
type stream struct {
	payload float64 // bytes/s
	links   []int
}

// addStreams adds what f, if it is UDP, offers in the mean to the loads of links.
func (m *model) addStreams(f *scenarios.Flow) (list []stream) {
	if !f.UDP() || f.Count == 0 {
		return nil
	}
	chunk, rate := f.Workload.Look().(app.Source).Offers()
	for k := range f.Pairs {
		n := len(f.Pairs[k].Routes)
		for j, routes := range f.Pairs[k].Routes {
			count := (f.Count - j + n - 1) / n // connections j, j+n, ...
			if count <= 0 {
				break
			}
			s := stream{payload: float64(rate) / 8 * float64(count)}
			for _, h := range routes[0] {
				l := 2 * h.Link
				if h.Down {
					l++
				}
				s.links = append(s.links, l)
				m.network.Links[l].Load += s.payload * float64(chunk+udp.Header) / float64(chunk)
			}
			list = append(list, s)
		}
	}
	m.notes = append(m.notes, fmt.Sprintf("flow %s: bursts are averaged, it is a constant load of %v", f.Name, rate))
	return list
}

// goodput returns what of s arrives, bit/s.
func (s *stream) goodput(st *fluid.State, n *fluid.Network) float64 {
	x := s.payload * 8
	for _, l := range s.links {
		x *= (1 - st.Links[l].Loss) * (1 - n.Links[l].Loss)
	}
	return x
}
