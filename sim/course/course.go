// Package course hashes what happens in a run. Each thing that happens is mixed into a number of its
// own, and a Sum adds these up: so the hash depends on what happened, and when, but not on the order in
// which the things of one instant were handled or reported, nor on how the engine counts its events.
package course

import "math/bits"

// A Sum hashes a bag of things. The zero Sum is that of nothing. Of two Sums, that of all things is
// their sum.
type Sum uint64

// Add adds a thing that two words describe.
func (s *Sum) Add(a, b uint64) { *s += Sum(Mix(a, b)) }

// Mix folds two words into one that depends on every bit of both: the two halves of the product of
// 128 bits, after offsets without which a word of 0 would hide the other.
func Mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^0x9e3779b97f4a7c15, b^0xd6e8feb86659fd93)
	return hi ^ lo
}

// Text mixes the bytes of s, and how many there are.
func Text[T string | []byte](s T) uint64 {
	h := uint64(len(s))
	for i := range len(s) {
		h = Mix(h, uint64(s[i]))
	}
	return h
}
