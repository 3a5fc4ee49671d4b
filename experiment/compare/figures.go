package compare

import "mpsim/experiment/record"

func (c *Comparison) draw() ([]record.File, error) { return nil, nil }
