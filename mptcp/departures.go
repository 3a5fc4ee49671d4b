package mptcp

// What becomes of requirements of RFC 8684 that have no line of code of their own.
// docs/fidelity.md has the whole table.
//
// Simplified: R8684-3-06 — initial sequence numbers are drawn at random, rather than
// from a clock and a keyed hash of the addresses; that is as hard to guess.
//
// Simplified: R8684-3.1-07 — keys are 64 random bits, but of a generator that repeats
// itself for the same seed, so that a run can be repeated.
//
// Deviates: R8684-3.1-21, R8684-3.3.1-05 — checksums are used if the peer asks for them,
// as with Linux; checksum = "want" is what the RFC recommends.
//
// Deviates: R8684-3.3.4-04 — SSN less SUBFLOW_ACK is not compared with DSN less DATA_ACK: behind
// data that another subflow has delivered meanwhile, and that is still missing here, new data
// would fail the test and be lost for no reason.
//
// Deviates: R8684-3.3.5-05 — the send buffer is smaller than the receive buffer unless
// it is set otherwise, as with Linux, whose defaults both have.
//
// Absent: R8684-3.3.6-05, R8684-3.3.6-06 — no path manager judges the performance of
// a subflow; schedulers and controllers avoid a slow one.
//
// Absent: R8684-3.4.1-06 — an announcement is repeated until it is echoed, and not after.
//
// Simplified: R8684-3.4.1-19 — an Address ID stands for one interface as long as there is
// a host, so that none is ever given to another address.
//
// Absent: R8684-3.4.2-08 — no path manager lowers the priority of subflows before it
// withdraws their address; a script can.
//
// Absent: R8684-3.7-18 — a subflow that is opened after a reset with MP_FAIL has mappings, and
// checksums, as any other: it may go another way, past the middlebox.
//
// Deviates: R8684-3.9.1-03 — each join has an ephemeral port, as with Linux, because
// subflows can then share a path.
//
// Absent: R8684-3.9.1-04 — joins do not use the port of the initial subflow, so that
// there is nothing to reserve on other addresses.
//
// Simplified: R8684-3.9.2-01 — what traffic to expect is told by the parameters of the
// path manager delayed.
//
// Absent: R8684-3.9.2-03 — clients alone open subflows, unless a script makes servers do
// so; two subflows for one pair of addresses do no harm, as they differ in ports.
//
// Simplified: R8684-C-01 — sequence numbers of data are kept as positions in the streams, from 0, to which
// the initial numbers of both keys are added on the wire.
