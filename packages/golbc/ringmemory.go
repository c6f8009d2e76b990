package golbc

import (
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The header of a record in a ring buffer, see https://docs.kernel.org/bpf/ringbuf.html: a length with two flags, and four
// bytes for the kernel's own use. Records begin at multiples of 8.
const (
	ringHeader  = 8
	ringBusy    = 1 << 31 // BPF_RINGBUF_BUSY_BIT: the record is not complete yet
	ringDiscard = 1 << 30 // BPF_RINGBUF_DISCARD_BIT: nobody wants the record
	ringRoundTo = 8
)

// ringRoom is how many bytes a record of that length takes of the ring.
func ringRoom(length uintptr) uintptr {
	return (ringHeader + length + ringRoundTo - 1) / ringRoundTo * ringRoundTo
}

// ringMemory is what the kernel shows of a ring: a page with how far the consumer has read, and then a page with how far the
// producer has written and the data, twice in a row, so that no record is cut at the end.
type ringMemory struct{ consumer, producer []byte }

// mapRing maps a ring of so many bytes, each side with the protection of unix.PROT_*.
func mapRing(fd, size, consumerProtection, producerProtection int) (ringMemory, error) {
	page := os.Getpagesize()
	consumer, err := unix.Mmap(fd, 0, page, consumerProtection, unix.MAP_SHARED)
	if err != nil {
		return ringMemory{}, err
	}
	producer, err := unix.Mmap(fd, int64(page), page+2*size, producerProtection, unix.MAP_SHARED)
	if err != nil {
		return ringMemory{}, errors.Join(err, unix.Munmap(consumer))
	}
	return ringMemory{consumer, producer}, nil
}

func (m ringMemory) unmap() error {
	return errors.Join(unix.Munmap(m.consumer), unix.Munmap(m.producer))
}

func (m ringMemory) data() []byte { return m.producer[os.Getpagesize():] }

// consumed and written are positions that only grow, and start again at 0 where an unsigned long of the kernel ends.
func (m ringMemory) consumed() *uintptr { return position(m.consumer) }
func (m ringMemory) written() *uintptr  { return position(m.producer) }

func position(page []byte) *uintptr { return (*uintptr)(unsafe.Pointer(unsafe.SliceData(page))) }
