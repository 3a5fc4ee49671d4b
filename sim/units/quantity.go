package units

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// A Quantity is an amount of data in whatever measure suits it: packets, bytes,
// the time that a rate takes to send it, or multiples of a bandwidth-delay
// product. The zero Quantity is not set.
type Quantity struct {
	// N counts packets, bytes, nanoseconds or BDPs.
	N       float64
	Measure Measure
}

// Measure says what a Quantity counts.
type Measure uint8

// The measures.
const (
	Unset     Measure = iota
	InPackets         // "100pkt"
	InBytes           // "64KiB"
	InTime            // "500ms", at some rate
	InBDP             // "1.5BDP", of some rate and round-trip time
)

const wantQuantity = `an amount such as "100pkt", "64KiB", "500ms" (of sending) or "1.5BDP"`

// ParseQuantity reads an amount such as "100pkt", "64KiB", "500ms" or "1.5BDP".
func ParseQuantity(s string) (Quantity, error) {
	_, suffix := split(s)
	switch suffix {
	case "pkt", "BDP":
		n, _, err := parseNumber(s, []unit{{suffix, 1}}, wantQuantity)
		q := Quantity{n, InBDP}
		if suffix == "pkt" {
			q.Measure = InPackets
			if err == nil && n != math.Trunc(n) {
				err = fmt.Errorf("%q: a fraction of a packet; want %s", s, wantQuantity)
			}
		}
		if err == nil && n > 1e9 {
			err = fmt.Errorf("%q is too large; want %s", s, wantQuantity)
		}
		if err != nil {
			return Quantity{}, err
		}
		return q, nil
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 && s != "0" {
		return Quantity{float64(d), InTime}, nil
	}
	n, err := parse(s, append([]unit{{"pkt", 0}, {"BDP", 0}}, byteUnits...), wantQuantity)
	if err != nil {
		return Quantity{}, err
	}
	return Quantity{float64(n), InBytes}, nil
}

// Packets returns a Quantity of n packets.
func Packets(n int) Quantity { return Quantity{float64(n), InPackets} }

// IsZero reports whether q is not set.
func (q Quantity) IsZero() bool { return q.Measure == Unset }

// Limit returns q as a number of packets or, if that is 0, as a number of bytes:
// what rate sends in the time, or multiples of rate times rtt.
func (q Quantity) Limit(rate Bandwidth, rtt time.Duration) (packets int, bytes Bytes) {
	switch q.Measure {
	case InPackets:
		return int(q.N), 0
	case InTime:
		return 0, rate.BDP(time.Duration(q.N))
	case InBDP:
		return 0, Bytes(math.Round(q.N * float64(rate.BDP(rtt))))
	default:
		return 0, Bytes(q.N)
	}
}

// String writes q as ParseQuantity reads it.
func (q Quantity) String() string {
	switch q.Measure {
	case InPackets:
		return strconv.FormatFloat(q.N, 'f', -1, 64) + "pkt"
	case InBDP:
		return strconv.FormatFloat(q.N, 'f', -1, 64) + "BDP"
	case InTime:
		return time.Duration(q.N).String()
	case InBytes:
		return Bytes(q.N).String()
	default:
		return ""
	}
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (q *Quantity) UnmarshalText(text []byte) (err error) {
	*q, err = ParseQuantity(string(text))
	return err
}

// MarshalText implements encoding.TextMarshaler.
func (q Quantity) MarshalText() ([]byte, error) { return []byte(q.String()), nil }
