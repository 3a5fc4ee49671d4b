package figure

import (
	"fmt"
	"strings"
)

// A Venue is where figures are printed or shown, and how wide they are there.
type Venue struct {
	Name   string
	Inches float64
	Source string
}

// Venues has those that the key width knows. Their widths are remembered and not looked up in the templates: where it
// matters, set the number of inches, as for a figure over both columns.
var Venues = []Venue{
	{"acm", 3.33, "a column of acmart, format sigconf: 241.1 pt"},
	{"ieee", 3.5, "a column of IEEE transactions and conferences: 21 picas"},
	{"usenix", 3.33, "a column of USENIX: half of 7 in, less half of 0.33 in between"},
	{"lncs", 4.8, "the text of Springer's llncs: 122 mm"},
	{"slide", 5.5, "the text of a slide of beamer in 16:9: 160 mm, less 10 mm at each side"},
}

// The narrowest figure that has room for its axes, and the widest, in inches.
const (
	MinWidth = 1.5
	MaxWidth = 30
)

// WidthOf returns the width at a venue, in inches.
func WidthOf(venue string) (inches float64, ok bool) {
	for _, v := range Venues {
		if v.Name == venue {
			return v.Inches, true
		}
	}
	return 0, false
}

// VenueNames returns the names of all venues.
func VenueNames() (names []string) {
	for _, v := range Venues {
		names = append(names, v.Name)
	}
	return names
}

// quoted writes a name in a message, cut if it is long.
func quoted(name string) string {
	if len(name) > 80 {
		name = strings.ToValidUTF8(name[:80], "") + "..."
	}
	return fmt.Sprintf("%q", name)
}

// element is the path of an element of a key.
func element(key string, i int) string { return fmt.Sprintf("%s[%d]", key, i) }
