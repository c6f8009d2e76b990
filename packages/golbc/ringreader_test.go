package golbc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/perf"
	"golang.org/x/sys/unix"
)

func succeed(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// testRing is a ring in memory of this process: the test is the kernel, and can leave a record incomplete.
type testRing struct {
	*ringReader
	wake io.Writer
	size uintptr
}

// newTestRing begins to read a ring of 4096 bytes whose positions stand at start.
func newTestRing(t *testing.T, start uintptr) *testRing {
	t.Helper()
	const size = 4096
	mapped := func(length int) []byte {
		memory, err := unix.Mmap(-1, 0, length, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
		succeed(t, err)
		return memory
	}
	memory := ringMemory{mapped(os.Getpagesize()), mapped(os.Getpagesize() + 2*size)}
	*memory.consumed(), *memory.written() = start, start
	readable, wake, err := os.Pipe()
	succeed(t, err)
	r, err := newRingReader(memory, readable)
	succeed(t, err)
	t.Cleanup(func() {
		succeed(t, errors.Join(r.Close(), wake.Close()))
		if r.reading {
			r.end()
		}
	})
	if !r.begin() {
		t.Fatal("a new ring is closed")
	}
	return &testRing{r, wake, size}
}

// reserve makes a record that is not complete, and gives its header.
func (r *testRing) reserve(record string) *uint32 {
	at := *r.written & r.mask
	for i, b := range []byte(record) {
		offset := (at + ringHeader + uintptr(i)) & r.mask
		r.data[offset], r.data[offset+r.size] = b, b
	}
	header := (*uint32)(unsafe.Pointer(&r.data[at]))
	atomic.StoreUint32(header, uint32(len(record))|ringBusy)
	atomic.AddUintptr(r.written, ringRoom(uintptr(len(record))))
	return header
}

// commit completes a record, with flags.
func commit(header *uint32, flags uint32) {
	atomic.StoreUint32(header, atomic.LoadUint32(header)&^ringBusy|flags)
}

func (r *testRing) put(record string) { commit(r.reserve(record), 0) }

// is holds the next record, or error, against what is wanted.
func (r *testRing) is(t *testing.T, want string, wanted error) {
	t.Helper()
	record, _, err := r.next()
	if string(record) != want || !errors.Is(err, wanted) {
		t.Errorf("got %q and %v, want %q and %v", record, err, want, wanted)
	}
}

func TestARecordThatIsNotCompleteIsNotReadAndNotOvertaken(t *testing.T) {
	r := newTestRing(t, 0)
	r.put("first")
	incomplete := r.reserve("second")
	r.put("third")
	r.is(t, "first", nil)
	for range 2 * busyLooks {
		r.is(t, "", errIncomplete)
	}
	if got := atomic.LoadUintptr(r.consumed); got != ringRoom(5) {
		t.Errorf("the producers see %d bytes read while the reader waits for a record", got)
	}
	commit(incomplete, 0)
	r.is(t, "second", nil)
	r.is(t, "third", nil)
}

func TestDiscardedRecordsAreSkippedAndTheirRoomIsFreed(t *testing.T) {
	r := newTestRing(t, 0)
	commit(r.reserve("nobody wants it"), ringDiscard)
	r.put("wanted")
	commit(r.reserve("nobody wants it"), ringDiscard)
	r.is(t, "wanted", nil)
	succeed(t, r.Flush())
	r.is(t, "", perf.ErrFlushed)
	if got := atomic.LoadUintptr(r.consumed); got != *r.written {
		t.Errorf("%d of %d bytes are freed", got, *r.written)
	}
}

func TestAReaderThatIsBehindFreesAQuarterOfTheRingAtATime(t *testing.T) {
	r := newTestRing(t, 0)
	record := strings.Repeat("x", 56)
	for range 4096 / 64 {
		r.put(record)
	}
	for range 4096 / 64 {
		r.is(t, record, nil)
		if held := r.at - atomic.LoadUintptr(r.consumed); held > 1024 {
			t.Fatalf("%d bytes are held back", held)
		}
	}
}

func TestThePositionsMayStartAgainAtZero(t *testing.T) {
	r := newTestRing(t, ^uintptr(0)-ringRoom(40)-ringRoom(16)+1)
	for _, record := range []string{strings.Repeat("a", 40), strings.Repeat("b", 40), strings.Repeat("c", 40)} {
		r.put(record)
		r.is(t, record, nil)
	}
}

func TestALengthBehindWhatIsWrittenIsAnErrorAndNoPanic(t *testing.T) {
	r := newTestRing(t, 0)
	header := r.reserve("record")
	atomic.StoreUint32(header, 1<<29)
	r.is(t, "", io.ErrUnexpectedEOF)
}

func TestFlushGivesWhatIsThereAndEndsOneWait(t *testing.T) {
	r := newTestRing(t, 0)
	succeed(t, r.Flush())
	r.put("late")
	r.is(t, "late", nil)
	r.is(t, "", perf.ErrFlushed)
	time.AfterFunc(20*time.Millisecond, func() { _ = r.Flush() })
	r.is(t, "", perf.ErrFlushed)
	time.AfterFunc(20*time.Millisecond, func() {
		r.put("after it")
		_, _ = r.wake.Write([]byte{0})
	})
	r.is(t, "after it", nil)
}

func TestCloseEndsAWait(t *testing.T) {
	r := newTestRing(t, 0)
	time.AfterFunc(20*time.Millisecond, func() { _ = r.Close() })
	r.is(t, "", os.ErrClosed)
	r.end()
	if r.begin() {
		t.Error("a loop began on a closed ring")
	}
}

// filler is a program that discards a record and then sends one of so many bytes, the words of which are 0, 1, 2 …
func filler(t *testing.T, ring *ebpf.Map, length int32) *ebpf.Program {
	t.Helper()
	reserve := asm.Instructions{asm.LoadMapPtr(asm.R1, ring.FD()), asm.Mov.Imm(asm.R2, length), asm.Mov.Imm(asm.R3, 0),
		asm.FnRingbufReserve.Call(), asm.JEq.Imm(asm.R0, 0, "full"), asm.Mov.Reg(asm.R1, asm.R0), asm.Mov.Imm(asm.R2, 0)}
	code := append(append(asm.Instructions{}, reserve...), asm.FnRingbufDiscard.Call())
	code = append(code, reserve...)
	for word := range length / 8 {
		code = append(code, asm.Mov.Imm(asm.R3, word), asm.StoreMem(asm.R1, int16(word*8), asm.R3, asm.DWord))
	}
	code = append(code, asm.FnRingbufSubmit.Call(), asm.Mov.Imm(asm.R0, 0), asm.Return(),
		asm.Mov.Imm(asm.R0, 1).WithSymbol("full"), asm.Return())
	fill := &ebpf.ProgramSpec{Type: ebpf.SocketFilter, License: "GPL", Instructions: code}
	return loaded(t, &ebpf.CollectionSpec{Programs: map[string]*ebpf.ProgramSpec{"fill": fill}}).Programs["fill"]
}

// newRing is the smallest ring that there can be.
func newRing(t *testing.T) *ebpf.Map {
	t.Helper()
	ring := &ebpf.MapSpec{Type: ebpf.RingBuf, MaxEntries: uint32(os.Getpagesize())}
	return loaded(t, &ebpf.CollectionSpec{Maps: map[string]*ebpf.MapSpec{"ring": ring}}).Maps["ring"]
}

// loaded is what objects are loaded by: within any limit of locked memory.
func loaded(t *testing.T, spec *ebpf.CollectionSpec) *ebpf.Collection {
	t.Helper()
	collection, err := ebpf.NewCollection(spec)
	succeed(t, err)
	t.Cleanup(collection.Close)
	return collection
}

func TestRecordsThatCrossTheEndOfTheRingAreWhole(t *testing.T) {
	ring := newRing(t)
	const length = 2000
	program := filler(t, ring, length)
	r, err := openRing(ring)
	succeed(t, err)
	defer r.Close()
	var want []byte
	for word := range uint64(length / 8) {
		want = binary.NativeEndian.AppendUint64(want, word)
	}
	for crossed := 0; crossed < 3; {
		result, err := program.Run(&ebpf.RunOptions{Data: make([]byte, 64)})
		succeed(t, err)
		if result != 0 || !r.begin() {
			t.Fatal("the ring is full or closed")
		}
		record, _, err := r.next()
		succeed(t, err)
		if !bytes.Equal(record, want) {
			t.Fatalf("a record of %d bytes is torn", len(record))
		}
		if r.at&r.mask < ringRoom(length) {
			crossed++
		}
		r.end()
	}
}

func TestARecordStaysWhereItIsUntilTheLoopEndsThoughTheRingIsClosed(t *testing.T) {
	ring := newRing(t)
	before := mappedRings(t)
	r, err := openRing(ring)
	succeed(t, err)
	if !r.begin() {
		t.Fatal("a new ring is closed")
	}
	_, err = filler(t, ring, 16).Run(&ebpf.RunOptions{Data: make([]byte, 64)})
	succeed(t, err)
	record, _, err := r.next()
	succeed(t, err)
	succeed(t, r.Close())
	if want := binary.NativeEndian.AppendUint64(make([]byte, 8), 1); !bytes.Equal(record, want) {
		t.Errorf("got %v", record)
	}
	if _, _, err := r.next(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v", err)
	}
	r.end()
	if after := mappedRings(t); after != before {
		t.Errorf("%d mappings before, %d after", before, after)
	}
	if r.begin() {
		t.Error("a loop began on a closed ring")
	}
}

func TestARingThatNobodyClosedIsUnmappedWithItsReader(t *testing.T) {
	before := mappedRings(t)
	_, err := openRing(newRing(t))
	succeed(t, err)
	for end := time.Now().Add(5 * time.Second); mappedRings(t) > before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the ring is still mapped")
		}
		runtime.GC()
	}
}

// mappedRings counts the mappings of maps in this process.
func mappedRings(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/maps")
	succeed(t, err)
	return strings.Count(string(text), "bpf-map")
}
