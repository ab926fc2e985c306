// The peer of weir in Go: one goroutine a process, one buffered channel a connection, nothing
// else. PROGRAM WORKLOAD HOPS SECONDS [THREADS].
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

type network struct {
	stop   atomic.Bool
	sent   uint64
	count  sinkCount
	record latencies
	done   sync.WaitGroup
}

func connection() chan Packet { return make(chan Packet, capacity) }

// begin starts the source and the sink of a network.
func (n *network) begin(source func(chan<- Packet, *atomic.Bool) uint64, out, last chan Packet) {
	n.done.Add(2)
	go func() {
		n.sent = source(out, &n.stop)
		n.done.Done()
	}()
	go discard(last, &n.count, &n.record, &n.done)
}

func (n *network) chain(hops int, source func(chan<- Packet, *atomic.Bool) uint64) {
	first := connection()
	last := first
	sums := make([]uint64, hops-1)
	for i := range sums {
		next := connection()
		go pass(last, next, &sums[i])
		last = next
	}
	n.begin(source, first, last)
}

func (n *network) skew() {
	first := connection()
	last := first
	for _, length := range skewSpins {
		in, out, length := last, connection(), length
		go func() {
			work(in, out, length)
			close(out)
		}()
		last = out
	}
	n.begin(generate, first, last)
}

func (n *network) fan(workers int) {
	in, out := connection(), connection()
	var all sync.WaitGroup
	all.Add(workers)
	for i := 0; i < workers; i++ {
		go func() {
			work(in, out, fanSpin)
			all.Done()
		}()
	}
	go func() {
		all.Wait()
		close(out)
	}()
	n.begin(generate, in, out)
}

func refuse(text string) {
	fmt.Fprintln(os.Stderr, text)
	os.Exit(2)
}

func main() {
	if len(os.Args) < 4 {
		refuse("usage: PROGRAM chain|fan|skew|latency|latency-nanosleep|idle HOPS SECONDS [THREADS]")
	}
	hops, badHops := strconv.Atoi(os.Args[2])
	seconds, badSeconds := strconv.ParseFloat(os.Args[3], 64)
	if badHops != nil || badSeconds != nil || hops < 1 || seconds <= 0 {
		refuse("HOPS and SECONDS are numbers above 0")
	}
	if len(os.Args) > 4 {
		threads, bad := strconv.Atoi(os.Args[4])
		if bad != nil || threads < 1 {
			refuse("THREADS is a number above 0")
		}
		runtime.GOMAXPROCS(threads)
	}
	if os.Args[1] == "idle" {
		idle(hops, seconds)
		return
	}
	var n network
	switch os.Args[1] {
	case "chain":
		n.chain(hops, generate)
	case "latency", "latency-nanosleep":
		n.record.samples = make([]time.Duration, 0, int(seconds*latencyRate*1.1))
		sleep := time.Sleep
		if os.Args[1] == "latency-nanosleep" {
			sleep = systemSleep
		}
		n.chain(hops, generateAtRate(sleep))
	case "skew":
		n.skew()
	case "fan":
		n.fan(hops)
	default:
		refuse("unknown workload " + os.Args[1])
	}
	m := measure(&n.count, seconds, &n.record)
	n.stop.Store(true)
	n.done.Wait()
	report(m, n.sent, n.count.local, &n.record)
}
