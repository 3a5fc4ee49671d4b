package wire

import "sync"

// Payload bytes are a function of their position in the sender's stream, so that
// a segment needs to carry no more than that position: byte k of every stream is
// Content(k). The bytes repeat after contentPeriod, which no power of two
// divides, so that data misplaced by a round number shows.
const contentPeriod = 65522

// sumBlock is the number of 16-bit words from one sum that is kept to the next.
const sumBlock = 16

// contents returns one period of the content twice over, and the sums of its 16-bit
// words from the start up to each block. Only processes that need the tables make them.
var contents = sync.OnceValues(func() (b []byte, sums []uint32) {
	b = make([]byte, 2*contentPeriod)
	x := uint32(2463534242) // xorshift32 (Marsaglia, 2003)
	for i := range contentPeriod {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x >> 11)
	}
	copy(b[contentPeriod:], b)
	sums = make([]uint32, contentPeriod/sumBlock+1)
	sum := uint32(0) // of 65522 words of 16 bits: it has room
	for i := range contentPeriod {
		if i%sumBlock == 0 {
			sums[i/sumBlock] = sum
		}
		sum += uint32(be.Uint16(b[2*i:]))
	}
	return b, sums
})

// sumTo returns the sum of the first n words of the content.
func sumTo(n int) uint64 {
	content, sums := contents()
	sum := sums[n/sumBlock]
	for i := n - n%sumBlock; i < n; i++ {
		sum += uint32(be.Uint16(content[2*i:]))
	}
	return uint64(sum)
}

// Content returns the byte at pos of every stream.
func Content(pos uint64) byte {
	content, _ := contents()
	return content[pos%contentPeriod]
}

// AppendContent appends n bytes of a stream from pos on.
func AppendContent(b []byte, pos uint64, n int) []byte {
	content, _ := contents()
	for n > 0 {
		from := int(pos % contentPeriod)
		k := min(n, 2*contentPeriod-from)
		b = append(b, content[from:from+k]...)
		pos, n = pos+uint64(k), n-k
	}
	return b
}

// ContentSum returns the sum of the content of [pos, pos+n) as 16-bit words, the
// last padded with a zero byte; see Checksum. It takes constant time for less
// than contentPeriod bytes.
func ContentSum(pos uint64, n int) (s uint64) {
	for ; n > contentPeriod; n -= contentPeriod {
		s += ContentSum(pos, contentPeriod)
	}
	from := int(pos % contentPeriod)
	if n == 0 {
		return s
	}
	content, _ := contents()
	if from%2 == 1 { // sum the words that straddle ours, and swap the bytes
		w := sumTo((from+n)/2) - sumTo((from+1)/2) + uint64(content[from])
		if (from+n)%2 == 1 {
			w += uint64(content[from+n-1]) << 8
		}
		f := fold(w)
		return s + uint64(f<<8|f>>8)
	}
	w := sumTo((from+n)/2) - sumTo(from/2)
	if n%2 == 1 {
		w += uint64(content[from+n-1]) << 8
	}
	return s + w
}
