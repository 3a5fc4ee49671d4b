package wire

import (
	"net/netip"
	"reflect"
	"testing"
)

// Every field of a segment and of its options changes the fingerprint: a new field that is left
// out of it fails here.
func TestFingerprint(t *testing.T) {
	full := func() *Segment {
		return &Segment{
			Flags: SYN | ACK, NSACK: MaxSACK, HasTS: true, DSS: HasMap | HasDataAck,
			Opt: &Options{
				Capable: new(Capable), Join: new(Join), AddAddr: new(AddAddr), RemoveAddr: []uint8{0}, Prio: new(Prio), Reset: new(Reset),
				FastClose: new(FastClose), Fail: new(Fail), FastOpen: &FastOpen{Cookie: []byte{0}}, Payload: []byte{0}, Fill: []byte{0},
			},
		}
	}
	want := full().Fingerprint()
	seen := map[uint64]string{want: "nothing"}
	var change func(path string, v reflect.Value, root *Segment)
	n := 0
	note := func(path string, root *Segment) {
		n++
		if other, ok := seen[root.Fingerprint()]; ok {
			t.Errorf("a change of %s has the fingerprint of a change of %s", path, other)
		}
		seen[root.Fingerprint()] = path
	}
	change = func(path string, v reflect.Value, root *Segment) {
		old := reflect.New(v.Type()).Elem()
		old.Set(v)
		switch {
		case v.Type() == reflect.TypeFor[netip.Addr]():
			v.Set(reflect.ValueOf(netip.MustParseAddr("::1")))
			note(path, root)
		case v.Kind() == reflect.Pointer:
			if path != ".Opt" {
				v.SetZero()
				note(path+" (absent)", root)
				v.Set(old)
			}
			change(path, v.Elem(), root)
		case v.Kind() == reflect.Struct:
			for i := range v.NumField() {
				change(path+"."+v.Type().Field(i).Name, v.Field(i), root)
			}
		case v.Kind() == reflect.Array:
			for i := range v.Len() {
				change(path+"["+string(rune('0'+i/10))+string(rune('0'+i%10))+"]", v.Index(i), root)
			}
		case v.Kind() == reflect.Slice:
			v.Set(reflect.ValueOf([]byte{1}))
			note(path, root)
			v.Set(reflect.ValueOf([]byte{0, 0}))
			note(path+" (longer)", root)
		case v.Kind() == reflect.Bool:
			v.SetBool(!v.Bool())
			note(path, root)
		case v.CanInt():
			v.SetInt(v.Int() + 1)
			note(path, root)
		case path == ".NSACK":
			v.SetUint(v.Uint() - 1)
			note(path, root)
		default:
			v.SetUint(v.Uint() ^ 1<<(v.Type().Bits()-1))
			note(path, root)
		}
		v.Set(old)
		if got := root.Fingerprint(); got != want {
			t.Fatalf("%s: the same segment has fingerprint %x, want %x", path, got, want)
		}
	}
	s := full()
	change("", reflect.ValueOf(s).Elem(), s)
	if n < 70 {
		t.Errorf("only %d fields were changed", n)
	}
	if (&Datagram{Pos: 1}).Fingerprint() == (&Datagram{Pos: 2}).Fingerprint() || (&Datagram{Len: 1}).Fingerprint() == (&Datagram{Len: 2}).Fingerprint() {
		t.Error("datagrams are alike")
	}
}

// A fingerprint allocates nothing.
func TestFingerprintDoesNotAllocate(t *testing.T) {
	s := &Segment{Opt: &Options{
		Capable: new(Capable), Join: new(Join), AddAddr: new(AddAddr), RemoveAddr: []uint8{1, 2}, Payload: make([]byte, 1400), FastOpen: &FastOpen{Cookie: make([]byte, 16)},
	}}
	if n := testing.AllocsPerRun(100, func() { s.Fingerprint() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
