package topology

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

func init() {
	Matrices.Register("random", "Raiciu et al., SIGCOMM 2011, section 4.1", func() Matrix { return &RandomPairs{} })
	Matrices.Register("one-to-many", "Wischik et al., NSDI 2011, section 4: TP2", func() Matrix { return &OneToMany{Receivers: 12} })
	Matrices.Register("sparse", "Wischik et al., NSDI 2011, section 4: TP3", func() Matrix { return &Sparse{Part: 0.3} })
	Matrices.Register("hotspot", "Raiciu et al., SIGCOMM 2011, section 4.1", func() Matrix { return &Hotspot{Targets: 1} })
	Matrices.Register("all-to-all", "every host to every other", func() Matrix { return &AllToAll{} })
}

// RandomPairs has each sender send to another host, drawn independently: some receive from many.
type RandomPairs struct{}

// Pairs implements Matrix.
func (*RandomPairs) Pairs(hosts int, senders []int, r *rand.Rand) (list []Pair, _ error) {
	for _, h := range senders {
		list = append(list, Pair{From: h, To: another(h, hosts, r)})
	}
	return list, nil
}

// OneToMany has each sender send to several others.
type OneToMany struct {
	Receivers int `toml:"receivers" doc:"receivers of each sender, all different"`
}

// Pairs implements Matrix.
func (m *OneToMany) Pairs(hosts int, senders []int, r *rand.Rand) (list []Pair, _ error) {
	if m.Receivers < 1 || m.Receivers >= hosts {
		return nil, fmt.Errorf("receivers = %d with %d hosts: want 1 to %d", m.Receivers, hosts, hosts-1)
	}
	if err := checkPairs(len(senders), m.Receivers); err != nil {
		return nil, err
	}
	for _, h := range senders {
		var drawn []int
		for len(drawn) < m.Receivers {
			if to := another(h, hosts, r); !slices.Contains(drawn, to) {
				drawn = append(drawn, to)
				list = append(list, Pair{From: h, To: to})
			}
		}
	}
	return list, nil
}

// Sparse has some of the senders, drawn, send to one other host each.
type Sparse struct {
	Part float64 `toml:"part" doc:"part of the senders that do"`
}

// Pairs implements Matrix.
func (m *Sparse) Pairs(hosts int, senders []int, r *rand.Rand) ([]Pair, error) {
	if !(0 < m.Part && m.Part <= 1) {
		return nil, fmt.Errorf("part = %g: want more than 0 and at most 1", m.Part)
	}
	n := min(max(1, int(m.Part*float64(len(senders))+0.5)), len(senders))
	some := slices.Clone(senders)
	r.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
	some = some[:n]
	slices.Sort(some)
	return (&RandomPairs{}).Pairs(hosts, some, r)
}

// Hotspot has every sender send to one of few hosts, which are drawn.
type Hotspot struct {
	Targets int `toml:"targets" doc:"number of those hosts"`
}

// Pairs implements Matrix.
func (m *Hotspot) Pairs(hosts int, senders []int, r *rand.Rand) (list []Pair, _ error) {
	if m.Targets < 1 || m.Targets > hosts {
		return nil, fmt.Errorf("targets = %d with %d hosts: want 1 to %d", m.Targets, hosts, hosts)
	}
	hot := r.Perm(hosts)[:m.Targets]
	for _, h := range senders {
		to := hot[r.IntN(len(hot))]
		if to == h {
			continue // it has what it wants
		}
		list = append(list, Pair{From: h, To: to})
	}
	return list, nil
}

// AllToAll has each sender send to every other host.
type AllToAll struct{}

// Pairs implements Matrix. It draws nothing.
func (*AllToAll) Pairs(hosts int, senders []int, _ *rand.Rand) (list []Pair, _ error) {
	if err := checkPairs(len(senders), hosts-1); err != nil {
		return nil, err
	}
	for _, h := range senders {
		for to := range hosts {
			if to != h {
				list = append(list, Pair{From: h, To: to})
			}
		}
	}
	return list, nil
}
