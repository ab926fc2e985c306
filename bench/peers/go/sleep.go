package main

import (
	"syscall"
	"time"
)

// systemSleep is exact where time.Sleep rounds what is below a millisecond up to one, but keeps a
// thread, and Go hands the processor to another thread meanwhile. An early return for a signal
// makes one packet early.
func systemSleep(length time.Duration) {
	request := syscall.NsecToTimespec(length.Nanoseconds())
	_ = syscall.Nanosleep(&request, nil)
}
