package experiment

import (
	"math"

	"mpsim/experiment/record"
	"mpsim/mptcp/tcp"
)

// moments adds up samples of a window, in bytes. Their squares are summed around
// the first one, so that the variance does not vanish in the size of the sums.
type moments struct {
	n                   int
	first, sum, squares float64
}

func (m *moments) add(x float64) {
	if m.n == 0 {
		m.first = x
	}
	m.n++
	x -= m.first
	m.sum += x
	m.squares += float64(x * x)
}

func (m *moments) summary() record.Moments {
	if m.n == 0 {
		return record.Moments{}
	}
	n := float64(m.n)
	mean := m.sum / n
	return record.Moments{Count: uint64(m.n), Mean: m.first + mean, Deviation: math.Sqrt(max(0, m.squares/n-float64(mean*mean)))}
}

// sampleWindows looks at the windows of the first connection.
func (f *flow) sampleWindows() {
	total, any := 0.0, false
	for _, s := range f.subflows {
		if e := s.current; e != nil && e.State() == tcp.Established {
			s.window.add(e.Flow.Cwnd)
			total, any = total+e.Flow.Cwnd, true
		}
	}
	if any {
		f.window.add(total)
	}
}
