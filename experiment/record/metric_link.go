package record

// What links did with packets.
func init() {
	RegisterMetric(
		Metric{
			Name: "utilization", Label: "Utilization", Unit: Ratio,
			Doc:  "bits sent over what the rate, as it was at each instant, allows while the link is up: an outage does not count",
			None: "a rate of 0, or an outage, all the time", Link: func(l *Link) float64 { return known(l.Utilisation) },
		},
		Metric{
			Name: "offered", Label: "Packets offered", Unit: Count,
			Doc:  "packets that the link was offered, by its node or its middleboxes, warm-up included",
			Link: func(l *Link) float64 { return float64(l.Sent) },
		},
		Metric{
			Name: "loss", Label: "Loss", Unit: Ratio,
			Doc:  "part dropped of the packets that the link was offered, by its node or its middleboxes, or held when the warm-up ended",
			None: "no packets", Link: func(l *Link) float64 { return known(l.Loss) },
		},
		Metric{
			Name: "marks", Label: "Marks", Unit: Count,
			Doc:  "packets that the queue marked with congestion experienced (ECN), warm-up included",
			Link: func(l *Link) float64 { return float64(l.Marks) },
		},
		Metric{
			Name: "drops", Label: "Drops", Unit: Count, Doc: "packets dropped for any cause, warm-up included",
			Link: func(l *Link) float64 { return float64(l.Dropped()) },
		},
		Metric{
			Name: "middlebox-packets", Label: "Packets for middleboxes", Unit: Count,
			Doc: "packets that the conditions of its middleboxes select, warm-up included", None: noMiddlebox, Needs: Middleboxes,
			Link: func(l *Link) float64 {
				n := 0.0
				for _, b := range l.Middleboxes {
					n += float64(b.Packets)
				}
				return some(len(l.Middleboxes) > 0, n)
			},
		},
		Metric{
			Name: "middlebox-hits", Label: "Hits of middleboxes", Unit: Count,
			Doc: "those of them that a middlebox did not just let pass, warm-up included", None: noMiddlebox, Needs: Middleboxes,
			Link: func(l *Link) float64 {
				n := 0.0
				for _, b := range l.Middleboxes {
					n += float64(b.Hits)
				}
				return some(len(l.Middleboxes) > 0, n)
			},
		},
	)
	for _, reason := range []struct{ name, doc string }{
		{"overflow", "because the queue was full"},
		{"early", "because queue management chose to"},
		{"channel", "because the channel lost them, or the link was silent"},
		{"down", "because the link was down"},
		{"middlebox", "by a middlebox"},
	} {
		RegisterMetric(Metric{
			Name: "drops-" + reason.name, Label: "Drops, " + reason.name, Unit: Count,
			Doc: "packets dropped " + reason.doc + ", warm-up included",
			Link: func(l *Link) float64 {
				for _, d := range l.Drops {
					if d.Reason == reason.name {
						return float64(d.Packets)
					}
				}
				return 0
			},
		})
	}
}

// noMiddlebox says why a link has no numbers of middleboxes.
const noMiddlebox = "no middlebox"
