package sched

import "testing"

// Bytes are told as they are, times with four digits; a reason is found by its name, the one that results have.
func TestWhyInWords(t *testing.T) {
	for name, w := range map[string]struct {
		a, b, c float64
		want    string
	}{
		"would-block": {120960, 75600.4, 0, "waits for wifi: it can send 120960 bytes meanwhile, only 75600 are left"},
		"no-block":    {0, 0.12345678, 0, "the faster one is full, and sends 0 of 0.1235 bytes meanwhile: wifi"},
		"ecf-short":   {67.512345e6, 3e6, 0, "wifi is done with what is left in 67.51 ms; the faster one takes 3 ms"},
		"none":        {1, 2, 3, "no reason given"},
	} {
		code, ok := ReasonOf(name)
		if !ok || code.Name() != name {
			t.Fatalf("%s is reason %d, %v", name, code, ok)
		}
		if got := (Why{Code: code, A: w.a, B: w.b, C: w.c}).Text("wifi"); got != w.want {
			t.Errorf("%s: %q, want %q", name, got, w.want)
		}
	}
	if _, ok := ReasonOf("whim"); ok {
		t.Error("there is a reason whim")
	}
}
