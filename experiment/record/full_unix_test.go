//go:build unix

package record

import (
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
)

// A disk that fills up while a result is written leaves the older one whole and
// nothing else. A limit on the size of files stands for the full disk: both cut a
// write short and make the next one fail.
func TestFullDisk(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "out")
	if err := Replace(dir, result(t, sample()), false); err != nil {
		t.Fatal(err)
	}
	large := sample()
	large.Seed = 99
	files := append(result(t, large), File{"large", make([]byte, 4<<20)})

	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Skip(err)
	}
	limit := before
	limit.Cur = 2 << 20 // the test binary keeps a small log of its own
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Skip(err)
	}
	err := Replace(dir, files, false)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	if err == nil {
		t.Fatal("no error")
	}
	if res, _, err := Read(dir); err != nil || res.Seed != 1 {
		t.Errorf("the older result is damaged: %v", err)
	}
	if list, _ := os.ReadDir(parent); len(list) != 1 {
		t.Errorf("left behind: %v", list)
	}
}
