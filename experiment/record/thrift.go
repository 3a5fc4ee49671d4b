package record

import "encoding/binary"

// A compact writes structures in the compact protocol of Apache Thrift, as far as Parquet needs it.
// https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md has the protocol.
type compact struct {
	b    []byte
	last []int // number of the last field of each structure that is open
}

// Types of fields and of elements of lists.
const (
	thriftI32    = 5
	thriftI64    = 6
	thriftBinary = 8
	thriftList   = 9
	thriftStruct = 12
)

// field begins a field. Numbers of fields grow by at most 15.
func (t *compact) field(id, kind int) {
	last := &t.last[len(t.last)-1]
	t.b = append(t.b, byte((id-*last)<<4|kind))
	*last = id
}

func (t *compact) i32(id, v int) {
	t.field(id, thriftI32)
	t.b = binary.AppendVarint(t.b, int64(v))
}

func (t *compact) i64(id, v int) {
	t.field(id, thriftI64)
	t.b = binary.AppendVarint(t.b, int64(v))
}

func (t *compact) text(id int, s string) {
	t.field(id, thriftBinary)
	t.octets(s)
}

// octets writes a string without its field, such as an element of a list.
func (t *compact) octets(s string) {
	t.b = binary.AppendUvarint(t.b, uint64(len(s)))
	t.b = append(t.b, s...)
}

// list begins a list of n elements, which follow.
func (t *compact) list(id, kind, n int) {
	t.field(id, thriftList)
	if n < 15 {
		t.b = append(t.b, byte(n<<4|kind))
		return
	}
	t.b = append(t.b, byte(15<<4|kind))
	t.b = binary.AppendUvarint(t.b, uint64(n))
}

// structure begins a field that is a structure; close ends it.
func (t *compact) structure(id int) {
	t.field(id, thriftStruct)
	t.open()
}

// open begins a structure that is no field: the outermost one, or an element of a list.
func (t *compact) open() { t.last = append(t.last, 0) }

// close ends the structure that was opened last.
func (t *compact) close() {
	t.b = append(t.b, 0)
	t.last = t.last[:len(t.last)-1]
}
