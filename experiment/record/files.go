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

// Files returns the tables of a result, in the formats named, and its documents. Without a
// format it is CSV. Their bytes depend on the result alone.
func Files(res *Result, names ...string) (list []File, err error) {
	if len(names) == 0 {
		names = []string{"csv"}
	}
	for i := range Datasets {
		d := &Datasets[i]
		if !slices.Contains(always, d.Name) && d.empty(res) {
			continue
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
