package main

import (
	"fmt"
	"os"
	"sort"
	"sync/atomic"
	"syscall"
	"time"
)

// sinkCount is written by the sink alone and read by the meter. An atomic store is an exchange in
// Go, so the sink publishes its count once in 64 packets.
type sinkCount struct {
	local  uint64
	shared atomic.Uint64
}

func (c *sinkCount) add() {
	c.local++
	if c.local%64 == 0 {
		c.shared.Store(c.local)
	}
}

// latencies are recorded by the sink once the warm-up is over.
type latencies struct {
	recording atomic.Bool
	samples   []time.Duration
}

func (l *latencies) add(latency time.Duration) {
	if l.recording.Load() && len(l.samples) < cap(l.samples) {
		l.samples = append(l.samples, latency)
	}
}

func (l *latencies) percentile(share float64) float64 {
	if len(l.samples) == 0 {
		return 0
	}
	sort.Slice(l.samples, func(a, b int) bool { return l.samples[a] < l.samples[b] })
	return float64(l.samples[int(share*float64(len(l.samples)-1))].Nanoseconds()) / 1e3
}

type measured struct{ throughput, cpu, packets float64 }

func processorSeconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}

func measure(count *sinkCount, seconds float64, record *latencies) measured {
	warmUp := 0.3
	if seconds < 0.6 {
		warmUp = seconds / 2
	}
	time.Sleep(time.Duration(warmUp * 1e9))
	record.recording.Store(true)
	begin, cpu, before := since(), processorSeconds(), count.shared.Load()
	time.Sleep(time.Duration(seconds * 1e9))
	packets := float64(count.shared.Load() - before)
	used := processorSeconds() - cpu
	return measured{packets / (since() - begin).Seconds(), used, packets}
}

// report ends the program with an error if packets were lost: then it did not do the work.
func report(m measured, sent, received uint64, record *latencies) {
	if sent != received {
		fmt.Fprintf(os.Stderr, "lost packets: %d sent, %d received\n", sent, received)
		os.Exit(1)
	}
	fmt.Printf(`{"throughput_pps": %.1f, "cpu_s": %.6f, "packets": %.0f`, m.throughput, m.cpu,
		m.packets)
	if cap(record.samples) > 0 {
		fmt.Printf(`, "latency_us": {"p50": %.2f, "p99": %.2f}`, record.percentile(0.5),
			record.percentile(0.99))
	}
	fmt.Println("}")
}
