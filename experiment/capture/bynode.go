package capture

import (
	"bufio"
	"errors"
	"io"
	"net/url"

	"mpsim/sim/netem"
)

// ByNode writes a file for each node, with what it sees, each packet once: those that it sends when it offers
// them to a link, and those that arrive. What is dropped on the way is in no file but the sender's. It is for
// tools that take a file for the view of one host.
type ByNode struct {
	create  func(name string) (io.WriteCloser, error)
	snaplen int
	files   []nodeFile
	err     error
}

type nodeFile struct {
	*Writer
	file io.Closer
}

// NewByNode returns a ByNode of files that create makes; their names are NodeFile of the node. The snaplen is
// as of NewWriter.
func NewByNode(create func(name string) (io.WriteCloser, error), snaplen int) *ByNode {
	return &ByNode{create: create, snaplen: snaplen}
}

// Directory is where the files of nodes are in a result.
const Directory = "captures"

// NodeFile returns the usual name of the file of a node. Characters that no file name should have are escaped.
func NodeFile(node string) string { return Directory + "/" + url.PathEscape(node) + ".pcapng" }

// Watch makes b write the packets that cross n from now on.
func (b *ByNode) Watch(n *netem.Network) {
	for _, node := range n.Nodes() {
		f, err := b.create(NodeFile(node.Name))
		if err != nil {
			b.err = err
			return
		}
		// There may be thousands: each has a small buffer.
		w := &Writer{w: bufio.NewWriterSize(f, 1<<15), snaplen: b.snaplen}
		b.files = append(b.files, nodeFile{w, f})
		w.watch(n, func(i *netem.Interface) bool { return i.Node == node })
	}
}

// Err returns an error of making a file or writing to it, if there is one.
func (b *ByNode) Err() error {
	if b.err != nil {
		return b.err
	}
	for _, f := range b.files {
		if err := f.Err(); err != nil {
			return err
		}
	}
	return nil
}

// Close writes what is buffered and closes the files. It returns all errors.
func (b *ByNode) Close() error {
	err := b.err
	for _, f := range b.files {
		err = errors.Join(err, f.Flush(), f.file.Close())
	}
	b.files = nil
	return err
}
