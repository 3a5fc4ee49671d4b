package record

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

func init() {
	RegisterFormat(Format{"parquet", "Apache Parquet: text as STRING, counts and offsets as INT64, other numbers as DOUBLE, and times in whole nanoseconds as INT64, " +
		"so that a column `_s` is named `_ns`; no value is null. Metadata say what the file is of: schema, scenario, seed, program, and what is thinned", encodeParquet})
}

// The writer is our own because of what github.com/parquet-go/parquet-go (0.32) links to a program that writes a
// table now and then: HTTP, TLS and protocol buffers, which every command would wait for. It writes what all readers
// know since the first version of the format: pages of plain values, text by index into a dictionary, and nothing
// compressed. https://github.com/apache/parquet-format has the format; names here are its own.

// rowsOfGroup bounds a row group: a column of it is one page.
const rowsOfGroup = 1 << 20

// encodeParquet writes a table as columns.
func encodeParquet(d *Dataset, res *Result) ([]byte, error) {
	return parquetInGroups(d, res, rowsOfGroup)
}

func parquetInGroups(d *Dataset, res *Result, size int) ([]byte, error) {
	f := &parquetFile{data: []byte(parquetMagic), of: d}
	f.clear()
	var failed error
	d.Rows(res, func(cells ...any) {
		for i, c := range cells {
			if err := f.columns[i].add(c); err != nil && failed == nil {
				failed = fmt.Errorf("column %s: %w", d.Columns[i].Name, err)
			}
		}
		if f.rows++; f.rows == size {
			f.endGroup()
		}
	})
	if f.rows > 0 {
		f.endGroup()
	}
	return f.end(parquetMetadata(d, res)), failed
}

const parquetMagic = "PAR1"

// parquetMetadata says what a file is of, as pairs of key and value.
func parquetMetadata(d *Dataset, res *Result) [][2]string {
	b := ThisBuild()
	list := [][2]string{
		{"mpsim.schema", strconv.Itoa(Schema)}, {"mpsim.table", d.Name}, {"mpsim.row", d.Doc},
		{"mpsim.scenario", res.Scenario}, {"mpsim.seed", strconv.FormatUint(res.Seed, 10)},
		{"mpsim.version", b.Version}, {"mpsim.vcs_revision", b.Revision}, {"mpsim.sources_sha256", b.Sources},
		{"mpsim.event_hash", res.Hash}, {"mpsim.course_hash", res.Course},
	}
	for _, c := range d.Columns {
		list = append(list, [2]string{"mpsim.column." + c.parquetName(), c.Doc})
	}
	return append(list, [2]string{"mpsim.thinned", thinnedOf(d.Name, res)})
}

// thinnedOf returns what is not complete of a table, as JSON: an empty list if all is there.
func thinnedOf(table string, res *Result) string {
	parts := slices.DeleteFunc(append([]Part{}, res.Parts()...), func(p Part) bool { return p.Table != table })
	text, err := json.Marshal(parts)
	if err != nil { // an interval that is none
		return "unknown"
	}
	return string(text)
}

// parquetName is the name of the column, in the unit that the file has.
func (c Column) parquetName() string {
	if c.Kind == Instant {
		return strings.TrimSuffix(c.Name, "_s") + "_ns"
	}
	return c.Name
}

// Numbers of the format: types of values, encodings, types of pages.
const (
	parquetBoolean, parquetInt64, parquetDouble, parquetByteArray = 0, 2, 5, 6
	parquetPlain, parquetRLE, parquetDictionary                   = 0, 3, 8
	parquetDataPage, parquetDictionaryPage                        = 0, 2
)

// parquetType returns the type of the column's values.
func (c Column) parquetType() int {
	return [...]int{Text: parquetByteArray, Number: parquetDouble, Integer: parquetInt64, Truth: parquetBoolean, Instant: parquetInt64}[c.Kind]
}

// A parquetFile is a table in the making.
type parquetFile struct {
	data    []byte
	of      *Dataset
	columns []parquetColumn // of the row group that is open
	rows    int             // in it
	groups  []parquetGroup
}

// parquetGroup is a row group that is written.
type parquetGroup struct {
	rows, at, size int
	chunks         []parquetChunk
}

// parquetChunk is where a column of a row group is.
type parquetChunk struct {
	dictionary, page, size int // offset of the dictionary, 0 without; of the data; bytes of both
}

// clear opens a row group.
func (f *parquetFile) clear() {
	f.rows, f.columns = 0, make([]parquetColumn, len(f.of.Columns))
	for i := range f.columns {
		f.columns[i] = parquetColumn{Column: f.of.Columns[i], words: make(map[string]int)}
	}
}

// endGroup writes the row group that is open.
func (f *parquetFile) endGroup() {
	g := parquetGroup{rows: f.rows, at: len(f.data)}
	for i := range f.columns {
		g.chunks = append(g.chunks, f.chunk(&f.columns[i]))
	}
	g.size = len(f.data) - g.at
	f.groups = append(f.groups, g)
	f.clear()
}

// chunk writes a column of a row group. A page has its levels (0: no value, 1: a value), then its values.
func (f *parquetFile) chunk(c *parquetColumn) (where parquetChunk) {
	at := len(f.data)
	encoding, values := parquetPlain, c.plain
	if len(c.words) > 0 {
		where.dictionary = at
		f.page(parquetDictionaryPage, len(c.words), parquetPlain, c.plain)
		width := max(1, bits.Len(uint(len(c.words)-1)))
		encoding, values = parquetDictionary, c.index.append([]byte{byte(width)}, width)
	}
	levels := c.levels.append(nil, 1)
	where.page = len(f.data)
	page := binary.LittleEndian.AppendUint32(nil, uint32(len(levels)))
	f.page(parquetDataPage, f.rows, encoding, append(append(page, levels...), values...))
	where.size = len(f.data) - at
	return where
}

// page writes a page of n values behind its header.
func (f *parquetFile) page(kind, n, encoding int, body []byte) {
	var t compact
	t.open()
	t.i32(1, kind)
	t.i32(2, len(body))
	t.i32(3, len(body)) // compressed: it is not
	if kind == parquetDictionaryPage {
		t.structure(7)
		t.i32(1, n)
		t.i32(2, encoding)
	} else {
		t.structure(5)
		t.i32(1, n)
		t.i32(2, encoding)
		t.i32(3, parquetRLE) // definition levels
		t.i32(4, parquetRLE) // repetition levels, of which there are none
	}
	t.close()
	t.close()
	f.data = append(append(f.data, t.b...), body...)
}

// end writes the footer: FileMetaData of the format.
func (f *parquetFile) end(metadata [][2]string) []byte {
	var t compact
	t.open()
	t.i32(1, 1) // version of the format
	t.list(2, thriftStruct, 1+len(f.of.Columns))
	t.open()
	t.text(4, f.of.Name)
	t.i32(5, len(f.of.Columns))
	t.close()
	for _, c := range f.of.Columns {
		c.schema(&t)
	}
	total := 0
	for _, g := range f.groups {
		total += g.rows
	}
	t.i64(3, total)
	t.list(4, thriftStruct, len(f.groups))
	for _, g := range f.groups {
		f.group(&t, g)
	}
	t.list(5, thriftStruct, len(metadata))
	for _, m := range metadata {
		t.open()
		t.text(1, m[0])
		t.text(2, m[1])
		t.close()
	}
	t.text(6, tool)
	t.close()
	f.data = append(f.data, t.b...)
	return append(binary.LittleEndian.AppendUint32(f.data, uint32(len(t.b))), parquetMagic...)
}

// schema writes the SchemaElement of a column. All may be without a value.
func (c Column) schema(t *compact) {
	t.open()
	t.i32(1, c.parquetType())
	t.i32(3, 1) // optional
	t.text(4, c.parquetName())
	if c.Kind == Text {
		t.i32(6, 0) // UTF8, for those who do not know what follows
		t.structure(10)
		t.structure(1) // STRING
		t.close()
		t.close()
	}
	t.close()
}

// group writes a RowGroup.
func (f *parquetFile) group(t *compact, g parquetGroup) {
	t.open()
	t.list(1, thriftStruct, len(g.chunks))
	for i, where := range g.chunks {
		c := f.of.Columns[i]
		t.open() // ColumnChunk
		t.i64(2, 0)
		t.structure(3) // ColumnMetaData
		t.i32(1, c.parquetType())
		t.list(2, thriftI32, 3)
		for _, e := range []int{parquetPlain, parquetRLE, parquetDictionary} {
			t.b = binary.AppendVarint(t.b, int64(e))
		}
		t.list(3, thriftBinary, 1)
		t.octets(c.parquetName())
		t.i32(4, 0) // not compressed
		t.i64(5, g.rows)
		t.i64(6, where.size)
		t.i64(7, where.size)
		t.i64(9, where.page)
		if where.dictionary > 0 {
			t.i64(11, where.dictionary)
		}
		t.close()
		t.close()
	}
	t.i64(2, g.size)
	t.i64(3, g.rows)
	t.close()
}

// A parquetColumn gathers the cells of a column.
type parquetColumn struct {
	Column
	levels runs           // 1: a value, 0: none
	plain  []byte         // values; of text each word once
	words  map[string]int // its index
	index  runs           // of the word of each value
	truths int            // truth values in plain, a bit each
}

// add adds a cell.
func (c *parquetColumn) add(cell any) error {
	x, isFloat := cell.(float64)
	if cell == nil || cell == "" || isFloat && !isFinite(x) {
		c.levels.add(0)
		return nil
	}
	c.levels.add(1)
	switch v := cell.(type) {
	case string:
		c.addText(v)
	case bool:
		c.addTruth(v)
	case int:
		c.addInteger(int64(v))
	case uint64:
		c.addInteger(int64(v))
		if v > math.MaxInt64 {
			return fmt.Errorf("%d is more than INT64 holds", v)
		}
	case float64:
		if c.Kind == Instant {
			c.addInteger(int64(math.Round(v * 1e9)))
		} else {
			c.plain = binary.LittleEndian.AppendUint64(c.plain, math.Float64bits(v))
		}
	}
	return nil
}

func (c *parquetColumn) addInteger(v int64) {
	c.plain = binary.LittleEndian.AppendUint64(c.plain, uint64(v))
}

func (c *parquetColumn) addText(s string) {
	i, known := c.words[s]
	if !known {
		i = len(c.words)
		c.words[s] = i
		c.plain = binary.LittleEndian.AppendUint32(c.plain, uint32(len(s)))
		c.plain = append(c.plain, s...)
	}
	c.index.add(i)
}

func (c *parquetColumn) addTruth(v bool) {
	if c.truths%8 == 0 {
		c.plain = append(c.plain, 0)
	}
	if v {
		c.plain[c.truths/8] |= 1 << (c.truths % 8)
	}
	c.truths++
}

// runs are small numbers, most of them like the one before: the run-length part of the RLE encoding.
type runs []struct{ value, n int }

func (r *runs) add(v int) {
	if n := len(*r); n == 0 || (*r)[n-1].value != v {
		*r = append(*r, struct{ value, n int }{v, 0})
	}
	(*r)[len(*r)-1].n++
}

// append writes the runs of numbers of a width in bits.
func (r runs) append(b []byte, width int) []byte {
	for _, x := range r {
		b = binary.AppendUvarint(b, uint64(x.n)<<1)
		for shift := 0; shift < width; shift += 8 {
			b = append(b, byte(x.value>>shift))
		}
	}
	return b
}
