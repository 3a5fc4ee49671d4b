package mptcp

// writeLog remembers where the writes of the application end that have not been sent, so that
// a segment takes no more of them than it may. The zero value has no limit and
// remembers nothing.
type writeLog struct {
	most int      // in a segment; 0: any number
	ends []uint64 // positions, from head on
	head int
}

// add notes a write that ends at end.
func (w *writeLog) add(end uint64) {
	if w.most == 0 {
		return
	}
	if w.head == len(w.ends) {
		w.ends, w.head = w.ends[:0], 0
	} else if len(w.ends) == cap(w.ends) && w.head >= len(w.ends)/2 {
		w.ends, w.head = append(w.ends[:0], w.ends[w.head:]...), 0
	}
	w.ends = append(w.ends, end)
}

// cut returns how many of the n bytes from pos on, all before which have been sent, go in one segment.
func (w *writeLog) cut(pos uint64, n int) int {
	for w.head < len(w.ends) && w.ends[w.head] <= pos {
		w.head++
	}
	if last := w.head + w.most - 1; w.most > 0 && last < len(w.ends) {
		n = min(n, int(w.ends[last]-pos))
	}
	return n
}
