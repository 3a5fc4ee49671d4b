package wire

import (
	"crypto/hmac"
	"crypto/sha256"
)

// Token returns the token of a key: the first 32 bits of its SHA-256 (RFC 8684,
// section 3.2).
func Token(key uint64) uint32 {
	h := digest(key)
	return be.Uint32(h[:])
}

// IDSN returns the initial data sequence number of a key: the last 64 bits of
// its SHA-256 (RFC 8684, section 3.1). The first byte of data has the next one.
func IDSN(key uint64) uint64 {
	h := digest(key)
	return be.Uint64(h[sha256.Size-8:])
}

func digest(key uint64) [sha256.Size]byte {
	var b [8]byte
	be.PutUint64(b[:], key)
	return sha256.Sum256(b[:])
}

// HMAC returns the HMAC by which host A proves its key in a join (RFC 8684,
// section 3.2): A's key and nonce come first. The SYN/ACK carries the first 8
// bytes, the ACK the first 20.
func HMAC(keyA, keyB uint64, nonceA, nonceB uint32) [sha256.Size]byte {
	return authenticate(keyA, keyB, be.AppendUint32(be.AppendUint32(nil, nonceA), nonceB))
}

// AddAddrHMAC returns the HMAC of a when the host with key sender announces it:
// the last 64 bits of it are on the wire (RFC 8684, section 3.4.1).
func AddAddrHMAC(sender, receiver uint64, a *AddAddr) uint64 {
	message := a.appendAddr([]byte{a.AddrID})
	h := authenticate(sender, receiver, be.AppendUint16(message, a.Port))
	return be.Uint64(h[sha256.Size-8:])
}

// authenticate returns the HMAC-SHA256 of message, with the keys one after the other.
func authenticate(keyA, keyB uint64, message []byte) (mac [sha256.Size]byte) {
	m := hmac.New(sha256.New, be.AppendUint64(be.AppendUint64(nil, keyA), keyB))
	m.Write(message)
	m.Sum(mac[:0])
	return mac
}
