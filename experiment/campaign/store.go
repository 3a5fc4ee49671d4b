package campaign

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"sync"

	"mpsim/experiment/record"
	"mpsim/scenarios"
)

// A Store keeps finished runs by what they depend on: scenario, seed and program. It is a directory of logs, one
// for each campaign that has kept something, with a line a run. Several campaigns may use one at the same time.
// A nil Store keeps nothing.
type Store struct {
	dir string
	log *record.Log

	mu    sync.Mutex         // guards what follows
	read  map[string]int64   // how much of each log has been looked at
	lines map[string][]place // by key, the oldest first
}

// place is where a line of a log is.
type place struct {
	log string
	at  int64
	n   int
}

// OpenStore returns the store in dir, which is made once there is something to keep.
func OpenStore(dir string) *Store {
	return &Store{dir: dir, log: record.NewLog(dir), read: make(map[string]int64), lines: make(map[string][]place)}
}

// kept is a finished run.
type kept struct {
	Summary *record.Summary `json:"summary"`
	Trace   *record.Trace   `json:"trace,omitempty"`
	Seen    json.RawMessage `json:"seen,omitempty"`
}

// envelope is a line of a log. It proves that the line is whole and has the run of its key.
type envelope struct {
	Key string          `json:"key"`
	Sum string          `json:"sha256"` // of Run
	Run json.RawMessage `json:"run"`
}

// A line begins with its key.
const (
	beforeKey = `{"key":"`
	keyLen    = 2 * sha256.Size
)

// look finds the lines that logs have got since the last look.
func (s *Store) look() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range record.Logs(s.dir) {
		if f, err := os.Open(name); err == nil { // else its runs are repeated
			s.scan(name, f)
			f.Close()
		}
	}
}

// scan finds the lines of a log. One without its end is being written, or was when its program was killed.
func (s *Store) scan(name string, f io.ReadSeeker) {
	if _, err := f.Seek(s.read[name], io.SeekStart); err != nil {
		return
	}
	log := bufio.NewReaderSize(f, 1<<16)
	for {
		key, n, err := next(log)
		if err != nil {
			return
		}
		s.lines[key] = append(s.lines[key], place{name, s.read[name], n})
		s.read[name] += int64(n)
	}
}

// next reads a line, and returns its key and its length.
func next(log *bufio.Reader) (key string, n int, err error) {
	for more := true; more; {
		part, err := log.ReadSlice('\n')
		if more = err == bufio.ErrBufferFull; err != nil && !more {
			return "", 0, err
		}
		if n == 0 && len(part) >= len(beforeKey)+keyLen && bytes.HasPrefix(part, []byte(beforeKey)) {
			key = string(part[len(beforeKey):][:keyLen])
		}
		n += len(part)
	}
	return key, n, nil
}

// get returns what came of the run of a key, or nil if that is not known. A line that is damaged counts as none:
// the run is repeated.
func (s *Store) get(key string) *kept {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	places := s.lines[key]
	s.mu.Unlock()
	for _, p := range slices.Backward(places) {
		if k := p.load(key); k != nil {
			return k
		}
	}
	return nil
}

// load reads a line, and returns its run if it is whole and that of key.
func (p *place) load(key string) *kept {
	f, err := os.Open(p.log)
	if err != nil {
		return nil
	}
	defer f.Close()
	data := make([]byte, p.n)
	if _, err := f.ReadAt(data, p.at); err != nil {
		return nil
	}
	var e envelope
	var k kept
	if json.Unmarshal(data, &e) != nil || e.Key != key || e.Sum != sum(e.Run) || json.Unmarshal(e.Run, &k) != nil || k.Summary == nil {
		return nil
	}
	return &k
}

// put keeps what came of the run of a key: once it returns, that outlives the program.
func (s *Store) put(key string, k *kept) error {
	if s == nil {
		return nil
	}
	run, err := json.Marshal(k)
	if err != nil {
		return err
	}
	line := fmt.Appendf(nil, `{"key":"%s","sha256":"%s","run":%s}`+"\n", key, sum(run), run) // an envelope, without reading run again
	return s.log.Append(line)
}

// close has the system store what was kept.
func (s *Store) close() error {
	if s == nil {
		return nil
	}
	return s.log.Close()
}

// keys makes the keys of jobs. What those of one scenario share is summed up once.
type keys map[*scenarios.Scenario]string

// key returns the SHA-256 of all that the run of j depends on: the scenario as run with the files it refers to,
// the seed and the program; and of whether its course over time is kept, and whether somebody looked at it.
func (k keys) key(j *Job) string {
	shared, ok := k[j.Scenario]
	if !ok {
		shared = digest(j.Scenario)
		k[j.Scenario] = shared
	}
	return sum(fmt.Appendf(nil, "%s %d %v %v", shared, j.Seed(), j.Series, j.Look != nil))
}

// digest returns the SHA-256 of what all runs of s depend on.
func digest(s *scenarios.Scenario) string {
	var b bytes.Buffer
	part := func(name string, data []byte) {
		fmt.Fprintf(&b, "%q %d\n", name, len(data))
		b.Write(data)
	}
	part("program", []byte(program()))
	part("overrides", fmt.Appendf(nil, "%q", s.Overrides)) // a summary names them
	part("scenario", s.Marshal())
	files := s.Files()
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
