// Package record holds what a run yields: how it is gathered in bounded memory
// while the run lasts, how it is written, and how it is read back.
//
// Gathering: a [Decimator] for values that hold until the next, [Bins] for
// amounts per time, [Quantiles] for distributions, [Thin] for single happenings.
// All of them stay below a fixed size for any duration, and give the same
// output for the same input.
//
// The package knows nothing of the model; whoever observes a model fills a
// [Result].
package record
