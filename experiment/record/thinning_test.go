package record

import (
	"encoding/json"
	"strings"
	"testing"
)

// Each file that has a part of a series says so, and one that has all of it says nothing.
func TestThinnedIsSaid(t *testing.T) {
	whole := Series{Name: "srtt", Flow: "f", T: []float64{1}, V: []float64{2}}
	part := Series{Name: "cwnd", Flow: "f", Subflow: "s", T: []float64{1}, V: []float64{2}, Thinned: &Thinning{5000, 1, 0.25}}
	res := &Result{Trace: Trace{Series: []Series{whole, part}}}
	res.Thin("transfers", "f", &Thinning{Samples: 9000, Kept: 1125})
	res.Thin("incidents", "f", nil)
	files, err := Files(res, "csv", "jsonl", "parquet")
	if err != nil {
		t.Fatal(err)
	}
	text := map[string]string{}
	for _, f := range files {
		text[f.Name] = string(f.Data)
	}
	const csv = "table,series,flow,subflow,link,direction,samples,kept,interval_s\n" +
		"series,cwnd,f,s,,,5000,1,0.25\ntransfers,,f,,,,9000,1125,\n"
	if text["thinned.csv"] != csv {
		t.Errorf("thinned.csv:\n%swant\n%s", text["thinned.csv"], csv)
	}
	const entry = `{"table":"series","series":"cwnd","flow":"f","subflow":"s","samples":5000,"kept":1,"interval_s":0.25}`
	if !strings.Contains(text["series.parquet"], "["+entry+"]") || strings.Contains(text["summary.parquet"], entry) {
		t.Error("the metadata of Parquet do not say what is thinned")
	}
	var trace Trace
	if err := json.Unmarshal([]byte(text["series.json"]), &trace); err != nil {
		t.Fatal(err)
	}
	if trace.Series[0].Thinned != nil || *trace.Series[1].Thinned != *part.Thinned || len(trace.Thinned) != 1 {
		t.Errorf("series.json: %s", text["series.json"])
	}
	if m := NewManifest(&res.Summary, nil, nil); m.Thinned == nil {
		t.Error("the manifest has no list of what is thinned")
	}
	res.Series, res.Thinned = []Series{whole}, nil
	if files, err = Files(res); err != nil || len(files) != 4 {
		t.Errorf("%d files, %v: want summary and series alone", len(files), err)
	}
}
