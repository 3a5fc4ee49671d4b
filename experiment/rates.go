package experiment

import (
	"cmp"
	"slices"

	"mpsim/experiment/record"
	"mpsim/sim"
)

// goodput returns what the application of c could read, in bit/s: from the end of the
// warm-up, or its opening, to the end or, of a transfer that is complete, to the last
// byte.
func (c *conn) goodput(warm, end sim.Time) float64 {
	from := max(warm, c.Opened)
	if c.completed && c.f.finite() {
		end = c.last
	}
	if end <= from {
		return 0
	}
	return float64(c.received-c.warm) * 8 / end.Sub(from).Seconds()
}

// rates summarises the goodputs of the connections of f and lists them, the least first. One
// that ended before the warm-up did does not count.
func (f *flow) rates(warm, end sim.Time) (record.Rates, []record.Connection) {
	var list []record.Connection
	for _, c := range f.conns {
		if c.completed && c.f.finite() && c.last <= warm {
			continue
		}
		list = append(list, record.Connection{
			Flow: f.Name, Connection: c.Index, From: c.Hosts().From, To: c.Hosts().To,
			Opened: c.Opened.Seconds(), Goodput: c.goodput(warm, end),
		})
	}
	slices.SortStableFunc(list, func(a, b record.Connection) int { return cmp.Compare(a.Goodput, b.Goodput) })
	n := len(list)
	if n == 0 {
		return record.Rates{}, nil
	}
	at := func(part float64) float64 { return list[min(n-1, int(part*float64(n)))].Goodput }
	r := record.Rates{Count: n, Min: list[0].Goodput, P10: at(0.1), P50: at(0.5), Max: list[n-1].Goodput}
	var sum, squares float64
	for _, c := range list {
		sum += c.Goodput
		squares += float64(c.Goodput * c.Goodput)
	}
	r.Mean = sum / float64(n)
	if squares > 0 {
		r.Jain = new(sum * sum / (float64(n) * squares))
	}
	return r, list
}

// thin returns at most record.DefaultPoints of a sorted list, evenly spread and with both ends.
func thin[T any](list []T) []T {
	n := len(list)
	if n <= record.DefaultPoints {
		return list
	}
	some := make([]T, record.DefaultPoints)
	for i := range some {
		some[i] = list[i*(n-1)/(len(some)-1)]
	}
	return some
}
