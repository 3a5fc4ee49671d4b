package record

// The times that packets, data and transfers take.
func init() {
	distribution{
		name: "rtt", label: "RTT", doc: "the RTT samples", only: Acknowledged,
		flow:    func(f *Flow) Distribution { return f.RTT },
		subflow: func(s *Subflow) Distribution { return s.RTT },
	}.register()
	distribution{
		name: "ooo-delay", label: "Wait for order", doc: "the time that data waited for what came before it", only: Multipath,
		flow: func(f *Flow) Distribution { return f.OutOfOrder },
	}.register()
	distribution{
		name: "fct", label: "Completion time", doc: "the completion times of transfers, warm-up included", only: Acknowledged, needs: Transfers,
		flow: func(f *Flow) Distribution { return f.Transfers },
	}.register()
	distribution{
		name: "queue-delay", label: "Queue delay", doc: "the time that packets wait in the queue, without their own transmission",
		link: func(l *Link) Distribution { return l.QueueDelay },
	}.register()
	RegisterMetric(
		Metric{
			Name: "second-subflow", Label: "Time to the second subflow", Unit: Seconds,
			Doc: "time from the first SYN until the second subflow can carry data of the direction of the flow", None: "no second subflow", Only: Multipath,
			Flow: func(f *Flow) float64 { return known(f.Second) },
		},
		Metric{
			Name: "established", Label: "Time to the handshake", Unit: Seconds,
			Doc: "time from the first SYN of the connection until the subflow can carry data", None: "no handshake", Only: Acknowledged,
			Subflow: func(s *Subflow) float64 { return known(s.Established) },
		},
	)
}
