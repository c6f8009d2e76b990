package golbc

import (
	"context"
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
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

// userRing is a ring whose producer is this process, and whose consumer is the kernel.
type userRing struct {
	ringMemory
	size uintptr
}

func mapUserRing(fd, size int) (*userRing, error) {
	memory, err := mapRing(fd, size, unix.PROT_READ, unix.PROT_READ|unix.PROT_WRITE)
	return &userRing{memory, uintptr(size)}, err
}

// send writes header and record, and then the position that makes both visible: complete, so that it never is busy.
func (r *userRing) send(record []byte) error {
	need := ringRoom(uintptr(len(record)))
	if need > r.size || len(record) >= ringDiscard {
		return unix.E2BIG
	}
	at := *r.written() // nobody else writes it
	if r.size-(at-atomic.LoadUintptr(r.consumed())) < need {
		return unix.ENOSPC
	}
	start := r.data()[at&(r.size-1):]
	binary.NativeEndian.PutUint32(start, uint32(len(record)))
	binary.NativeEndian.PutUint32(start[4:], 0)
	copy(start[ringHeader:], record)
	atomic.StoreUintptr(r.written(), at+need)
	return nil
}
