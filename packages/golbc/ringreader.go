package golbc

import (
	"errors"
	"io"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/perf"
	"golang.org/x/sys/unix"
)

// heldBack is how many bytes may be read before the producers learn that they are free, but no more than a quarter of the
// ring: to write that position for each record would take longer than to read the record.
const heldBack = 4096

// A record that is not complete yet is looked at again so many times, then after a pause each time: its program runs on
// another CPU, or was interrupted.
const (
	busyLooks = 64
	busyPause = 50 * time.Microsecond
)

// errIncomplete tells that the next record is not complete yet.
var errIncomplete = errors.New("the next record is not complete yet")

// ringReader reads a ring buffer in place. One goroutine reads, between begin and end; any may call Flush and Close.
type ringReader struct {
	memory            ringMemory
	consumed, written *uintptr
	data              []byte
	mask              uintptr // position to offset in data
	freeAfter         uintptr

	at    uintptr // the next record
	freed uintptr // what the producers know of at
	until uintptr // what is known of written
	looks int     // at a record that is not complete

	file  *os.File // a duplicate of the map's descriptor, which Go's poller waits for
	conn  syscall.RawConn
	isNew func(uintptr) bool

	closed  atomic.Bool
	mu      sync.Mutex
	reading bool
	cleanup runtime.Cleanup
}

// openRing opens a map of type BPF_MAP_TYPE_RINGBUF for reading.
func openRing(m *ebpf.Map) (*ringReader, error) {
	fd, err := unix.FcntlInt(uintptr(m.FD()), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.SetNonblock(fd, true); err != nil { // os.File waits for such descriptors only; the kernel's reads never block
		return nil, errors.Join(err, unix.Close(fd))
	}
	file := os.NewFile(uintptr(fd), m.String())
	memory, err := mapRing(fd, int(m.MaxEntries()), unix.PROT_READ|unix.PROT_WRITE, unix.PROT_READ)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	r, err := newRingReader(memory, file)
	if err != nil {
		return nil, errors.Join(err, memory.unmap(), file.Close())
	}
	r.cleanup = runtime.AddCleanup(r, func(memory ringMemory) { _ = memory.unmap() }, memory) // of objects that nobody closed
	return r, nil
}

// newRingReader takes over the memory and the file, which becomes readable when a record is complete.
func newRingReader(memory ringMemory, file *os.File) (*ringReader, error) {
	conn, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	data := memory.data()
	size := uintptr(len(data) / 2)
	r := &ringReader{memory: memory, consumed: memory.consumed(), written: memory.written(), data: data, mask: size - 1,
		freeAfter: min(size/4, heldBack), file: file, conn: conn}
	r.isNew = func(uintptr) bool { return atomic.LoadUintptr(r.written) != r.at }
	return r, file.SetReadDeadline(time.Time{}) // fails where the descriptor cannot be waited for
}

// begin keeps the memory mapped until end; it is false if the ring is closed.
func (r *ringReader) begin() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed.Load() {
		return false
	}
	r.reading = true
	_ = r.file.SetReadDeadline(time.Time{}) // of an earlier loop; newRingReader has tried it
	r.look()
	return true
}

// end tells the producers what was read.
func (r *ringReader) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free()
	r.reading = false
	if r.closed.Load() {
		_ = r.unmap() // which fails for memory that was not mapped only
	}
}

// next gives the next record, which is valid, and not to be written to, until the next call.
func (r *ringReader) next() ([]byte, missed, error) {
	for !r.closed.Load() {
		if r.at-r.freed >= r.freeAfter {
			r.free()
		}
		if r.at == r.until {
			if err := r.more(); err != nil {
				return nil, missed{}, err
			}
		}
		// the kernel exchanges the header atomically, after the record's bytes
		header := atomic.LoadUint32((*uint32)(unsafe.Pointer(&r.data[r.at&r.mask])))
		if header&ringBusy != 0 {
			return nil, missed{}, r.pause()
		}
		r.looks = 0
		start, length := r.at&r.mask+ringHeader, uintptr(header&^ringDiscard)
		if ringRoom(length) > r.until-r.at {
			return nil, missed{}, io.ErrUnexpectedEOF // somebody else moves the positions
		}
		r.at += ringRoom(length)
		if header&ringDiscard == 0 {
			return r.data[start : start+length : start+length], missed{}, nil
		}
	}
	return nil, missed{}, os.ErrClosed
}

// more waits until there is another record.
func (r *ringReader) more() error {
	r.free() // before it looks: whoever writes later sees that position, and wakes
	for r.look(); r.at == r.until; r.look() {
		err := r.conn.Read(r.isNew)
		switch {
		case r.closed.Load():
			return os.ErrClosed
		case errors.Is(err, os.ErrDeadlineExceeded):
			if r.isNew(0) { // it came before the deadline was noticed
				continue
			}
			_ = r.file.SetReadDeadline(time.Time{}) // newRingReader has tried it
			return perf.ErrFlushed
		case err != nil:
			return err
		}
	}
	return nil
}

// pause is for a record that is not complete.
func (r *ringReader) pause() error {
	r.free()
	if r.looks++; r.looks <= busyLooks {
		runtime.Gosched()
	} else {
		time.Sleep(busyPause)
	}
	return errIncomplete
}

// look takes both positions from the kernel's pages: between two loops, somebody else may have read.
func (r *ringReader) look() {
	r.at = atomic.LoadUintptr(r.consumed)
	r.freed = r.at
	r.until = atomic.LoadUintptr(r.written)
}

// free tells the producers that what lies before the next record may be written over.
func (r *ringReader) free() {
	if r.at != r.freed {
		atomic.StoreUintptr(r.consumed, r.at)
		r.freed = r.at
	}
}

// Flush makes next give what is there, and then perf.ErrFlushed instead of waiting.
func (r *ringReader) Flush() error { return r.file.SetReadDeadline(time.Unix(1, 0)) }

// Close ends a wait. The memory is unmapped when nobody reads any more; it may be called again.
func (r *ringReader) Close() error {
	r.mu.Lock()
	before, reading := r.closed.Swap(true), r.reading
	r.mu.Unlock()
	if before {
		return nil
	}
	err := r.file.Close()
	if reading {
		return err
	}
	return errors.Join(err, r.unmap())
}

func (r *ringReader) unmap() error {
	r.cleanup.Stop()
	return r.memory.unmap()
}
