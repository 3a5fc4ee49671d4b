package main

import (
	"errors"
	"io"

	"mpsim/experiment"
	"mpsim/experiment/capture"
	"mpsim/experiment/record"
)

// watchers are what looks at the packets of a run.
type watchers struct {
	all []experiment.Watcher

	// Captures go into a result that is not there yet; nil without.
	staging  *record.Staging
	captures []io.Closer
}

// watch makes the watchers that the options ask for.
func (o *runOptions) watch(dir string) (w watchers, err error) {
	if o.wireCheck {
		w.all = append(w.all, new(capture.Check))
	}
	if !o.pcap && !o.byNode {
		if o.snaplen != 0 {
			return w, usageError{errors.New("--pcap-snaplen says how much of each packet --pcap or --pcap-by-node keeps: use it with one of them")}
		}
		return w, nil
	}
	if w.staging, err = record.Stage(dir, o.force); err != nil {
		return w, err
	}
	if o.pcap {
		file, err := w.staging.Create(capture.FileName)
		if err != nil {
			return w, errors.Join(err, w.staging.Discard())
		}
		whole := capture.NewWriter(file, int(o.snaplen))
		w.all = append(w.all, whole)
		w.captures = append(w.captures, wholeFile{whole, file})
	}
	if o.byNode {
		nodes := capture.NewByNode(w.staging.Create, int(o.snaplen))
		w.all = append(w.all, nodes)
		w.captures = append(w.captures, nodes)
	}
	return w, nil
}

// wholeFile is the capture of all nodes.
type wholeFile struct {
	writer *capture.Writer
	file   io.Closer
}

// Close implements io.Closer.
func (f wholeFile) Close() error { return errors.Join(f.writer.Flush(), f.file.Close()) }

// close completes the captures.
func (w *watchers) close() (err error) {
	for _, c := range w.captures {
		err = errors.Join(err, c.Close())
	}
	w.captures = nil
	return err
}

// discard removes the captures, unless they have become part of a result. What cannot be
// removed is swept up with a later result.
func (w *watchers) discard() {
	if w.staging == nil {
		return
	}
	_ = w.close() // what went wrong has been said
	_ = w.staging.Discard()
}
