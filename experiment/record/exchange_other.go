//go:build !linux

package record

import "errors"

// exchange would swap the names of two directories in one step; this system
// cannot.
func exchange(a, b string) error { return errors.ErrUnsupported }
