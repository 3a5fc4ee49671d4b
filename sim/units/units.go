// Package units has the typed quantities of the simulator: amounts of data,
// bandwidths, and limits of queues, which may be either, or packets or time. It
// reads and writes them as people do ("1.5Mbps", "64KiB"), and computes in
// integers; functions that round say in which direction.
package units

import (
	"math"
	"math/bits"
	"time"
)

// Bytes is a size in octets.
type Bytes int64

// Binary multiples of a byte.
const (
	Byte Bytes = 1
	KiB        = 1024 * Byte
	MiB        = 1024 * KiB
	GiB        = 1024 * MiB
)

// Bandwidth is a rate in bits per second.
type Bandwidth int64

// Decimal multiples of a bit per second.
const (
	BitPerSecond Bandwidth = 1
	Kbps                   = 1000 * BitPerSecond
	Mbps                   = 1000 * Kbps
	Gbps                   = 1000 * Mbps
)

// TxTime returns the serialisation time of n at rate b, rounded up to 1 ns. It
// is math.MaxInt64 for a rate of 0 or a time that no Duration can hold.
func (b Bandwidth) TxTime(n Bytes) time.Duration {
	hi, lo := bits.Mul64(uint64(n)*8, 1e9)
	if b <= 0 || hi >= uint64(b) {
		return math.MaxInt64
	}
	q, r := bits.Div64(hi, lo, uint64(b))
	if r != 0 {
		q++
	}
	return time.Duration(min(q, math.MaxInt64))
}

// BDP returns the bandwidth-delay product b·d, rounded down.
func (b Bandwidth) BDP(d time.Duration) Bytes {
	hi, lo := bits.Mul64(uint64(b), uint64(d))
	if hi >= 8e9 {
		return math.MaxInt64
	}
	q, _ := bits.Div64(hi, lo, 8e9)
	return Bytes(min(q, math.MaxInt64))
}
