package campaign

import (
	"context"
	"encoding/json"
	"os"
	"testing"

	"mpsim/experiment/record"
)

// FuzzStored damages the log of a stored run: bytes changed at a place, a part cut off, something else put in. It is
// found as it was, or not at all, and then the run is made again.
func FuzzStored(f *testing.F) {
	s := load(f)
	store := OpenStore(f.TempDir())
	jobs := replications(1, s)
	if _, err := Run(context.Background(), jobs, Options{Workers: 1, Store: store}); err != nil {
		f.Fatal(err)
	}
	name := record.Logs(store.dir)[0]
	key := keyOf(&jobs[0])
	whole, err := os.ReadFile(name)
	if err != nil {
		f.Fatal(err)
	}
	store.look()
	want, err := json.Marshal(store.get(key))
	if err != nil || string(want) == "null" {
		f.Fatal(err)
	}
	for _, x := range []struct {
		at, cut uint16
		put     string
	}{{0, 0, ""}, {0, 65535, ""}, {0, 65535, "{}"}, {0, 65535, "null"}, {10, 1, "x"}, {2000, 1, "9"}, {0, 1, "["}, {100, 0, "\x00"}, {0, 0, `{"key":""}`}, {0, 65535, `{"key":"","sha256":"","run":null}`}} {
		f.Add(x.at, x.cut, []byte(x.put))
	}
	f.Fuzz(func(t *testing.T, at, cut uint16, put []byte) {
		a := min(int(at), len(whole))
		b := min(a+int(cut), len(whole))
		if cut == 65535 {
			b = len(whole)
		}
		damaged := append(append(append([]byte{}, whole[:a]...), put...), whole[b:]...)
		if err := os.WriteFile(name, damaged, 0o666); err != nil {
			t.Fatal(err)
		}
		again := OpenStore(store.dir)
		again.look()
		k := again.get(key)
		if k == nil {
			return
		}
		if got, err := json.Marshal(k); err != nil || string(got) != string(want) {
			t.Errorf("another run: %v\n%s", err, got)
		}
	})
}
