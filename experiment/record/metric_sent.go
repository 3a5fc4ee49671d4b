package record

// What subflows sent, once and again.
func init() {
	for _, k := range []struct {
		name, label, doc string
		unit             Unit
		only             []string
		of               func(*Subflow) float64
	}{
		{"sent", "Sent", "payload sent, with repetitions, warm-up included", Octets, nil, func(s *Subflow) float64 { return float64(s.Sent) }},
		{"retransmitted", "Retransmitted", "bytes sent again on the same subflow, warm-up included", Octets, Acknowledged,
			func(s *Subflow) float64 { return float64(s.Retransmitted) }},
		{"reinjected", "Reinjected", "bytes sent again on another subflow, warm-up included", Octets, Multipath,
			func(s *Subflow) float64 { return float64(OrZero(s.Reinjected)) }},
		{"marked", "Marked", "bytes whose acknowledgement echoed a mark (ECN), warm-up included", Octets, Acknowledged,
			func(s *Subflow) float64 { return float64(s.Marked) }},
		{"loss-episodes", "Loss episodes", "fast recoveries, warm-up included", Count, Acknowledged,
			func(s *Subflow) float64 { return float64(s.Losses) }},
		{"ecn-episodes", "ECN episodes", "responses to marks (ECN) without a loss, warm-up included", Count, Acknowledged,
			func(s *Subflow) float64 { return float64(s.Marks) }},
		{"timeouts", "Timeouts", "retransmission timeouts, warm-up included", Count, Acknowledged,
			func(s *Subflow) float64 { return float64(s.Timeouts) }},
	} {
		RegisterMetric(Metric{Name: k.name, Label: k.label, Unit: k.unit, Doc: k.doc, Only: k.only, Flow: sumOf(k.of), Subflow: k.of})
	}
}
