package figure

import (
	"bytes"
	"compress/zlib"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"

	"mpsim/experiment/record"
)

// texts are what people may call things: markup, what ends strings and comments, scripts from right to left, signs
// beyond 16 bits, and signs that no font has.
var texts = []string{
	`<script>alert(1)</script>`, `a & b`, `"quoted" 'twice'`, `]]> --> <!--`, `(unbalanced \( text`, `) Tj ET (`, `100 % | * _`,
	`Ä é ß µ → ≤ √ é`, `שלום`, `日本語`, "\U0001F680 rocket", "\U0010FFFD", "\u202eright to left", "",
	strings.Repeat("very long ", 30),
}

// Whatever flows, links, axes, variants and titles are called: SVG is XML with that text in it, PDF has strings and
// streams that end where they should, and PNG is a picture.
func TestTextInAllFormats(t *testing.T) {
	kinds := Registry.Names()
	for i, text := range texts {
		for j, k := range kinds {
			if os.Getenv("MPSIM_LONG") != "1" && j%len(texts) != i%len(kinds) {
				continue // each text in one kind, and each kind once
			}
			req := requestOf(k)
			req.Title = text
			f, err := Draw(renamed(text), req)
			if err != nil {
				t.Errorf("%q: %s: %v", text, k, err)
				continue
			}
			formats(t, k, text, f)
		}
		list := []Metric{{text, "bit/s", []Sample{{text, []float64{1, 2}, 1.5, 0.5}, {"b", []float64{3, 4}, 3.5, 0.5}}}}
		formats(t, "bars", text, Bars(text, list))
		formats(t, "distributions", text, Distributions(text, list, tenth))
		req := requestOf("cwnd")
		req.Title = text
		f, err := pool(t, req, []string{text, "b"}, []*record.Result{renamed(text), renamed(text)}).Figure(spread)
		if err != nil {
			t.Fatal(err)
		}
		formats(t, "pool", text, f)
	}
}

// renamed returns the synthetic result with text in each name.
func renamed(text string) *record.Result {
	res := synthetic()
	name := func(s *string) {
		if *s != "" {
			*s += text
		}
	}
	for i := range res.Flows {
		f := &res.Flows[i]
		name(&f.Name)
		for k := range f.Subflows {
			name(&f.Subflows[k].Name)
		}
		for k := range f.Labels {
			f.Labels[k] += text
		}
	}
	for i := range res.Links {
		name(&res.Links[i].Name)
	}
	for i := range res.Series {
		s := &res.Series[i]
		name(&s.Flow)
		name(&s.Subflow)
		name(&s.Link)
	}
	for i := range res.Sequences {
		name(&res.Sequences[i].Flow)
		name(&res.Sequences[i].Subflow)
	}
	for i := range res.Segments {
		name(&res.Segments[i].Flow)
		name(&res.Segments[i].Subflow)
		name(&res.Segments[i].Reason)
	}
	for i := range res.Pauses {
		name(&res.Pauses[i].Flow)
		name(&res.Pauses[i].Reason)
	}
	for i := range res.Incidents {
		name(&res.Incidents[i].Flow)
		name(&res.Incidents[i].Subflow)
		name(&res.Incidents[i].Link)
	}
	for i := range res.Reorders {
		name(&res.Reorders[i].Flow)
	}
	for i := range res.Transfers {
		name(&res.Transfers[i].Flow)
	}
	for i := range res.Connections {
		name(&res.Connections[i].Flow)
	}
	return res
}

// formats encodes f in all formats and checks each by its grammar.
func formats(t *testing.T, kind, text string, f *Figure) {
	t.Helper()
	for _, format := range Formats() {
		data, err := f.Encode(format)
		if err == nil {
			switch format {
			case "svg":
				err = checkSVG(data, text)
			case "pdf":
				err = checkPDF(data)
			case "pgf":
				err = checkPGF(data)
			case "png":
				if len(text) < 100 && kind != "cwnd" {
					continue // pictures of the same letters; one kind is enough
				}
				_, err = png.Decode(bytes.NewReader(data))
			}
		}
		if err != nil {
			t.Errorf("%s of %s named %q: %v", format, kind, text, err)
		}
	}
}

// checkSVG checks that data is XML, and that the text of all elements has the title, as far as it is shown whole.
func checkSVG(data []byte, text string) error {
	d := xml.NewDecoder(bytes.NewReader(data))
	all := ""
	for {
		token, err := d.Token()
		switch {
		case errors.Is(err, io.EOF):
			if len(text) < 50 && !strings.Contains(all, text) {
				return fmt.Errorf("%q is not in it", text)
			}
			return nil
		case err != nil:
			return err
		}
		switch x := token.(type) {
		case xml.CharData:
			all += string(x)
		case xml.StartElement:
			if !strings.Contains("svg g text path rect line polyline polygon circle defs style image", x.Name.Local) {
				return fmt.Errorf("there is an element %s", x.Name.Local)
			}
		}
	}
}

// checkPGF checks that braces are balanced, that nothing else means something to TeX but the commands that pictures
// have, and that each line is one of them.
func checkPGF(data []byte) error {
	depth := 0
	for i, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		if i == 0 && strings.HasPrefix(line, "%") {
			continue
		}
		if !pgfLine.MatchString(line) {
			return fmt.Errorf("line %d is %q", i+1, line)
		}
		for k := 0; k < len(line); k++ {
			switch line[k] {
			case '\\':
				k++ // the next one is escaped, or the name of a command
			case '{':
				depth++
			case '}':
				if depth--; depth < 0 {
					return fmt.Errorf("line %d has a } too many", i+1)
				}
			case '$', '&', '#', '%', '_', '^', '~':
				return fmt.Errorf("line %d: %q is not escaped", i+1, line)
			}
		}
		if depth != 0 {
			return fmt.Errorf("line %d leaves %d braces open", i+1, depth)
		}
	}
	return nil
}

var pgfLine = regexp.MustCompile(`^\\(begingroup|endgroup|begin\{pgfpicture\}|end\{pgfpicture\}|pgfpath|pgfusepath|pgfset|definecolor|pgftext\[)`)

var stream = regexp.MustCompile(`(?s)<<([^>]*)/Length (\d+)>>\nstream\n`)

// checkPDF checks that each stream of data is as long as it says and, if it is what a page shows, that its strings
// are balanced and nothing but operators stands outside of them.
func checkPDF(data []byte) error {
	pages := 0
	for _, m := range stream.FindAllSubmatchIndex(data, -1) {
		var n int
		fmt.Sscan(string(data[m[4]:m[5]]), &n)
		body := data[m[1]:]
		if len(body) < n || !bytes.HasPrefix(body[n:], []byte("\nendstream")) {
			return fmt.Errorf("a stream is not of %d bytes", n)
		}
		if body = body[:n]; bytes.Contains(data[m[2]:m[3]], []byte("FlateDecode")) {
			r, err := zlib.NewReader(bytes.NewReader(body))
			if err != nil {
				return err
			}
			if body, err = io.ReadAll(r); err != nil {
				return err
			}
		}
		if bytes.Contains(body, []byte(" Tf ")) {
			pages++
			if err := checkContent(body); err != nil {
				return err
			}
		}
	}
	if pages == 0 {
		return errors.New("there is no page with text")
	}
	return nil
}

var operators = regexp.MustCompile(`^[\sA-Za-z0-9.\-\[\]/*'<>]*$`)

// checkContent checks the content of a page (PDF 1.7, section 7.3.4.2: strings in parentheses, which are balanced
// or escaped).
func checkContent(body []byte) error {
	var outside []byte
	depth := 0
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case depth > 0 && c == '\\':
			i++
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth < 0 {
				return errors.New("a ) too many")
			}
		case depth == 0:
			outside = append(outside, c)
		}
	}
	if depth != 0 {
		return errors.New("a string does not end")
	}
	if !operators.Match(outside) {
		return fmt.Errorf("text outside of strings")
	}
	return nil
}

// A number that is none, in whatever a figure shows, costs its point and nothing else.
func TestNoNumberInFigures(t *testing.T) {
	for _, none := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		res := synthetic()
		for i := range res.Series {
			for k := 3; k < len(res.Series[i].V); k += 7 {
				res.Series[i].V[k] = none
			}
		}
		for i := range res.Sequences {
			res.Sequences[i].DSN[0] = none
		}
		for i := range res.Transfers {
			if i%5 == 0 {
				res.Transfers[i].FCT = none
			}
		}
		for i := range res.Connections {
			if i%5 == 0 {
				res.Connections[i].Goodput = &none
			}
		}
		for i := range res.Incidents {
			if i%2 == 0 {
				res.Incidents[i].Value = none
			}
		}
		for i := range res.Flows {
			if i%3 == 0 {
				res.Flows[i].Goodput = &none
			}
		}
		for _, k := range Registry.Names() {
			f, err := Draw(res, requestOf(k))
			if err != nil {
				t.Errorf("%g: %v", none, err)
				continue
			}
			for _, format := range Formats() {
				data, err := f.Encode(format)
				if err != nil || format == "svg" && (bytes.Contains(data, []byte("NaN")) || bytes.Contains(data, []byte("Inf"))) {
					t.Errorf("%s of %s with %g: %v", format, k, none, err)
				}
			}
		}
	}
}

// A figure says which characters its font lacks, each once.
func TestWarning(t *testing.T) {
	if w := Bars("±µ", samples()).Warning(); w != nil {
		t.Errorf("a warning of a font that has all: %v", w)
	}
	w := Bars("日本 日", samples()).Warning()
	if w == nil || !strings.Contains(w.Error(), `"日本"`) {
		t.Errorf("the warning is %v; want 日本 in it", w)
	}
}
