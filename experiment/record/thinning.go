package record

// Thinning says what part of what happened a list has.
type Thinning struct {
	Samples int `json:"samples"` // before
	Kept    int `json:"kept"`    // of these
	// Interval is the width of the intervals of which the least, the greatest and the last value are kept, or, of
	// a series of means over intervals, over which they are means now, s; 0: one of every so many was kept.
	Interval float64 `json:"interval_s,omitempty"`
}

// A Part is a series or a list that is not complete.
type Part struct {
	Table     string `json:"table"`               // "series", "sequence", "incidents", "transfers", "connections", "decisions", "timeline" or "pauses"
	Series    string `json:"series,omitempty"`    // the quantity, of a series
	Flow      string `json:"flow,omitempty"`      // its name
	Subflow   string `json:"subflow,omitempty"`   // its name
	Link      string `json:"link,omitempty"`      // its name
	Direction string `json:"direction,omitempty"` // "up" or "down", of a link
	Thinning
}

// Thin notes that of a list of a flow there is a part, unless how is nil.
func (t *Trace) Thin(table, flow string, how *Thinning) {
	if how != nil {
		t.Thinned = append(t.Thinned, Part{Table: table, Flow: flow, Thinning: *how})
	}
}

// Parts returns all series and lists that are not complete. What is not among them has everything.
func (t *Trace) Parts() (list []Part) {
	for _, s := range t.Series {
		if s.Thinned != nil {
			list = append(list, Part{"series", s.Name, s.Flow, s.Subflow, s.Link, s.Direction, *s.Thinned})
		}
	}
	for _, s := range t.Sequences {
		if s.Thinned != nil {
			list = append(list, Part{Table: "sequence", Flow: s.Flow, Subflow: s.Subflow, Thinning: *s.Thinned})
		}
	}
	return append(list, t.Thinned...)
}
