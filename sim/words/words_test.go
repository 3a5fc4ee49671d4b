package words

import "testing"

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"kitten", "sitting", 3}, {"oila", "olia", 1}} {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

// A word is offered if it is near, however its letters are written; else all are, but not a hundred.
func TestSuggest(t *testing.T) {
	many := make([]string, 40)
	for i := range many {
		many[i] = "x"
	}
	for _, tt := range []struct {
		got     string
		allowed []string
		want    string
	}{
		{"Mpbs", []string{"bps", "kbps", "Mbps"}, `did you mean "Mbps"?`},
		{"RENO", []string{"reno", "cubic"}, `did you mean "reno"?`},
		{"upp", []string{"down", "up"}, `did you mean "up"?`},
		{"sideways", []string{"up", "down"}, "want one of up, down"},
		{"left", nil, "there are none"},
	} {
		if got := Suggest(tt.got, tt.allowed); got != tt.want {
			t.Errorf("%q of %q: %s; want %s", tt.got, tt.allowed, got, tt.want)
		}
	}
	if got := Suggest("y...", many); len(got) != len("want one of ")+30*len("x, ")+len("...") {
		t.Errorf("of many: %s", got)
	}
	if got := Offered(Suggest("sideways", []string{"up", "down"})); len(got) != 2 || got[0] != "up" || got[1] != "down" {
		t.Errorf("offered %q", got)
	}
	if got := Offered("did you mean \"up\"?"); got != nil {
		t.Errorf("offered %q", got)
	}
	if i, err := Choose("colour", "gren", []string{"red", "green"}); err == nil || err.Error() != `unknown colour "gren"; did you mean "green"?` {
		t.Errorf("%d, %v", i, err)
	}
	if i, err := Choose("colour", "green", []string{"red", "green"}); i != 1 || err != nil {
		t.Errorf("%d, %v", i, err)
	}
}
