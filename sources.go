// Package mpsim has the sources of the model, so that a program without a revision, such as
// one that go run makes, can still say of which model its results are.
package mpsim

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
)

//go:embed go.mod sim/*.go sim/*/*.go sim/*/*/*.go cc/*.go cc/*/*.go sched/*.go sched/*/*.go mptcp/*.go mptcp/*/*.go topology/*.go scenarios/*/*.go
var sources embed.FS

// Sources returns the SHA-256 of the sources of the model, tests left out, in hexadecimal:
// of the name and the text of each file, in the order of names.
var Sources = sync.OnceValue(func() string {
	h := sha256.New()
	page := make([]byte, 32<<10) // one for all: a copy of each file would cost more than its hash
	err := fs.WalkDir(sources, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		f, err := sources.Open(name)
		if err != nil {
			return err
		}
		info, err := f.Stat()
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%s %d\n", name, info.Size())
		_, err = io.CopyBuffer(h, f, page)
		return errors.Join(err, f.Close())
	})
	if err != nil {
		panic(err) // what is embedded can be read
	}
	return hex.EncodeToString(h.Sum(nil))
})
