package mptcp

import "sort"

// writeLog remembers where the writes of the application end that the peer has not acknowledged, so that
// a segment takes no more of them than it may. The zero value has no limit and
// remembers nothing.
type writeLog struct {
	most int      // in a segment; 0: any number
	ends []uint64 // positions, from head on
	head int
	last int // the answer of after
}

// add notes a write that ends at end.
func (w *writeLog) add(end uint64) {
	if w.most == 0 {
		return
	}
	if w.head == len(w.ends) {
		w.ends, w.head, w.last = w.ends[:0], 0, 0
	} else if len(w.ends) == cap(w.ends) && w.head >= len(w.ends)/2 {
		w.ends, w.head, w.last = append(w.ends[:0], w.ends[w.head:]...), 0, 0
	}
	w.ends = append(w.ends, end)
}

// cut returns how many of the n bytes from pos on go in one segment.
func (w *writeLog) cut(pos uint64, n int) int {
	if w.most == 0 {
		return n
	}
	if last := w.after(pos) + w.most - 1; last < len(w.ends) {
		n = min(n, int(w.ends[last]-pos))
	}
	return n
}

// after returns the index of the first write that ends after pos. Most of what is asked follows what was
// asked last.
func (w *writeLog) after(pos uint64) int {
	k := max(w.last, w.head)
	for k < len(w.ends) && w.ends[k] <= pos {
		k++
	}
	if k > w.head && w.ends[k-1] > pos {
		k = w.head + sort.Search(k-w.head, func(i int) bool { return w.ends[w.head+i] > pos })
	}
	w.last = k
	return k
}

// forget drops the writes that end by una.
func (w *writeLog) forget(una uint64) {
	for w.head < len(w.ends) && w.ends[w.head] <= una {
		w.head++
	}
}
