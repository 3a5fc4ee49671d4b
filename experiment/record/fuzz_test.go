package record

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzRead reads results whose files are damaged, or of something else: an error, or what they say.
func FuzzRead(f *testing.F) {
	for _, s := range []string{"", "{}", "null", "[]", `{"tool":"mpsim","schema":1}`, `{"tool":"mpsim","schema":2}`, `{"tool":"mpsim","schema":1,"files":[{"name":"../x"}]}`, `{"flows":[{"subflows":null}]}`, "\x00"} {
		f.Add([]byte(s), []byte("{}"), []byte("{}"))
		f.Add([]byte(`{"tool":"mpsim","schema":1}`), []byte(s), []byte(s))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, manifest, summary, series []byte) {
		for name, data := range map[string][]byte{ManifestName: manifest, "summary.json": summary, "series.json": series} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		_ = CheckTarget(dir, false)
		res, m, err := Read(dir)
		if (err == nil) != (res != nil && m != nil) {
			t.Fatalf("%v, %v, %v", res, m, err)
		}
		if err == nil {
			if _, err := Files(res); err != nil {
				t.Errorf("cannot be written again: %v", err)
			}
		}
	})
}
