package qdisc

// A Marker is a model whose queues can mark packets of transports that understand it (RFC 3168). The queues of
// all other models never do.
type Marker interface {
	// Marks reports whether they do with the parameters that the model has.
	Marks() bool
}

// Marks implements Marker.
func (m *ECNThreshold) Marks() bool { return true }

// Marks implements Marker.
func (m *CoDel) Marks() bool { return m.ECN }

// Marks implements Marker.
func (m *FQCoDel) Marks() bool { return m.ECN }

// Marks implements Marker.
func (m *RED) Marks() bool { return m.ECN }

// Marks implements Marker.
func (m *KhaliliRED) Marks() bool { return m.ECN }

// Marks implements Marker.
func (m *PIE) Marks() bool { return m.ECN && m.MarkBelow > 0 }
