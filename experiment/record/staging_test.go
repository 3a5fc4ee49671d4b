package record

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// stage makes a result with a file that was written bit by bit.
func stage(t *testing.T, dir string) *Staging {
	t.Helper()
	s, err := Stage(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	f, err := s.Create("large")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"one ", "two"} {
		if _, err := io.WriteString(f, part); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.Written()) != 0 {
		t.Error("a file is part of the result before it is complete")
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return s
}

// A file that was written during the run appears with the others, and not before.
func TestStaging(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "out")
	s := stage(t, dir)
	sum := sha256.Sum256([]byte("one two"))
	if want := []FileRecord{{"large", 7, hex.EncodeToString(sum[:])}}; !slices.Equal(s.Written(), want) {
		t.Errorf("written %v, want %v", s.Written(), want)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the result is there before it is complete")
	}
	if err := s.Commit(result(t, sample())); err != nil {
		t.Fatal(err)
	}
	if err := s.Discard(); err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "large")); string(got) != "one two" {
		t.Errorf("read %q, %v", got, err)
	}
	if list, _ := os.ReadDir(filepath.Dir(dir)); len(list) != 1 {
		t.Errorf("left behind: %v", list)
	}
}

// What is discarded, or fails, leaves what stood there before.
func TestStagingDiscard(t *testing.T) {
	for name, end := range map[string]func(*Staging) bool{
		"discarded": func(s *Staging) bool { return s.Discard() == nil },
		"failed":    func(s *Staging) bool { return s.Commit([]File{{"large/below", nil}}) != nil },
	} {
		parent := t.TempDir()
		dir := filepath.Join(parent, "out")
		if err := Replace(dir, result(t, sample()), false); err != nil {
			t.Fatal(err)
		}
		if !end(stage(t, dir)) {
			t.Errorf("%s: another end", name)
		}
		if _, _, err := Read(dir); err != nil {
			t.Errorf("%s: the older result: %v", name, err)
		}
		if list, _ := os.ReadDir(parent); len(list) != 1 {
			t.Errorf("%s: left behind: %v", name, list)
		}
	}
}
