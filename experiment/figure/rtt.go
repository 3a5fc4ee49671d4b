package figure

import "mpsim/experiment/record"

func init() {
	Registry.Register("rtt", "smoothed round-trip time of each subflow over time", func() Kind { return &rtt{} })
}

// rtt draws round-trip times.
type rtt struct {
	perFlow  `toml:",inline"`
	overTime `toml:",inline"`
	scaled   `toml:",inline"`
}

// Check implements Kind.
func (k *rtt) Check(s *Subject) {
	k.perFlow.check(s)
	k.span.check(s)
	k.checkLog(s, "y")
}

func (k *rtt) panels(s *source) ([]*panel, error) {
	s.of(&k.perFlow, &k.span)
	return s.perFlow(func(f *record.Flow) *panel { return s.subflows(f, record.SRTT, "Smoothed RTT", k.isLog("y", false)) })
}

func (k *rtt) samples(s *source) []sample {
	s.of(&k.perFlow, &k.span)
	return s.subflowSamples(record.SRTT, "Smoothed RTT", k.isLog("y", false))
}
