package figure

import "testing"

// A figure at its own size fits what the templates leave for it, to a hundredth of an inch.
func TestVenuesAreAsWideAsTheirTemplates(t *testing.T) {
	const (
		pt = 1 / 72.27 // of TeX, in
		cm = 1 / 2.54
	)
	room := map[string]float64{
		"acm":    (8.5 - 2*54*pt - 24*pt) / 2, // acmart.dtx, sigconf: paperwidth, inner and outer, columnsep of 2pc
		"ieee":   (43 - 1) * 12 * pt / 2,      // IEEEtran.cls: textwidth 43pc, columnsep 1pc
		"usenix": (7.00 - 0.33) / 2,           // usenix-2020-09.sty: textwidth, columnsep
		"lncs":   12.2 * cm,                   // llncs.cls: textwidth
		"slide":  (16 - 2*1) * cm,             // beamer.cls: paper of aspectratio=169, hmargin
	}
	for _, v := range Venues {
		if left := room[v.Name] - v.Inches; left < 0 || left >= 0.01 {
			t.Errorf("%s: a figure of %g in leaves %.4f in of %.4f", v.Name, v.Inches, left, room[v.Name])
		}
	}
	if len(room) != len(Venues) {
		t.Errorf("%d venues, %d templates", len(Venues), len(room))
	}
}
