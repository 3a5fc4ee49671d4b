package fluid

import "testing"

// To those who respond to losses, a load that does not is a smaller link: C(1−p) of what is
// offered passes, of both alike.
func TestLoad(t *testing.T) {
	n := &Network{Links: []Link{{Capacity: 1000, Load: 400}}, Users: []User{{Law: Reno{}, Paths: []Path{path(0.1, 0)}}}}
	s := settle(t, n)
	p, w := s.Links[0].Loss, s.Users[0][0].Window
	near(t, "load", s.Links[0].Load*(1-p), 1000, 1e-4)
	near(t, "rate", s.Users[0][0].Rate, s.Links[0].Load-400, 1e-6)
	near(t, "square-root law", w*w*p, 2, 1e-3)
}

// Alone it loses what exceeds the capacity, and nothing of what does not.
func TestLoadAlone(t *testing.T) {
	s := settle(t, &Network{Links: []Link{{Capacity: 1000, Load: 1250}, {Capacity: 1000, Load: 900}}})
	near(t, "loss", s.Links[0].Loss, 0.2, 1e-4)
	if s.Links[1].Loss != 0 {
		t.Errorf("loss %g of a link that is not full", s.Links[1].Loss)
	}
}
