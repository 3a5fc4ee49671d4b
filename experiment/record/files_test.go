package record

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func sample() *Result {
	res := &Result{}
	res.Scenario, res.Seed, res.Duration, res.Warmup, res.Hash = "s", 1, 30, 5, "abc"
	res.Flows = []Flow{
		{
			Name: "download", Protocol: "mptcp", CC: "olia", Scheduler: "minrtt", Connections: 1,
			Goodput: new(28.44e6), Share: new(0.75), Second: new(0.1234), Received: 100e6,
			RTT: Distribution{Count: 9, Mean: 0.0333, P95: 0.09},
			Subflows: []Subflow{
				{Name: "wifi", Reinjected: new(uint64(0)), Goodput: new(20e6), Share: new(0.703), Retransmitted: 14480, Segments: 10, RTT: Distribution{Count: 5, Mean: 0.02, P95: 0.03}},
				{Name: "lte", Goodput: new(8.44e6), Share: new(0.297), Reinjected: new(uint64(2896)), Established: new(0.12)},
			},
		},
		{Name: "short", Protocol: "tcp", CC: "cubic", Goodput: new(0.0), Share: new(0.0), Connections: 20, Subflows: []Subflow{{Name: "wifi"}},
			Transfers: Distribution{Count: 20, Mean: 0.2, P50: 0.18, P95: 0.4, P99: 1.5}, Unfinished: 2},
	}
	res.Links = []Link{{Name: "wifi", Direction: "up", Utilisation: new(0.9), Sent: 1000, Drops: []Drop{{"overflow", 7}, {"channel", 3}}, Loss: new(0.01)}}
	res.Expectations = []Expectation{
		{Text: "goodput of download >= 25Mbps", Value: new(28.44e6), Unit: "bit/s", Met: true},
		{Text: "rtt-p95 of download <= 100ms", Value: new(0.09), Unit: "s", Met: true},
		{Text: "drops of wifi up <= 5", Value: new(10.0)},
		{Text: "fct-mean of download <= 1s", Unit: "s", None: NoSamples},
	}
	res.Series = []Series{{Name: Cwnd, Unit: "B", Flow: "download", Subflow: "wifi", T: []float64{0, 1.0 / 3}, V: []float64{14480, 1e21}}}
	res.Incidents = []Incident{{T: 12, Kind: LinkDown, Link: "wifi"}}
	res.Sequences = []Sequence{{Flow: "download", Subflow: "wifi", T: []float64{1}, DSN: []float64{1448}}}
	res.Transfers = []Transfer{{Flow: "short", Connection: 3, From: "a", To: "b", Paths: "wifi lte", Bytes: 100_000, Start: 1, End: 1.18, FCT: 0.18}, {Flow: "short", Start: 2, Bytes: 7}}
	return res
}

func TestTable(t *testing.T) {
	var b bytes.Buffer
	if err := Table(&b, &sample().Summary); err != nil {
		t.Fatal(err)
	}
	const want = `
FLOW                                GOODPUT    SHARE   RTT      P95      RETRANSMITTED  REINJECTED  2ND SUBFLOW
download (mptcp, olia, minrtt)      28.4 Mb/s  75.0 %  33.3 ms  90.0 ms  10 (14.5 kB)   2.90 kB     123 ms
  wifi                              20.0 Mb/s  70.3 %  20.0 ms  30.0 ms  10 (14.5 kB)   0 B
  lte                               8.44 Mb/s  29.7 %  –        –        0              2.90 kB
short (tcp, cubic, 20 connections)  0 bit/s    0.0 %   –        –        0              –

TRANSFERS OF  COMPLETED  UNFINISHED  MEAN    MEDIAN  P95     P99
short         20         2           200 ms  180 ms  400 ms  1.50 s

EXPECTED                       GOT         MET
goodput of download >= 25Mbps  28.4 Mb/s   yes
rtt-p95 of download <= 100ms   90.0 ms     yes
drops of wifi up <= 5          10          no
fct-mean of download <= 1s     no samples  no
`
	if got := "\n" + b.String(); got != want {
		t.Errorf("got%s\nwant%s", got, want)
	}
}

func TestUnits(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{bitRate(0), "0 bit/s"}, {bitRate(999.6), "1.00 kb/s"}, {bitRate(9.996e6), "10.0 Mb/s"}, {bitRate(2.5e12), "2500 Gb/s"},
		{Size(999), "999 B"}, {Size(1448), "1.45 kB"},
		{Duration(0), "0 s"}, {Duration(1.5e-6), "1.50 µs"}, {Duration(0.9996), "1.00 s"}, {Duration(125), "125 s"},
	} {
		if tt.got != tt.want {
			t.Errorf("%q; want %q", tt.got, tt.want)
		}
	}
}

// Numbers are written with as few digits as read back to the same number.
func TestCSV(t *testing.T) {
	files, err := Files(sample())
	if err != nil {
		t.Fatal(err)
	}
	text := map[string]string{}
	for _, f := range files {
		text[f.Name] = string(f.Data)
	}
	for name, lines := range map[string][]string{
		"series.csv":    {"cwnd,download,wifi,,,B,0.3333333333333333,1e+21"},
		"summary.csv":   {"flow,download,0,rtt-mean,s,0.02", "flow,download,,second-subflow,s,0.1234", "link,wifi,up,loss,,0.01", "flow,download,1,rtt-mean,s,"},
		"incidents.csv": {"12,link-down,,,wifi,0,"},
		"sequence.csv":  {"download,wifi,false,1,1448"},
		"transfers.csv": {"short,3,a,b,wifi lte,100000,1,1.18,0.18", "short,0,,,,7,2,,"},
	} {
		for _, line := range lines {
			if !strings.Contains(text[name], "\n"+line+"\n") {
				t.Errorf("%s has no line %s:\n%s", name, line, text[name])
			}
		}
	}
}

func TestMetric(t *testing.T) {
	s := &sample().Summary
	for _, tt := range []struct {
		of, name, part, what string
		want                 float64
		ok                   bool
	}{
		{"flow", "download", "", "goodput", 28.44e6, true},
		{"flow", "download", "1", "goodput", 8.44e6, true},
		{"flow", "download", "1", "rtt-mean", 0, false}, // no samples
		{"flow", "download", "", "reinjected", 2896, true},
		{"flow", "short", "", "fct-p95", 0.4, true},
		{"link", "wifi", "up", "drops", 10, true},
		{"link", "wifi", "down", "drops", 0, false},
	} {
		if got, ok := s.Metric(tt.of, tt.name, tt.part, tt.what); got != tt.want || ok != tt.ok {
			t.Errorf("%s %s %s %s = %g, %v; want %g, %v", tt.of, tt.name, tt.part, tt.what, got, ok, tt.want, tt.ok)
		}
	}
}

// result returns the files of a result with its manifest.
func result(t *testing.T, res *Result) []File {
	t.Helper()
	files, err := Files(res)
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, File{"figures/a.png", []byte("picture")})
	m, err := Document(ManifestName, NewManifest(&res.Summary, []byte("source"), files))
	if err != nil {
		t.Fatal(err)
	}
	return append(files, m, File{TimingName, []byte("{}\n")})
}

// What was written reads back.
func TestReadBack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	want := sample()
	if err := Replace(dir, result(t, want), false); err != nil {
		t.Fatal(err)
	}
	got, m, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read\n%+v\nwant\n%+v", got, want)
	}
	if m.Seed != 1 || m.EventHash != "abc" || m.Go == "" || m.OS == "" {
		t.Errorf("manifest %+v", m)
	}
}

// "A result that mpsim made is replaced as a whole; a directory that holds
// anything else is refused without --force."
func TestReplace(t *testing.T) {
	for _, tt := range []struct {
		name    string
		prepare func(dir string) error
		refused string // what the message says; "" if it is replaced
		force   bool   // may replace it
	}{
		{"absent", func(string) error { return nil }, "", true},
		{"empty", func(dir string) error { return os.Mkdir(dir, 0o777) }, "", true},
		{"older result", func(dir string) error { return Replace(dir, result(t, sample()), false) }, "", true},
		{"a file beside", func(dir string) error {
			Replace(dir, result(t, sample()), false)
			return os.WriteFile(filepath.Join(dir, "thesis.tex"), nil, 0o666)
		}, "thesis.tex", true},
		{"a file among the figures", func(dir string) error {
			Replace(dir, result(t, sample()), false)
			return os.WriteFile(filepath.Join(dir, "figures", "mine.png"), nil, 0o666)
		}, "mine.png", true},
		{"an empty directory beside", func(dir string) error {
			Replace(dir, result(t, sample()), false)
			return os.Mkdir(filepath.Join(dir, "notes"), 0o777)
		}, "notes", true},
		{"a foreign manifest", func(dir string) error {
			os.Mkdir(dir, 0o777)
			return os.WriteFile(filepath.Join(dir, ManifestName), []byte(`{"name":"app"}`), 0o666)
		}, ManifestName, true},
		{"a manifest that names files elsewhere", func(dir string) error {
			os.Mkdir(dir, 0o777)
			return os.WriteFile(filepath.Join(dir, ManifestName), []byte(`{"tool":"mpsim","files":[{"name":"/etc/passwd"}]}`), 0o666)
		}, "/etc/passwd", true},
		{"a repository", func(dir string) error { return os.MkdirAll(filepath.Join(dir, ".git"), 0o777) }, "is a repository", false},
		{"a file", func(dir string) error { return os.WriteFile(dir, nil, 0o666) }, "not a directory", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			parent := t.TempDir()
			dir := filepath.Join(parent, "out")
			if err := tt.prepare(dir); err != nil {
				t.Fatal(err)
			}
			fresh := sample()
			fresh.Seed = 99
			replaced := func() bool {
				res, _, err := Read(dir)
				return err == nil && res.Seed == 99
			}
			err := Replace(dir, result(t, fresh), false)
			if (err == nil) != (tt.refused == "") || err != nil && !strings.Contains(err.Error(), tt.refused) || replaced() != (err == nil) {
				t.Errorf("got %v; want refusal for %q", err, tt.refused)
			}
			if err := Replace(dir, result(t, fresh), true); (err == nil) != tt.force || replaced() != tt.force {
				t.Errorf("with force: %v", err)
			}
			if list, _ := os.ReadDir(parent); len(list) != 1 {
				t.Errorf("left behind: %v", list)
			}
		})
	}
}

// An error while writing leaves the older result whole and nothing else.
func TestReplaceFails(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "out")
	if err := Replace(dir, result(t, sample()), false); err != nil {
		t.Fatal(err)
	}
	bad := append(result(t, sample()), File{"summary.csv/below", nil}) // a file cannot be a directory
	if err := Replace(dir, bad, false); err == nil {
		t.Fatal("no error")
	}
	if _, _, err := Read(dir); err != nil {
		t.Error(err)
	}
	if list, _ := os.ReadDir(parent); len(list) != 1 {
		t.Errorf("left behind: %v", list)
	}
}

// Where names cannot be exchanged, the older result makes room first.
func TestSwapInSteps(t *testing.T) {
	parent := t.TempDir()
	dir, fresh := filepath.Join(parent, "out"), filepath.Join(parent, "fresh")
	for _, d := range []string{dir, fresh} {
		if err := os.Mkdir(d, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(d, "name"), []byte(d), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := swapInSteps(fresh, dir); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "name")); string(got) != fresh {
		t.Errorf("%s, %v; want what was fresh", got, err)
	}
	if err := swapInSteps(fresh, dir); err == nil {
		t.Error("a missing directory took the place of one")
	}
	if _, err := os.Stat(filepath.Join(dir, "name")); err != nil {
		t.Error(err)
	}
	if list, _ := os.ReadDir(parent); len(list) != 1 {
		t.Errorf("left behind: %v", list)
	}
}

// What a killed program left behind goes once a result is in its place, and not
// while another program may still be writing it.
func TestSweep(t *testing.T) {
	parent := t.TempDir()
	old, young := filepath.Join(parent, ".out"+infix+"1-0"), filepath.Join(parent, ".out"+infix+"2-0")
	for _, d := range []string{old, young} {
		if err := os.Mkdir(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	yesterday := time.Now().Add(-24 * time.Hour)
	if err := os.Chtimes(old, yesterday, yesterday); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(parent, "out")
	bad := append(result(t, sample()), File{"summary.csv/below", nil})
	if err := Replace(dir, bad, false); err == nil {
		t.Fatal("no error")
	}
	if _, err := os.Stat(old); err != nil {
		t.Error("swept before there was a result")
	}
	if err := Replace(dir, result(t, sample()), false); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(old); err == nil {
		t.Error("not swept")
	}
	if _, err := os.Stat(young); err != nil {
		t.Error("swept what may be in use")
	}
}

// Directories whose loss nobody means are refused with force too.
func TestPrecious(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", filepath.Join(home, "me"))
	os.Mkdir(filepath.Join(home, "me"), 0o777)
	for _, dir := range []string{"/", ".", "..", home} {
		if err := CheckTarget(dir, true); err == nil {
			t.Errorf("%s may be replaced", dir)
		}
	}
	if err := CheckTarget("", true); err == nil {
		t.Error("the empty name may be replaced")
	}
}
