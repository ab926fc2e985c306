package main

import (
	"sync"
	"sync/atomic"
	"time"
)

// generate sends numbers as fast as the channel takes them, and says how many.
func generate(out chan<- Packet, stop *atomic.Bool) uint64 {
	var number uint64
	for ; !stop.Load(); number++ {
		out <- Packet{Kind: numberKind, Number: number}
	}
	close(out)
	return number
}

// generateAtRate sends each packet when it is due.
func generateAtRate(sleep func(time.Duration)) func(chan<- Packet, *atomic.Bool) uint64 {
	return func(out chan<- Packet, stop *atomic.Bool) uint64 {
		const gap = time.Second / latencyRate
		var number uint64
		begin := since()
		for ; !stop.Load(); number++ {
			due := begin + time.Duration(number)*gap
			if left := due - since(); left > 0 {
				sleep(left)
			}
			out <- Packet{Kind: numberKind, Number: number, Due: due}
		}
		close(out)
		return number
	}
}

// pass sends on what it has looked at, and says the sum of it.
func pass(in <-chan Packet, out chan<- Packet, sum *uint64) {
	var local uint64
	for packet := range in {
		if packet.Kind == numberKind {
			local += packet.Number
		}
		out <- packet
	}
	*sum = local
	close(out)
}

// work spins for each packet. It leaves closing `out` to the caller, as there may be many of it.
func work(in <-chan Packet, out chan<- Packet, length time.Duration) {
	for packet := range in {
		spin(length)
		out <- packet
	}
}

func discard(in <-chan Packet, count *sinkCount, record *latencies, done *sync.WaitGroup) {
	for packet := range in {
		if packet.Due != 0 {
			record.add(since() - packet.Due)
		}
		count.add()
	}
	done.Done()
}
