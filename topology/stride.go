package topology

import (
	"fmt"
	"math/rand/v2"
)

func init() {
	Matrices.Register("stride", "Al-Fares et al., Hedera, NSDI 2010, section 5.1", func() Matrix { return &Stride{Stride: 1} })
}

// Stride has host i send to host i + stride, counted around. Half of the hosts as stride crosses
// the core of a tree.
type Stride struct {
	Stride int `toml:"stride" doc:"distance of the receiver"`
}

// Pairs implements Matrix. It draws nothing.
func (m *Stride) Pairs(hosts int, senders []int, _ *rand.Rand) (list []Pair, _ error) {
	if m.Stride%hosts == 0 || m.Stride < 0 {
		return nil, fmt.Errorf("stride = %d with %d hosts: want 1 or more, and no multiple of the hosts, which would send to themselves", m.Stride, hosts)
	}
	for _, h := range senders {
		list = append(list, Pair{From: h, To: (h + m.Stride) % hosts})
	}
	return list, nil
}
