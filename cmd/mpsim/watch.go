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

	// The capture goes into a result that is not there yet; nil without.
	staging *record.Staging
	file    io.WriteCloser
	writer  *capture.Writer
}

// watch makes the watchers that the options ask for.
func (o *runOptions) watch(dir string) (w watchers, err error) {
	if o.wireCheck {
		w.all = append(w.all, new(capture.Check))
	}
	if !o.pcap {
		if o.snaplen != 0 {
			return w, usageError{errors.New("--pcap-snaplen says how much of each packet --pcap keeps: use both")}
		}
		return w, nil
	}
	if w.staging, err = record.Stage(dir, o.force); err != nil {
		return w, err
	}
	if w.file, err = w.staging.Create(capture.FileName); err != nil {
		return w, errors.Join(err, w.staging.Discard())
	}
	w.writer = capture.NewWriter(w.file, int(o.snaplen))
	w.all = append(w.all, w.writer)
	return w, nil
}

// close completes the capture.
func (w *watchers) close() error {
	if w.writer == nil {
		return nil
	}
	err := w.writer.Flush()
	file := w.file
	w.file = nil
	return errors.Join(err, file.Close())
}

// discard removes the capture, unless it has become part of a result. What cannot be
// removed is swept up with a later result.
func (w *watchers) discard() {
	if w.staging == nil {
		return
	}
	if w.file != nil {
		w.file.Close() // what went wrong has been said
	}
	_ = w.staging.Discard()
}
