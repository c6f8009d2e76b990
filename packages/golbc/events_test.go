package golbc_test

import (
	"context"
	"errors"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lbc-dev/lbc/packages/golbc"
)

type measurement struct {
	Seq   uint64
	CPU   uint32
	Bits  uint32
	Addr  [4]byte
	Color int32
	Comm  golbc.CString[[16]byte]
}

func take(t *testing.T, events *golbc.Events[measurement], want int) []measurement {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), soon)
	defer stop()
	var got []measurement
	for event, err := range events.All(ctx) {
		must(t, err)
		if got = append(got, event); len(got) == want {
			break
		}
	}
	equal(t, "events", len(got), want)
	return got
}

// later does something while the test waits, and is done before the object is closed.
func later(t *testing.T, after time.Duration, do func()) {
	done := make(chan struct{})
	time.AfterFunc(after, func() {
		defer close(done)
		do()
	})
	t.Cleanup(func() { <-done })
}

func checkMeasurements(t *testing.T, got []measurement) {
	t.Helper()
	for i, event := range got {
		equal(t, "seq", event.Seq, uint64(i))
		equal(t, "addr", event.Addr, [4]byte{127, 0, 0, 1})
		equal(t, "comm", event.Comm.String(), "sample")
	}
}

// parity: events.ring
func TestRingBufferEventsArriveInOrder(t *testing.T) {
	m := loadMaps(t)
	run(t, m.fillRing, 20)
	checkMeasurements(t, append(take(t, m.ring, 5), take(t, m.ring, 15)...))
}

// parity: events.perf
func TestPerfSamplesLoseTheirTrailer(t *testing.T) {
	m := loadMaps(t)
	must(t, m.perf.Open())
	run(t, m.fillPerf, 3)
	ctx, stop := context.WithTimeout(t.Context(), soon)
	defer stop()
	seen := map[uint64]bool{}
	for record, err := range m.perf.Records(ctx) {
		must(t, err)
		equal(t, "bytes", len(record.Bytes), 40)
		seen[record.Event.Seq] = true
		if len(seen) == 3 {
			break
		}
	}
	equal(t, "events", len(seen), 3)
}

// onCPU keeps the goroutine on one CPU, which has one buffer, until it ends or goes to another.
func onCPU(t *testing.T, cpu int) {
	t.Helper()
	runtime.LockOSThread() // never unlocked: the thread ends with its goroutine
	var cpus unix.CPUSet
	cpus.Set(cpu)
	if err := unix.SchedSetaffinity(0, &cpus); err != nil {
		t.Error(err)
	}
}

// parity: helpers.lost
func TestLostPerfSamplesAreCounted(t *testing.T) {
	m := loadMaps(t)
	m.perf.SetPerCPUBuffer(4096)
	must(t, m.perf.Open())
	told := uint64(0)
	m.perf.OnLost(func(cpu int, count uint64) {
		equal(t, "CPU", cpu, 0)
		told += count
	})
	onCPU(t, 0)
	run(t, m.fillPerf, 300)
	got := drain(t, m.perf)
	run(t, m.fillPerf, 50) // the kernel tells of losses with the next sample
	got += drain(t, m.perf)
	if m.perf.Lost() == 0 || got+m.perf.Lost() > 350 {
		t.Errorf("%d received, %d lost", got, m.perf.Lost())
	}
	equal(t, "lost, as the callback was told", told, m.perf.Lost())
}

func TestRecordsWithoutATypeKeepTheirLength(t *testing.T) {
	m := loadMaps(t)
	run(t, m.fillRecords, 32)
	ctx, stop := context.WithTimeout(t.Context(), soon)
	defer stop()
	want := 1
	for record, err := range m.records.All(ctx) {
		must(t, err)
		equal(t, "length", len(record), want)
		equal(t, "last byte", int(record[want-1]), want-1)
		if want++; want > 32 {
			break
		}
	}
	equal(t, "end", want, 33)
}

func TestARecordOfAWrongLengthIsAnErrorAndTheLoopGoesOn(t *testing.T) {
	m := loadMaps(t)
	short := golbc.NewEvents[[8]byte](m.Object, "records", golbc.Length{Min: 3, Max: 4})
	run(t, m.fillRecords, 5)
	ctx, stop := context.WithTimeout(t.Context(), soon)
	defer stop()
	var good, bad int
	for event, err := range short.All(ctx) {
		if errors.Is(err, golbc.BadLength) {
			bad++
		} else {
			must(t, err)
			good++
			equal(t, "third byte", event[2], 2)
			equal(t, "a byte that was not sent", event[7], 0)
		}
		if good+bad == 5 {
			break
		}
	}
	equal(t, "good", good, 2)
	equal(t, "bad", bad, 3)
}

func TestForEachEndsWithTheErrorOfItsCallback(t *testing.T) {
	m := loadMaps(t)
	run(t, m.fillRing, 4)
	enough := errors.New("enough")
	var got []measurement
	err := m.ring.ForEach(t.Context(), func(event *measurement, size int) error {
		equal(t, "size", size, 40)
		if got = append(got, *event); len(got) == 4 {
			return enough
		}
		return nil
	})
	equal(t, "error", err, enough)
	checkMeasurements(t, got)
}

func TestWaitsEndWithTheContext(t *testing.T) {
	m := loadMaps(t)
	for _, events := range []*golbc.Events[measurement]{m.ring, m.perf} {
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan time.Time, 1)
		later(t, 50*time.Millisecond, func() { ended <- time.Now(); stop() })
		for range events.All(ctx) {
			t.Error("an event that nobody sent")
		}
		if late := time.Since(<-ended); late > time.Second {
			t.Errorf("ended %v after the context", late)
		}
	}
}

func TestWhatArrivedBeforeTheContextEndedIsDelivered(t *testing.T) {
	m := loadMaps(t)
	run(t, m.fillRing, 10)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	got := 0
	for _, err := range m.ring.All(ctx) {
		must(t, err)
		got++
	}
	equal(t, "events", got, 10)
}

func TestALoopThatWasCancelledDoesNotEndTheNext(t *testing.T) {
	m := loadMaps(t)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	for range m.ring.All(ctx) {
		t.Error("an event that nobody sent")
	}
	later(t, 50*time.Millisecond, func() { run(t, m.fillRing, 1) })
	take(t, m.ring, 1)
}

// parity: events.one-reader
func TestOneLoopAtATimeReadsAStream(t *testing.T) {
	m := loadMaps(t)
	run(t, m.fillRing, 1)
	for range m.ring.All(t.Context()) {
		for _, err := range m.ring.All(t.Context()) {
			if !errors.Is(err, golbc.Busy) {
				t.Errorf("got %v", err)
			}
		}
		break
	}
}

// parity: events.stop
func TestCloseEndsALoop(t *testing.T) {
	m := loadMaps(t)
	later(t, 50*time.Millisecond, func() { m.Close() })
	for _, err := range m.ring.All(t.Context()) {
		t.Errorf("got %v", err)
	}
	for _, err := range m.ring.All(t.Context()) {
		if !errors.Is(err, golbc.Closed) {
			t.Errorf("got %v", err)
		}
	}
}

func TestALoopEndsBehindTheEventDuringWhichTheObjectWasClosed(t *testing.T) {
	m := loadMaps(t)
	run(t, m.fillRing, 10)
	seen := 0
	for event, err := range m.ring.All(t.Context()) {
		must(t, err)
		if seen++; seen == 2 {
			closed := make(chan error)
			go func() { closed <- m.Close() }()
			must(t, <-closed)
		}
		equal(t, "seq", event.Seq, uint64(seen-1))
	}
	equal(t, "events", seen, 2)
}

func TestTwoStreamsOfOneRingTakeTurns(t *testing.T) {
	m := loadMaps(t)
	other := golbc.NewEvents[measurement](m.Object, "ring", golbc.Length{Min: 40, Max: 40})
	run(t, m.fillRing, 20)
	var got []measurement
	for range 2 {
		got = append(got, take(t, m.ring, 5)...)
		got = append(got, take(t, other, 5)...)
	}
	checkMeasurements(t, got)
}

func TestAVisitorMayChangeWhatItWasGiven(t *testing.T) {
	m := loadMaps(t)
	run(t, m.fillRing, 2)
	run(t, m.fillRecords, 2)
	enough := errors.New("enough")
	want := uint64(0)
	err := m.ring.ForEach(t.Context(), func(event *measurement, _ int) error {
		equal(t, "seq", event.Seq, want)
		event.Seq, want = 1000, want+1
		if want == 2 {
			return enough
		}
		return nil
	})
	equal(t, "error", err, enough)
	bytes := 0
	err = m.records.ForEach(t.Context(), func(record []byte) error {
		clear(record)
		if bytes += len(record); bytes == 7 {
			return enough
		}
		return nil
	})
	equal(t, "error", err, enough)
}

func TestSamplesSentBetweenAttachAndTheFirstReadArrive(t *testing.T) {
	m := loadMaps(t)
	socket, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(t, err)
	defer socket.Close() // before the object, which finds nothing to detach
	_, err = m.fillPerf.AttachSocket(socket)
	must(t, err)
	run(t, m.fillPerf, 3)
	take(t, m.perf, 3)
}

// parity: events.several
func TestSeveralStreamsAreReadAtOnce(t *testing.T) {
	m := loadMaps(t)
	must(t, m.perf.Open())
	ctx, stop := context.WithTimeout(t.Context(), soon)
	defer stop()
	var readers sync.WaitGroup
	var got [2]int
	for i, events := range []*golbc.Events[measurement]{m.ring, m.perf} {
		readers.Go(func() {
			for _, err := range events.All(ctx) {
				if err != nil {
					t.Error(err)
				}
				if got[i]++; got[i] == 5 {
					return
				}
			}
		})
	}
	time.Sleep(20 * time.Millisecond) // both wait
	run(t, m.fillRing, 5)
	run(t, m.fillPerf, 5)
	readers.Wait()
	equal(t, "events", got, [2]int{5, 5})
}
