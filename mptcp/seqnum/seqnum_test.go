package seqnum

import "testing"

func TestBefore(t *testing.T) {
	for _, tt := range []struct {
		a, b         uint32
		before, orEq bool
	}{
		{1, 2, true, true},
		{2, 1, false, false},
		{7, 7, false, true},
		{0xffffffff, 0, true, true},
		{0, 0xffffffff, false, false},
		{0xfffffff0, 0x7fffffef, true, true},
		{0xfffffff0, 0x7ffffff1, false, false},
	} {
		if Before(tt.a, tt.b) != tt.before || BeforeEq(tt.a, tt.b) != tt.orEq {
			t.Errorf("Before(%#x, %#x) = %v, BeforeEq = %v", tt.a, tt.b, !tt.before, !tt.orEq)
		}
		// A DSN wraps at 64 bits only.
		if Before(uint64(tt.a), uint64(tt.b)) != (tt.a < tt.b) {
			t.Errorf("Before of DSNs %#x, %#x", tt.a, tt.b)
		}
	}
	if !Before(^uint64(0), 3) || BeforeEq(3, ^uint64(0)) {
		t.Error("DSNs must wrap at 64 bits")
	}
}

// Req: R8684-3.3.1-17
func TestExpand(t *testing.T) {
	for _, tt := range []struct {
		ref  uint64
		v    uint32
		want uint64
	}{
		{0x00000001fffffff0, 0x00000010, 0x0000000200000010},
		{0x0000000200000010, 0xfffffff0, 0x00000001fffffff0},
		{0x0000000500001000, 0x00002000, 0x0000000500002000},
		{0x0000000500001000, 0x00000800, 0x0000000500000800},
		{0xfffffffffffffff0, 0x00000010, 0x0000000000000010},
		{0x0000000000000010, 0xfffffff0, 0xfffffffffffffff0},
	} {
		if got := Expand(tt.ref, tt.v); got != tt.want {
			t.Errorf("Expand(%#x, %#x) = %#x, want %#x", tt.ref, tt.v, got, tt.want)
		}
	}
}
