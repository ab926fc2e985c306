package main

import (
	"fmt"
	"time"
)

// idle starts as many goroutines as asked for, in chains of up to a hundred behind one source that
// has nothing to send, and says how long that took. Memory is looked at from outside meanwhile.
func idle(processes int, seconds float64) {
	const chain = 100
	begin := since()
	var sources []chan Packet
	var last chan Packet
	for i := 0; i < processes; i++ {
		if i%chain == 0 {
			last = connection()
			sources = append(sources, last)
		}
		next := connection()
		go pass(last, next, new(uint64))
		last = next
	}
	took := since() - begin
	time.Sleep(time.Duration(seconds * 1e9))
	for _, source := range sources {
		close(source)
	}
	fmt.Printf("{\"start_s\": %.6f}\n", took.Seconds())
}
