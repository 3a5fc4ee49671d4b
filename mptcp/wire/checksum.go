package wire

// DSSChecksum returns the checksum of a mapping (RFC 8684, section 3.3.1): of
// its whole payload and a pseudo-header of dsn, ssn and length, which counts a
// DATA_FIN.
func DSSChecksum(payload []byte, dsn uint64, ssn uint32, length uint16) uint16 {
	return MappingSum(sum(payload), dsn, ssn, length)
}

// MappingSum is DSSChecksum for a payload whose 16-bit words add up to s: see
// Sum and ContentSum.
func MappingSum(s, dsn uint64, ssn uint32, length uint16) uint16 {
	return ^fold(s + dsn>>48 + dsn>>32&0xffff + dsn>>16&0xffff + dsn&0xffff + uint64(ssn>>16) + uint64(ssn&0xffff) + uint64(length))
}

// Sum returns the sum of b as big-endian 16-bit words, for MappingSum.
func Sum(b []byte) uint64 { return sum(b) }

// sum adds b up as big-endian 16-bit words, padded with a zero byte (RFC 1071).
func sum(b []byte) (n uint64) {
	for ; len(b) >= 2; b = b[2:] {
		n += uint64(be.Uint16(b))
	}
	if len(b) == 1 {
		n += uint64(b[0]) << 8
	}
	return n
}

// fold returns the ones' complement sum of the 16-bit words of n.
func fold(n uint64) uint16 {
	for n > 0xffff {
		n = n>>16 + n&0xffff
	}
	return uint16(n)
}
