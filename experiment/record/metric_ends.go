package record

// What each end of a flow received and sent: of a flow of requests and responses both ends do both.
func init() {
	for i, end := range []string{"from", "to"} {
		for _, k := range []struct {
			name, label, doc string
			unit             Unit
			none             string
			only             []string
			of               func(*End) float64
		}{
			{"goodput-at-", "Goodput at ", "bytes received in order, over time, by the application at the end", BitRate, NoSamples, nil,
				func(e *End) float64 { return known(e.Goodput) }},
			{"received-at-", "Received at ", "bytes received in order, warm-up included, by the application at the end", Octets, "", nil,
				func(e *End) float64 { return float64(e.Received) }},
			{"sent-by-", "Sent by ", "payload sent, with repetitions, warm-up included, by the end", Octets, "", nil,
				func(e *End) float64 { return float64(e.Sent) }},
			{"retransmitted-by-", "Retransmitted by ", "bytes sent again on the same subflow, warm-up included, by the end", Octets, "", Acknowledged,
				func(e *End) float64 { return float64(e.Retransmitted) }},
		} {
			RegisterMetric(Metric{
				Name: k.name + end, Label: k.label + end, Unit: k.unit, Doc: k.doc + " " + end, None: k.none, Only: k.only,
				Flow: func(f *Flow) float64 { return k.of(f.end(i)) },
			})
		}
	}
}

// end returns an end of f.
func (f *Flow) end(i int) *End {
	if i < len(f.Ends) {
		return &f.Ends[i]
	}
	return &End{}
}
