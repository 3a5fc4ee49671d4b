// Package validate has tests alone: what the model must agree with although
// nobody who wrote it could choose the numbers. laws_test.go has closed forms and
// published laws, linux_test.go transfers that were measured on a Linux kernel. Each states its
// source and where its tolerance comes from. MPSIM_LONG=1 runs the long ones.
package validate
