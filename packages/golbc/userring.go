package golbc

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The header of a record in a ring buffer, see https://docs.kernel.org/bpf/ringbuf.html: a length with two flags, and four
// bytes that the writer leaves 0.
const (
	ringHeader  = 8
	ringBusy    = 1 << 31 // BPF_RINGBUF_BUSY_BIT: the record is not complete yet
	ringRoundTo = 8
)

// UserEvents is a ring buffer that user space writes and programs read with bpf_user_ringbuf_drain (Linux 6.1 and later):
// records of type E. It may be used by several goroutines.
type UserEvents[E any] struct {
	handle
	object *Object
	mu     sync.Mutex
	ring   *userRing
}

// NewUserEvents gives the map of that name its record type.
func NewUserEvents[E any](object *Object, name string) *UserEvents[E] {
	u := &UserEvents[E]{handle: handle{object.Map(name), name}, object: object}
	object.close = append(object.close, u.close)
	return u
}

// Send writes a record. Where the buffer has no room until programs have read, the error is [Full].
func (u *UserEvents[E]) Send(record E) error { return u.SendBytes(Marshal(record, hostOrder)) }

// SendBytes writes a record that may be longer or shorter than an E.
func (u *UserEvents[E]) SendBytes(record []byte) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.object.isClosed() {
		return &Error{Code: Closed, Op: "send", Subject: u.name}
	}
	if u.ring == nil {
		ring, err := mapUserRing(u.raw.FD(), int(u.raw.MaxEntries()))
		if err != nil {
			return u.fail("map", err)
		}
		u.ring = ring
	}
	switch err := u.ring.send(record); {
	case errors.Is(err, unix.ENOSPC):
		return &Error{Code: Full, Op: "send", Subject: u.name, Err: err}
	default:
		return u.fail("send", err)
	}
}

// SendWhenFree is Send that waits for room until the context ends, whose error it then returns.
func (u *UserEvents[E]) SendWhenFree(ctx context.Context, record E) error {
	for {
		err := u.Send(record)
		if !errors.Is(err, Full) {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		u.waitForRoom(50 * time.Millisecond)
	}
}

// waitForRoom ends when a program has read, or at the latest after so long: another sender may have taken the room then.
func (u *UserEvents[E]) waitForRoom(limit time.Duration) {
	fds := []unix.PollFd{{Fd: int32(u.raw.FD()), Events: unix.POLLOUT}}
	_, _ = unix.Poll(fds, int(limit.Milliseconds())) // whatever came of it, the caller tries again
}

func (u *UserEvents[E]) close() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ring == nil {
		return nil
	}
	ring := u.ring
	u.ring = nil
	return ring.unmap()
}

// userRing is the memory of the ring: a page with how far the kernel has read, a page with how far user space has written,
// and the data twice in a row, so that no record is cut at the end.
type userRing struct {
	consumed, written []byte
	data              []byte
	size              uint64
}

func mapUserRing(fd, size int) (*userRing, error) {
	page := os.Getpagesize()
	consumed, err := unix.Mmap(fd, 0, page, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	written, err := unix.Mmap(fd, int64(page), page+2*size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, errors.Join(err, unix.Munmap(consumed))
	}
	return &userRing{consumed, written, written[page:], uint64(size)}, nil
}

func (r *userRing) unmap() error { return errors.Join(unix.Munmap(r.consumed), unix.Munmap(r.written)) }

func position(page []byte) *uint64 { return (*uint64)(unsafe.Pointer(unsafe.SliceData(page))) }

// send writes header and record, and then the position that makes both visible: complete, so that it never is busy.
func (r *userRing) send(record []byte) error {
	need := uint64(ringHeader+len(record)+ringRoundTo-1) / ringRoundTo * ringRoundTo
	if need > r.size || len(record) >= ringBusy {
		return unix.E2BIG
	}
	at := *position(r.written) // nobody else writes it
	if r.size-(at-atomic.LoadUint64(position(r.consumed))) < need {
		return unix.ENOSPC
	}
	start := r.data[at&(r.size-1):]
	binary.NativeEndian.PutUint32(start, uint32(len(record)))
	binary.NativeEndian.PutUint32(start[4:], 0)
	copy(start[ringHeader:], record)
	atomic.StoreUint64(position(r.written), at+need)
	return nil
}
