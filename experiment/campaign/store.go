package campaign

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"mpsim/experiment/record"
)

// A Store keeps finished runs, one file each, by what they depend on: scenario, seed and
// program. Several campaigns may use one at the same time. A nil Store keeps nothing.
type Store struct{ dir string }

// OpenStore returns the store in dir, which is made once there is something to keep.
func OpenStore(dir string) *Store { return &Store{dir} }

// kept is a finished run.
type kept struct {
	Summary *record.Summary `json:"summary"`
	Trace   *record.Trace   `json:"trace,omitempty"`
}

// envelope proves that a file is whole and has the run that it is named after.
type envelope struct {
	Key string          `json:"key"`
	Sum string          `json:"sha256"` // of Run
	Run json.RawMessage `json:"run"`
}

// get returns what came of j, or nil if that is not known. A file that is damaged
// counts as none: the run is repeated and its file replaced.
func (s *Store) get(j *Job) *kept {
	if s == nil {
		return nil
	}
	key := keyOf(j)
	data, err := record.ReadFile(s.file(key))
	if err != nil {
		return nil
	}
	var e envelope
	var k kept
	if json.Unmarshal(data, &e) != nil || e.Key != key || e.Sum != sum(e.Run) || json.Unmarshal(e.Run, &k) != nil || k.Summary == nil {
		return nil
	}
	return &k
}

// put keeps what came of j. Its file appears as a whole or not at all.
func (s *Store) put(j *Job, k *kept) error {
	if s == nil {
		return nil
	}
	run, err := json.Marshal(k)
	if err != nil {
		return err
	}
	key := keyOf(j)
	data, err := json.Marshal(&envelope{key, sum(run), run})
	if err != nil {
		return err
	}
	return replaceFile(s.file(key), append(data, '\n'))
}

// file returns where the run of a key is. Directories of two digits keep each of them
// small.
func (s *Store) file(key string) string { return filepath.Join(s.dir, key[:2], key+".json") }

// replaceFile writes beside name, has the system store that, and renames it.
func replaceFile(name string, data []byte) (err error) {
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".tmp-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(data); err != nil {
		f.Close()
		return err
	}
	if err := f.Sync(); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// keyOf returns the SHA-256 of all that the run of j depends on: the scenario as run
// with the files it refers to, the seed and the program; and of whether its course
// over time is kept.
func keyOf(j *Job) string {
	var b bytes.Buffer
	part := func(name string, data []byte) {
		fmt.Fprintf(&b, "%q %d\n", name, len(data))
		b.Write(data)
	}
	part("program", []byte(program()))
	part("seed", fmt.Append(nil, j.Seed()))
	part("series", fmt.Append(nil, j.Series))
	part("overrides", fmt.Appendf(nil, "%q", j.Scenario.Overrides)) // a summary names them
	part("scenario", j.Scenario.Marshal())
	files := j.Scenario.Files()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		part("file "+name, files[name])
	}
	return sum(b.Bytes())
}

func sum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}

// program identifies the running program: by its revision, or, if it was built from
// changed files, by its bytes.
var program = sync.OnceValue(func() string {
	b := record.ThisBuild()
	id := fmt.Sprintf("%s %s/%s ", b.Go, b.OS, b.Arch)
	if b.Revision != "" && !b.Modified {
		return id + b.Revision
	}
	digest, err := ownDigest()
	if err != nil {
		return id + b.Version // a system without such a file has released programs alone
	}
	return id + digest
})

// ownDigest returns the SHA-256 of the file of the running program.
func ownDigest() (string, error) {
	name, err := os.Executable()
	if err != nil {
		return "", err
	}
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
