package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Document returns v as a JSON file.
func Document(name string, v any) (File, error) {
	data, err := encode(v)
	return File{name, data}, err
}

// CheckTarget reports why dir may not be written. It may if it does not exist,
// is empty, or holds a result of ours and nothing else. With force, what else it
// holds does not matter, unless it is plain that losing it is not meant.
func CheckTarget(dir string, force bool) error {
	dir, err := resolve(dir)
	if err != nil {
		return err
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is not a directory", dir)
	}
	if err := precious(dir); err != nil || force {
		return err
	}
	foreign, err := firstForeign(dir)
	if err != nil {
		return err
	}
	if foreign != "" {
		return fmt.Errorf("%s holds %s, which is not part of a result: choose another directory, or replace it all with --force", dir, foreign)
	}
	return nil
}

// resolve returns the absolute path of dir, through a symbolic link if it is one.
func resolve(dir string) (string, error) {
	if dir == "" {
		return "", errors.New("the name of the result directory is empty")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		return real, nil
	}
	return dir, nil
}

// precious refuses what nobody means to replace by a result.
func precious(dir string) error {
	inside := func(path string, err error) bool {
		if err != nil {
			return false
		}
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real
		}
		rel, err := filepath.Rel(dir, path)
		return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
	}
	switch {
	case filepath.Dir(dir) == dir:
		return fmt.Errorf("%s is the root directory", dir)
	case inside(os.Getwd()):
		return fmt.Errorf("%s holds the working directory", dir)
	case inside(os.UserHomeDir()):
		return fmt.Errorf("%s holds the home directory", dir)
	}
	if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
		return fmt.Errorf("%s is a repository", dir)
	}
	return nil
}

// firstForeign names something in dir that no manifest of ours there accounts
// for, or "".
func firstForeign(dir string) (string, error) {
	known := map[string]bool{}
	if m, err := readManifest(dir); err == nil {
		known[ManifestName], known[TimingName] = true, true
		for _, f := range m.Files {
			if !fs.ValidPath(f.Name) {
				return f.Name, nil // not written by us
			}
			for name := f.Name; name != "."; name = path.Dir(name) {
				known[name] = true
			}
		}
	}
	foreign := ""
	err := filepath.WalkDir(dir, func(file string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, file)
		if err != nil || rel == "." || known[filepath.ToSlash(rel)] {
			return err
		}
		foreign = rel
		return fs.SkipAll
	})
	return foreign, err
}

func readManifest(dir string) (*Manifest, error) {
	var m Manifest
	if err := decode(filepath.Join(dir, ManifestName), &m); err != nil {
		return nil, err
	}
	if m.Tool != tool {
		return nil, fmt.Errorf("%s is not the manifest of a result", filepath.Join(dir, ManifestName))
	}
	return &m, nil
}

func decode(path string, v any) error {
	data, err := ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// ReadFile reads a regular file. Something else of its name is an error: one could wait for a named pipe for ever.
func ReadFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file", name)
	}
	return os.ReadFile(name)
}

// Replace makes dir hold exactly the files. All are written and synchronised
// next to it, under a hidden name, and then take its place by renaming; so dir
// never holds a part of a result, and an error leaves it as it was. What stood
// there before must pass CheckTarget.
func Replace(dir string, files []File, force bool) error {
	s, err := Stage(dir, force)
	if err != nil {
		return err
	}
	return s.Commit(files)
}

// Infix of the hidden names next to a result directory while it is written.
const infix = ".mpsim-tmp-"

// siblingDir makes an empty directory next to base.
func siblingDir(parent, base string) (string, error) {
	for i := 0; ; i++ {
		name := filepath.Join(parent, fmt.Sprintf(".%s%s%d-%d", base, infix, os.Getpid(), i))
		// Unlike os.MkdirTemp, because the result shall have the usual permissions.
		err := os.Mkdir(name, 0o777)
		if !errors.Is(err, fs.ErrExist) {
			return name, err
		}
	}
}

// sweep removes what a program that was killed left behind. A result in the making
// is written to all the time: what has not been touched for an hour belongs to
// nobody. It may be the older result if the program was killed in the middle of
// swap, so that only a result that is in its place makes it worthless.
func sweep(parent, base string) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "."+base+infix) {
			continue
		}
		if path := filepath.Join(parent, e.Name()); time.Since(touched(path)) > time.Hour {
			os.RemoveAll(path)
		}
	}
}

// touched returns when dir or a file in it was last written. If that cannot be
// known, it is now.
func touched(dir string) (last time.Time) {
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.ModTime().After(last) {
			last = info.ModTime()
		}
		return err
	})
	if err != nil {
		return time.Now()
	}
	return last
}

// writeAll writes the files below dir and has the system store them.
func writeAll(dir string, files []File) error {
	made := []string{dir}
	for _, f := range files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if d := filepath.Dir(path); !slices.Contains(made, d) {
			if err := os.MkdirAll(d, 0o777); err != nil {
				return err
			}
			made = append(made, d)
		}
		if err := writeFile(path, f.Data); err != nil {
			return err
		}
	}
	for _, d := range made {
		syncDir(d)
	}
	return nil
}

func writeFile(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		f.Close()
		return err
	}
	if err := f.Sync(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// syncDir has the system store the names in a directory. Some systems cannot;
// the names are then stored a little later.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync() // not all file systems can
		d.Close()
	}
}

// swap puts fresh in the place of dir and removes what was there.
func swap(fresh, dir string) error {
	parent := filepath.Dir(dir)
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		err := os.Rename(fresh, dir)
		syncDir(parent)
		return err
	}
	if err := exchange(fresh, dir); err == nil {
		syncDir(parent)
		return os.RemoveAll(fresh)
	}
	return swapInSteps(fresh, dir)
}

// swapInSteps does the same where names cannot be exchanged: a directory that is
// not empty cannot be renamed onto, so the old one goes into an empty one of ours
// first, and for an instant there is none.
func swapInSteps(fresh, dir string) error {
	parent, base := filepath.Split(dir)
	hold, err := siblingDir(parent, base)
	if err != nil {
		return err
	}
	old := filepath.Join(hold, base)
	if err := os.Rename(dir, old); err != nil {
		return errors.Join(err, os.Remove(hold))
	}
	if err := os.Rename(fresh, dir); err != nil {
		if back := os.Rename(old, dir); back != nil {
			return fmt.Errorf("%w; what stood there before is now %s (%w)", err, old, back)
		}
		return errors.Join(err, os.Remove(hold))
	}
	syncDir(parent)
	return os.RemoveAll(hold)
}
