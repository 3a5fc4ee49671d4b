package figure

import "mpsim/experiment/record"

func init() {
	register("rtt", "smoothed round-trip time of each subflow over time", drawRTT)
}

func drawRTT(s *source) ([]*panel, error) {
	return s.perFlow(func(f *record.Flow) *panel {
		list, index := s.series(f, record.SRTT)
		if len(list) == 0 {
			return nil
		}
		top := s.top(greatest(list...))
		sc := scaleFor("s", top)
		p := s.timePanel(f, sc.label("Smoothed RTT"), 1.08*sc.factor*top)
		s.addPerSubflow(p, list, index, sc)
		return p
	})
}
