package golbc_test

import (
	"context"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/lbc-dev/lbc/packages/golbc"
)

// residentBytes is the memory of this process that is in use.
func residentBytes(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/statm")
	must(t, err)
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	must(t, err)
	return pages * os.Getpagesize()
}

// produce runs a program on every CPU as often as it can, until stop; a run has its own goroutine and thread.
func produce(t *testing.T, program golbc.SocketFilterProgram, stop *atomic.Bool) *sync.WaitGroup {
	t.Helper()
	var producers sync.WaitGroup
	for cpu := range runtime.NumCPU() {
		producers.Go(func() {
			onCPU(t, cpu)
			for !stop.Load() {
				if _, err := program.Run(&ebpf.RunOptions{Data: make([]byte, 64), Repeat: 1000}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	return &producers
}

// waitForLosses lets the producers run ahead while nobody reads: a fast reader alone could keep up with them, and nothing
// would be lost.
func waitForLosses(t *testing.T, dropped golbc.Var[uint64]) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); dropped.Get() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nothing was lost: this is no overload")
		}
	}
}

// overload loses events, then reads for some seconds while all CPUs send, and at last what is left; it gives the number of
// events that were read.
func overload(t *testing.T, m *maps, program golbc.SocketFilterProgram, events *golbc.Events[measurement]) uint64 {
	t.Helper()
	var got uint64
	var stop atomic.Bool
	must(t, events.Open())
	producers := produce(t, program, &stop)
	defer producers.Wait()
	defer stop.Store(true)
	waitForLosses(t, m.dropped)
	seconds := time.Duration(fromEnvironment(t, "LBC_OVERLOAD_SECONDS", 5)) * time.Second
	ctx, cancel := context.WithTimeout(t.Context(), seconds)
	defer cancel()
	early := 0
	begun := time.Now()
	for event, err := range events.All(ctx) {
		must(t, err)
		if event.Comm.String() != "sample" {
			t.Fatalf("a torn event: %v", event)
		}
		if got++; early == 0 && time.Since(begun) > seconds/5 {
			early = residentBytes(t)
		}
	}
	if late := time.Since(begun) - seconds; late > time.Second {
		t.Errorf("the loop ended %v after its context", late)
	}
	if grown := residentBytes(t) - early; grown > 8<<20 {
		t.Errorf("memory grew by %d bytes", grown)
	}
	stop.Store(true)
	producers.Wait()
	return got + drain(t, events)
}

// drain counts what is there, until nothing comes for a moment: the interrupt that wakes the reader may be late.
func drain(t *testing.T, events *golbc.Events[measurement]) uint64 {
	t.Helper()
	var got uint64
	for {
		moment, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		before := got
		for _, err := range events.All(moment) {
			must(t, err)
			got++
		}
		cancel()
		if got == before {
			return got
		}
	}
}

// parity: events.bounded
func TestAnOverloadedRingBufferDeliversOrCountsEveryEvent(t *testing.T) {
	m := loadMaps(t)
	got := overload(t, m, m.fillRing, m.ring)
	equal(t, "consumed and lost", got+m.dropped.Get(), m.produced.Get())
}

// parity: events.lost
func TestAnOverloadedPerfBufferDeliversOrReportsEveryEvent(t *testing.T) {
	m := loadMaps(t)
	got := overload(t, m, m.fillPerf, m.perf)
	var sent sync.WaitGroup
	sent.Go(func() {
		for cpu := range runtime.NumCPU() { // the kernel tells of losses with the next sample of that CPU
			onCPU(t, cpu)
			if _, err := m.fillPerf.Run(&ebpf.RunOptions{Data: make([]byte, 64)}); err != nil {
				t.Error(err)
			}
		}
	})
	sent.Wait()
	got += drain(t, m.perf)
	equal(t, "lost, as the kernel reported it", m.perf.Lost(), m.dropped.Get())
	equal(t, "consumed and lost", got+m.perf.Lost(), m.produced.Get())
}
