package record

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// syncAfter is how long a line of a Log may wait for the system to store it. A program that is killed loses
// none, because the system has them already; a machine that fails loses what is younger.
const syncAfter = time.Second

// A Log appends lines to a file of its own in a directory, which is made for the first line. Lines are written as
// they come and synced together, so that one costs no more than its bytes. Methods may be called at the same time.
type Log struct {
	dir string

	mu      sync.Mutex // guards what follows
	file    *os.File   // nil until there is a line
	pending *time.Timer
	err     error // of a sync
}

// LogSuffix is the end of the name of every log.
const LogSuffix = ".jsonl"

// NewLog returns a Log in dir.
func NewLog(dir string) *Log { return &Log{dir: dir} }

// Append writes a line, which has its end. After an error, the next one goes to another file, because
// this may end in a part of the line.
func (l *Log) Append(line []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		f, err := createLog(l.dir)
		if err != nil {
			return err
		}
		l.file = f
	}
	if _, err := l.file.Write(line); err != nil {
		return errors.Join(err, l.close())
	}
	if l.pending == nil {
		l.pending = time.AfterFunc(syncAfter, l.sync)
	}
	return l.err
}

// sync has the system store what was written. Lines are written meanwhile; they have a sync of their own.
func (l *Log) sync() {
	l.mu.Lock()
	f := l.file
	l.pending = nil
	l.mu.Unlock()
	if f == nil {
		return
	}
	if err := f.Sync(); err != nil && !errors.Is(err, os.ErrClosed) { // closed: synced by close
		l.mu.Lock()
		l.err = errors.Join(l.err, err)
		l.mu.Unlock()
	}
}

// Close has the system store all lines, and closes the file. The next line opens another one.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.close()
}

func (l *Log) close() error {
	f, err := l.file, l.err
	if f == nil {
		return err
	}
	if l.pending != nil {
		l.pending.Stop()
	}
	l.file, l.pending, l.err = nil, nil, nil
	return errors.Join(err, f.Sync(), f.Close())
}

// createLog makes a file that no other program writes to.
func createLog(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	for i := 1; ; i++ {
		f, err := os.OpenFile(filepath.Join(dir, fmt.Sprintf("%04d"+LogSuffix, i)), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err == nil {
			syncDir(dir)
		}
		return f, err
	}
}

// Logs names the logs in dir, the oldest first.
func Logs(dir string) (names []string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil // there is none, or none that can be read
	}
	for _, e := range entries {
		if e.Type().IsRegular() && strings.HasSuffix(e.Name(), LogSuffix) {
			names = append(names, filepath.Join(dir, e.Name()))
		}
	}
	return names
}
