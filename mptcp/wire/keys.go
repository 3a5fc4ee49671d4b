package wire

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"hash"
)

// A Hash derives tokens, sequence numbers and proofs from keys: SHA256 in MPTCP
// version 1 (RFC 8684), SHA1 in version 0 (RFC 6824).
type Hash uint8

// The hashes.
const (
	SHA256 Hash = iota
	SHA1
)

func (h Hash) new() hash.Hash {
	if h == SHA1 {
		return sha1.New()
	}
	return sha256.New()
}

// Token returns the token of a key: the first 32 bits of its digest (RFC 8684,
// section 3.2).
func (h Hash) Token(key uint64) uint32 { return be.Uint32(h.digest(key)) }

// IDSN returns the initial data sequence number of a key: the last 64 bits of
// its digest (RFC 8684, section 3.1). The first byte of data has the next one.
func (h Hash) IDSN(key uint64) uint64 { return last64(h.digest(key)) }

func (h Hash) digest(key uint64) []byte {
	d := h.new()
	d.Write(be.AppendUint64(nil, key))
	return d.Sum(nil)
}

func last64(b []byte) uint64 { return be.Uint64(b[len(b)-8:]) }

// HMAC returns the HMAC by which host A proves its key in a join (RFC 8684,
// section 3.2): A's key and nonce come first. The SYN/ACK carries the first 8
// bytes, the ACK the first 20.
func (h Hash) HMAC(keyA, keyB uint64, nonceA, nonceB uint32) []byte {
	return h.authenticate(keyA, keyB, be.AppendUint32(be.AppendUint32(nil, nonceA), nonceB))
}

// AddAddrHMAC returns the HMAC of a when the host with key sender announces it:
// the last 64 bits of it are on the wire (RFC 8684, section 3.4.1).
func (h Hash) AddAddrHMAC(sender, receiver uint64, a *AddAddr) uint64 {
	message := a.appendAddr([]byte{a.AddrID})
	return last64(h.authenticate(sender, receiver, be.AppendUint16(message, a.Port)))
}

// authenticate returns the HMAC of message, with the keys one after the other.
func (h Hash) authenticate(keyA, keyB uint64, message []byte) []byte {
	m := hmac.New(h.new, be.AppendUint64(be.AppendUint64(nil, keyA), keyB))
	m.Write(message)
	return m.Sum(nil)
}
