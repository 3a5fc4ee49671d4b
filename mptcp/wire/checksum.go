package wire

// DSSChecksum returns the checksum of a mapping (RFC 8684, section 3.3.1): of
// its whole payload and a pseudo-header of dsn, ssn and length, which counts a
// DATA_FIN.
func DSSChecksum(payload []byte, dsn uint64, ssn uint32, length uint16) uint16 {
	var pseudo [16]byte
	be.PutUint64(pseudo[:], dsn)
	be.PutUint32(pseudo[8:], ssn)
	be.PutUint16(pseudo[12:], length)
	return ^fold(sum(pseudo[:]) + sum(payload))
}

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
