package figure

import "mpsim/experiment/record"

// pooledPlaces is how many places a curve over time has.
const pooledPlaces = 100

// overRun returns the means of a series in intervals of equal width, each at the middle of its interval.
func (s *source) overRun(x record.Series) (at, v []float64) {
	width := (s.until - s.from) / pooledPlaces
	sum, covered := make([]float64, pooledPlaces), make([]float64, pooledPlaces)
	x = s.cut(x)
	for i, t := range x.T {
		end := s.until
		if i+1 < len(x.T) {
			end = x.T[i+1]
		}
		for k := min(pooledPlaces-1, max(0, int((t-s.from)/width))); k < pooledPlaces; k++ {
			low, high := s.from+float64(k)*width, s.from+float64(k+1)*width
			if low >= end {
				break
			}
			if part := min(end, high) - max(t, low); part > 0 {
				sum[k] += part * x.V[i]
				covered[k] += part
			}
		}
	}
	for k := range sum {
		if covered[k] > 0 {
			at, v = append(at, s.from+(float64(k)+0.5)*width), append(v, sum[k]/covered[k])
		}
	}
	return at, v
}

// timeSample returns the sample of a series.
func (s *source) timeSample(thing, label string, concerns func(link string) bool, x record.Series) sample {
	out := sample{Thing: thing, X: quantity{"Time", "s"}, Y: quantity{label, x.Unit}, From: s.from, Until: s.until}
	out.At, out.V = s.overRun(x)
	if w := s.res.Warmup; w > s.from && w < s.until {
		out.Events = append(out.Events, event{w, "warm-up"})
	}
	for _, l := range s.timePanel(concerns, "", 1).events {
		out.Events = append(out.Events, event{l.x, l.text})
	}
	return out
}

// subflowSamples returns a sample of each subflow of each flow.
func (s *source) subflowSamples(name, label string, log bool) (list []sample) {
	flows := s.flows()
	for i := range flows {
		f := &flows[i]
		series, _ := s.series(f, name)
		for _, x := range series {
			thing := s.keys.shows(f.Name)
			if x.Subflow != "" && f.Protocol == "mptcp" {
				thing += ": " + x.Subflow
			}
			y := s.timeSample(thing, label, linksOf(f), x)
			y.YLog = log
			list = append(list, y)
		}
	}
	return list
}
