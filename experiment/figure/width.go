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

// Venues has those that the key width knows. A width is that of the template, rounded down to a hundredth of an inch:
// a figure at its own size does not stick out. A point of TeX is 1/72.27 in. For a figure over both columns set the
// number of inches.
var Venues = []Venue{
	// acmart.dtx: 8.5 in, less inner = outer = 54pt and columnsep = 2pc: half of that is 241.15 pt.
	{"acm", 3.33, "a column of acmart, format sigconf: 241.15 pt, 3.337 in"},
	// IEEEtran.cls: half of textwidth 43pc less columnsep 1pc. The 3.5 in that IEEE's author centre says are these 21
	// picas in points of 72 to the inch: so wide a figure is too wide by 0.9 pt.
	{"ieee", 3.48, "a column of IEEEtran: 21 picas, 252 pt, 3.487 in"},
	// usenix-2020-09.sty: textwidth 7.00in, columnsep 0.33in.
	{"usenix", 3.33, "a column of USENIX: half of 7 in, less half of 0.33 in between, 3.335 in"},
	{"lncs", 4.8, "the text of Springer's llncs: textwidth 12.2cm, 4.803 in"}, // llncs.cls
	// beamer.cls: hmargin = 1cm, and a paper of 16 cm with aspectratio = 169.
	{"slide", 5.51, "the text of a slide of beamer in 16:9: 16 cm, less 1 cm at each side, 5.512 in"},
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
