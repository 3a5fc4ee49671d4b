// Package seqnum has the modular arithmetic of sequence numbers, 32 bits wide
// in a subflow (SSN) and 64 bits wide in a connection (DSN), and the sets of
// ranges that a receiver holds out of order.
package seqnum

// A Number is a sequence number: an SSN or a DSN.
type Number interface{ ~uint32 | ~uint64 }

// Before reports whether a comes before b: a < b modulo the width of T
// (RFC 9293, section 3.4). Half the number space away counts as before.
func Before[T Number](a, b T) bool { return a-b > ^T(0)>>1 }

// BeforeEq reports whether a is b or comes before it.
func BeforeEq[T Number](a, b T) bool { return !Before(b, a) }

// Expand returns the DSN nearest to ref whose low 32 bits are v: what a 32-bit
// DSN or DATA_ACK stands for (RFC 8684, section 3.3.1).
func Expand(ref uint64, v uint32) uint64 {
	return ref + uint64(int64(int32(v-uint32(ref))))
}
