package topology

func init() {
	Registry.Register("olia-c", khalili+"3.3, scenario C", func() Preset {
		u := OliaC(newUsers())
		return &u
	})
}

// OliaC is scenario C: users of type 1 have an access point of their own, ap1, and
// share ap2 with those of type 2. All users of a type are connections between server
// and multi, or server and single.
type OliaC Users

// Expand implements Preset. The paths of type 1 are wired+ap1+radio1 and
// wired+ap2+radio2.
func (t *OliaC) Expand() ([]Link, error) {
	if err := (*Users)(t).check(); err != nil {
		return nil, err
	}
	return []Link{
		{Name: "ap1", Between: [2]string{"core", "a1"}, Rate: capacity(t.N1, t.C1), Delay: none, Queue: t.Queue},
		{Name: "ap2", Between: [2]string{"core", "a2"}, Rate: capacity(t.N2, t.C2), Delay: none, Queue: t.Queue},
		wire("wired", "server", "core", none),
		wire("radio1", "a1", "multi", t.Delay),
		wire("radio2", "a2", "multi", t.Delay),
		wire("radio3", "a2", "single", t.Delay),
	}, nil
}
