package record

import (
	"fmt"
	"slices"
)

// A File is one file of a result, with slashes in its name.
type File struct {
	Name string
	Data []byte
}

// manyRows is more than a sheet of a spreadsheet has: who reads such a table does not read CSV.
const manyRows = 1 << 20

// usual returns the formats of a table where none is named.
func usual(rows int) []string {
	if rows > manyRows {
		return []string{"csv", "parquet"}
	}
	return []string{"csv"}
}

// Files returns the tables of a result, in the formats named, and its documents. Without a
// format it is CSV, and Parquet beside it for a table of more than 1 048 576 rows. Their bytes
// depend on the result and the program alone.
func Files(res *Result, names ...string) (list []File, err error) {
	for i := range Datasets {
		d := &Datasets[i]
		rows := d.count(res)
		if rows == 0 && !slices.Contains(always, d.Name) {
			continue
		}
		files, err := d.files(res, rows, names)
		if err != nil {
			return nil, err
		}
		list = append(list, files...)
	}
	for _, doc := range []struct {
		name string
		of   any
	}{{"summary.json", &res.Summary}, {"series.json", &res.Trace}} {
		data, err := encode(doc.of)
		if err != nil {
			return nil, err
		}
		list = append(list, File{doc.name, data})
	}
	return list, nil
}

// Files returns the table in the formats named, or, without one, as Files does. What says of which scenario and
// seed it is.
func (d *Dataset) Files(what *Summary, names ...string) ([]File, error) {
	res := &Result{Summary: *what}
	return d.files(res, d.count(res), names)
}

func (d *Dataset) files(res *Result, rows int, names []string) (list []File, err error) {
	if len(names) == 0 {
		names = usual(rows)
	}
	if slices.Contains(withCSV, d.Name) && !slices.Contains(names, "csv") {
		names = append([]string{"csv"}, names...)
	}
	for _, name := range names {
		f := FormatOf(name)
		if f == nil {
			return nil, fmt.Errorf("there is no format %q", name)
		}
		data, err := f.Encode(d, res)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", d.Name, name, err)
		}
		list = append(list, File{d.Name + "." + name, data})
	}
	return list, nil
}
