package figure

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/plot/cmpimg"

	"mpsim/experiment/record"
)

var (
	update = flag.Bool("update", false, "rewrite the golden figures of testdata")
	out    = flag.String("out", "", "write all figures to this directory, to look at")
)

// Every kind of figure of a known result looks as it looked when somebody last
// looked at it; the pictures are testdata/*.png.
func TestGolden(t *testing.T) {
	res := synthetic()
	for _, k := range Registry.Names() {
		t.Run(k, func(t *testing.T) {
			f, err := Draw(res, requestOf(k))
			if err != nil {
				t.Fatal(err)
			}
			compareGolden(t, k, f)
		})
	}
}

// compareGolden judges a figure by testdata/NAME.png.
func compareGolden(t *testing.T, name string, f *Figure) {
	t.Helper()
	got, err := f.Encode("png")
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", name+".png")
	if *update {
		os.MkdirAll("testdata", 0o777)
		if err := os.WriteFile(golden, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if same, err := cmpimg.EqualApprox("png", got, want, 0.02); err != nil || !same {
		t.Errorf("differs from %s (%v); if that is meant, look at it and run go test -update", golden, err)
	}
}

// The same result gives the same bytes in every format, and PDF embeds TrueType
// fonts (venues refuse Type 3).
func TestBytes(t *testing.T) {
	res := synthetic()
	for _, format := range Formats() {
		for _, k := range Registry.Names() {
			var files [2][]byte
			for i := range files {
				req := requestOf(k)
				req.Title = "Title"
				f, err := Draw(res, req)
				if err != nil {
					t.Fatal(err)
				}
				if files[i], err = f.Encode(format); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(files[0], files[1]) {
				t.Errorf("two %s figures of kind %s differ", format, k)
			}
			has := func(text string) bool { return bytes.Contains(files[0], []byte(text)) }
			if format == "pdf" && (!has("/FontFile2") || has("/Type3")) {
				t.Errorf("the fonts of %s.pdf are not TrueType", k)
			}
			if *out != "" {
				os.MkdirAll(*out, 0o777)
				os.WriteFile(filepath.Join(*out, k+"."+format), files[0], 0o666)
			}
		}
	}
}

// A figure of what a result does not have is an error that says so.
func TestNothingToDraw(t *testing.T) {
	empty := &record.Result{}
	empty.Duration = 10
	empty.Flows = []record.Flow{{Name: "a"}}
	for _, k := range Registry.Names() {
		_, err := Draw(empty, Request{Name: k})
		if !errors.Is(err, ErrNoData) || !strings.Contains(err.Error(), "figure "+k) {
			t.Errorf("%s of an empty result: %v", k, err)
		}
	}
	for _, tt := range []struct {
		req  Request
		want string
	}{
		{Request{Name: "cwndd"}, `unknown figure "cwndd" (have cwnd, fct-cdf,`},
		{Request{Name: "cwnd", Kind: &cwnd{perFlow: perFlow{ofFlows: ofFlows{Flows: []string{"b"}}}}}, `no flow "b"`},
		{Request{Name: "queue", Kind: &queue{ofLinks: ofLinks{Links: []string{"b"}}}}, `no link "b"`},
		{Request{Name: "cwnd", Width: -1}, "width"},
	} {
		if _, err := Draw(empty, tt.req); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v; want %s", tt.req, err, tt.want)
		}
	}
}

// Short series, a run of no length and values of 0 are drawn without panic.
func TestDegenerate(t *testing.T) {
	for _, v := range []float64{0, 1, 1e-9, 1e12} {
		for _, duration := range []float64{0, 1e-6, 30} {
			res := &record.Result{}
			res.Duration = duration
			res.Flows = []record.Flow{{Name: "a", Goodput: &v, Labels: []string{"loss=0.1", "box=nat"}}}
			for _, name := range []string{record.Cwnd, record.SRTT, record.RecvBuffer, record.Throughput} {
				x := record.Series{Name: name, Unit: "B", Flow: "a", Bin: 0.1, T: []float64{0}, V: []float64{v}}
				res.Series = append(res.Series, x)
			}
			for _, name := range []string{record.QueueLength, record.QueueDelay} {
				res.Series = append(res.Series, record.Series{Name: name, Unit: "s", Link: "l", T: []float64{0}, V: []float64{v}})
			}
			res.Sequences = []record.Sequence{{Flow: "a", T: []float64{0}, DSN: []float64{v}}}
			res.Reorders = []record.Reorder{{Flow: "a", Count: 1, Wait: []float64{v}, Below: []uint64{1}}, {Flow: "a", Count: 1, Wait: []float64{v}}, {Flow: "a"}}
			res.Transfers = []record.Transfer{{Flow: "a", FCT: v}}
			for _, k := range Registry.Names() {
				f, err := Draw(res, requestOf(k))
				if err == nil {
					_, err = f.Encode("svg")
				}
				if err != nil && !errors.Is(err, ErrNoData) {
					t.Errorf("%s of %g for %g s: %v", k, v, duration, err)
				}
			}
		}
	}
}

func TestTicks(t *testing.T) {
	for _, tt := range []struct {
		min, max float64
		n        int
		want     string
	}{
		{0, 30, 6, "0 5 10 15 20 25 30"},
		{0, 1, 5, "0.0 0.2 0.4 0.6 0.8 1.0"},
		{0, 0.08, 5, "0.00 0.02 0.04 0.06 0.08"},
		{0, 107, 5, "0 50 100"},
		{0, 12.5, 5, "0 5 10"},
	} {
		var labels []string
		for _, tick := range (linearTicks{n: tt.n}).Ticks(tt.min, tt.max) {
			labels = append(labels, tick.Label)
		}
		if got := strings.Join(labels, " "); got != tt.want {
			t.Errorf("ticks from %g to %g: %s; want %s", tt.min, tt.max, got, tt.want)
		}
	}
}
