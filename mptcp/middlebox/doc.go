// Package middlebox has the devices that look into TCP segments on their way, and
// change them, drop them or answer them: one kind a file, or a few that are alike.
// They stand before the queues of a link (netem.Duplex.Insert).
//
// The kinds are those of RFC 8684, section 6, RFC 8041, section 3.1, and of the
// measurements of Honda et al. (IMC 2011):
//
//	strip-option      removes options, or overwrites them with NOPs
//	eol               overwrites all options after the SYN with End of Option List
//	reroute           from a time on, no MPTCP option passes
//	drop-syn-option   drops SYNs with options that it does not know
//	drop-syn-payload  drops SYNs with payload, the payload, or the answer
//	rewrite-isn       shifts sequence numbers
//	split             cuts segments into smaller ones and copies the options
//	coalesce          joins segments and keeps the options of the first
//	payload-alg       replaces bytes, and shifts what follows if the length changes
//	nat               translates addresses and ports; forgets idle connections
//	firewall          lets pass what belongs to connections opened from inside
//	normalizer        holds a sequence number to the bytes that it had first
//	proactive-ack     acknowledges in the name of the receiver
//	rwnd-shrink       bounds the window
//	mss-clamp         bounds the segment size that SYNs offer
//	shaper, policer   delay or drop what exceeds a token bucket
//	ack-unseen        drops acknowledgements of data that it has not seen
//	mptcp-killer      drops or resets SYNs with MP_JOIN
//	captive-portal    answers every connection itself until the user has logged in
//
// SYN cookies are no middlebox: they are an option of the server.
//
// A box keeps these rules, which the battery of the tests asks of all: a packet that it
// does not act on passes untouched and costs no memory; every packet is forwarded,
// dropped, absorbed or kept by the Tap; options are shared with the sender's segments and
// copied before they are changed; what it draws comes from Env.Rand.
//
// To add a kind, write a Model of its parameters and a Box, and register the model
// from init.
package middlebox
