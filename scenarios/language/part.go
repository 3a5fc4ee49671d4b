package language

import (
	"fmt"
	"reflect"
	"strings"

	"mpsim/sim/words"
)

// A Part is an exchangeable part of a scenario, such as a congestion controller:
// its kind and its parameters. In a scenario it is a name, "olia", or a table with
// the name as kind, { kind = "cubic", beta = 0.7 }.
type Part[T any] struct {
	// Kind is the name in the registry; "" if the part is left out.
	Kind string

	params map[string]any // all but the kind; already checked
	files  *files
	made   T // with these parameters
}

// Look returns the instance by which the parameters were checked. It is for questions, such as for a mean
// rate, since everybody gets the same; who uses a part takes one of New.
func (p Part[T]) Look() T { return p.made }

// New returns a fresh instance with the parameters of the scenario. The zero Part has none: New panics. The
// parameters are those of the instance that was made of the text: a run makes one for each end and subflow.
func (p Part[T]) New() T {
	v, err := registryOf[T]().New(p.Kind)
	if err != nil {
		panic("language: " + err.Error())
	}
	if len(p.params) == 0 {
		return v
	}
	from, to := parameters(p.made), parameters(v)
	for _, i := range fieldsOf(to.Type()).at {
		to.FieldByIndex(i).Set(from.FieldByIndex(i))
	}
	d := &document{files: p.files}
	if err := d.open(any(v)); err != nil {
		panic(fmt.Sprintf("language: %s: %v", p.Kind, err))
	}
	return v
}

// partOf returns a part whose parameters are known to fit.
func partOf[T any](kind string, params map[string]any, files *files) Part[T] {
	v, err := registryOf[T]().New(kind)
	d := &document{files: files}
	if err == nil {
		d.decodeParams("", params, parameters(v))
		err = d.open(any(v))
	}
	if err != nil || len(d.problems) > 0 {
		panic(fmt.Sprintf("language: %s: %v %v", kind, err, d.problems))
	}
	return Part[T]{kind, params, files, v}
}

// parameters returns the struct that a part points to.
func parameters(part any) reflect.Value { return reflect.Indirect(reflect.ValueOf(part)) }

// structOf returns the struct that has the parameters of a kind; nil if there is no such kind.
func (Part[T]) structOf(kind string) reflect.Type {
	v, err := registryOf[T]().New(kind)
	if err != nil {
		return nil
	}
	return parameters(v).Type()
}

// IsZero reports whether the part was left out.
func (p Part[T]) IsZero() bool { return p.Kind == "" }

// Registry returns the registry in which the kind of the part is.
func (Part[T]) Registry() Registry { return registryOf[T]() }

// An opener is a part that reads files.
type opener interface {
	Open(open func(name string) ([]byte, error)) error
}

// A validator is a part that can tell whether its parameters make sense together.
type validator interface{ Validate() error }

// decode implements selfDecoder. The part is made once, to check its parameters; if
// that fails, p stays as it is.
func (p *Part[T]) decode(d *document, path string, v any) {
	r := registryOf[T]()
	t, ok := longForm(r.Kind(), v)
	if !ok {
		d.fail(path, "got %s; want %s", describe(v), shortFormOf(r.Kind()).want)
		return
	}
	kind, ok := t["kind"].(string)
	if !ok {
		d.noKind(path, r, t)
		return
	}
	part, err := r.New(kind)
	if err != nil {
		at := path
		if _, table := v.(map[string]any); table {
			at = join(path, "kind")
		}
		d.fail(at, "unknown %s %q; %s", r.Kind(), clip(kind), words.Suggest(kind, r.Names()))
		return
	}
	delete(t, "kind")
	params := d
	if _, table := v.(map[string]any); !table { // a short form has no keys to name
		params = &document{files: d.files}
	}
	before := d.failures
	params.decodeParams(path, t, parameters(part))
	if params != d {
		for _, p := range params.problems {
			d.fail(path, "%s", p.Message)
		}
	}
	if d.failures > before {
		return
	}
	if err := d.open(any(part)); err != nil {
		d.fail(path, "%s: %v", kind, err)
		return
	}
	if v, ok := any(part).(validator); ok {
		if err := v.Validate(); err != nil {
			d.fail(path, "%s: %v", kind, err)
			return
		}
	}
	*p = Part[T]{kind, t, d.files, part}
}

// noKind reports a table of a part that does not say which one it is, perhaps because the key that does has another
// name.
func (d *document) noKind(path string, r Registry, t map[string]any) {
	telling := []string{"kind"}
	if f := shortFormOf(r.Kind()); f.registry != "" { // what links have, in each direction
		telling = append(append(telling, "up", "down"), f.keys...)
	}
	for _, k := range keys(t) {
		if n := words.Nearest(k, telling); n != "" && n != k {
			d.fail(join(path, k), "unknown key %q; did you mean %q?", clip(k), n)
			return
		}
	}
	d.fail(path, "the %s has no kind; want one of %s", r.Kind(), strings.Join(r.Names(), ", "))
}

// open has a part read its files.
func (d *document) open(part any) error {
	if o, ok := part.(opener); ok {
		return o.Open(d.files.get)
	}
	return nil
}

// decodeParams reads params into v, the struct of a part.
func (d *document) decodeParams(path string, params map[string]any, v reflect.Value) {
	if v.Kind() == reflect.Struct && v.CanAddr() {
		d.decodeStruct(path, params, v, nil)
		return
	}
	for _, k := range keys(params) {
		d.fail(join(path, k), "unknown key %q; there are no parameters", clip(k))
	}
}
