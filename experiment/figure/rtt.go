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
		sc := scaleFor("s", greatest(list...))
		p := s.timePanel(sc.label("SRTT"), 1.08*sc.factor*greatest(list...))
		s.addPerSubflow(p, list, index, sc)
		return p
	})
}
