package main

import "time"

// Packet travels by value: a channel copies small values into its buffer, which costs less
// processor time than pointers with a sync.Pool and leaves the collector nothing to do.
type Packet struct {
	Kind   uint32
	Number uint64
	Due    time.Duration
}

const numberKind = 1

// The constants of the workloads; bench/workloads/*.yaml and common/options.hpp have the same.
const (
	capacity    = 512
	fanSpin     = time.Microsecond
	latencyRate = 10_000
)

var skewSpins = []time.Duration{
	200 * time.Nanosecond, 200 * time.Nanosecond, 5 * time.Microsecond, 200 * time.Nanosecond,
}

// start is what times are counted from: since() reads only the monotonic clock, where time.Now()
// reads two.
var start = time.Now()

func since() time.Duration { return time.Since(start) }

// spin keeps the processor busy by looking at the clock, as core/work does.
func spin(length time.Duration) {
	for end := since() + length; since() < end; {
	}
}
