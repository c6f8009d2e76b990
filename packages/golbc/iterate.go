package golbc

import (
	"errors"
	"iter"
	"reflect"
	"slices"
	"unsafe"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// firstBatch is how many entries the first system call of a walk asks for; a bucket of a hash that holds more doubles it.
const firstBatch = 256

// batch is room for the keys and values of several entries: arrays of bytes, which cilium/ebpf fills without copying.
type batch struct {
	keys, values       reflect.Value
	keySize, valueSize int
}

// newBatch has room for count entries, each with so many values (the number of CPUs, or 1).
func newBatch(h handle, count, values int) batch {
	arrays := func(size, length int) reflect.Value {
		return reflect.MakeSlice(reflect.SliceOf(reflect.ArrayOf(size, reflect.TypeFor[byte]())), length, length)
	}
	keySize, valueSize := int(h.raw.KeySize()), int(h.raw.ValueSize())
	return batch{arrays(keySize, count), arrays(valueSize, count*values), keySize, valueSize * values}
}

func (b batch) key(i int) []byte { return element(b.keys, i, b.keySize) }

// value is that of an entry, or the values of all CPUs one behind the other.
func (b batch) value(i int) []byte { return element(b.values, i, b.valueSize) }

func element(arrays reflect.Value, i, size int) []byte {
	return unsafe.Slice((*byte)(unsafe.Add(arrays.UnsafePointer(), i*size)), size)
}

// batchCall is BatchLookup or BatchLookupAndDelete.
type batchCall func(m *ebpf.Map, cursor *ebpf.MapBatchCursor, keys, values any) (int, error)

func lookupBatch(m *ebpf.Map, cursor *ebpf.MapBatchCursor, keys, values any) (int, error) {
	return m.BatchLookup(cursor, keys, values, nil)
}

func takeBatch(m *ebpf.Map, cursor *ebpf.MapBatchCursor, keys, values any) (int, error) {
	return m.BatchLookupAndDelete(cursor, keys, values, nil)
}

// walkBatches visits all entries, many with each system call, until visit says no. What the kernel cannot do so is an
// ebpf.ErrNotSupported before the first visit.
func (h handle) walkBatches(call batchCall, values int, visit func(key, value []byte) bool) error {
	size := int(min(h.raw.MaxEntries(), firstBatch))
	room := newBatch(h, size, values)
	var cursor ebpf.MapBatchCursor
	for {
		count, err := call(h.raw, &cursor, room.keys.Interface(), room.values.Interface())
		if errors.Is(err, unix.ENOSPC) && size < int(h.raw.MaxEntries()) { // a bucket is larger
			size = min(2*size, int(h.raw.MaxEntries()))
			room = newBatch(h, size, values)
			continue
		}
		if err != nil && !isNotFound(err) {
			return err
		}
		for i := range count {
			if !visit(room.key(i), room.value(i)) {
				return nil
			}
		}
		if err != nil { // that was the last one
			return nil
		}
	}
}

// walkKeys visits all entries, from key to key. The key behind is read before an entry is visited, which may therefore be
// deleted; a key that others delete sends the walk back to the first, so that it is bounded by the map's size.
func (h handle) walkKeys(values int, visit func(key, value []byte) bool) error {
	room := newBatch(h, 1, values)
	key, next := []byte(nil), make([]byte, h.raw.KeySize())
	err := h.raw.NextKey(nil, next)
	for left := h.raw.MaxEntries(); err == nil && left > 0; left-- {
		key = slices.Clone(next)
		err = h.raw.NextKey(key, next)
		switch found := h.readValue(key, room, values); {
		case isNotFound(found): // deleted since its key was read
		case found != nil:
			return found
		case !visit(key, room.value(0)):
			return nil
		}
	}
	if isNotFound(err) {
		return nil
	}
	return err
}

func (h handle) readValue(key []byte, room batch, values int) error {
	if !isPerCPU(h.raw.Type()) {
		return h.raw.Lookup(key, address(room.value(0)))
	}
	raw := make([][]byte, values)
	if err := h.raw.Lookup(key, raw); err != nil {
		return err
	}
	copy(room.value(0), slices.Concat(raw...))
	return nil
}

func isPerCPU(kind ebpf.MapType) bool {
	return kind == ebpf.PerCPUHash || kind == ebpf.LRUCPUHash || kind == ebpf.PerCPUArray
}

// all goes over the entries with the fewest system calls that the kernel can do it with.
func all[E any](h handle, values int, decode func(key, value []byte) E) iter.Seq2[E, error] {
	return func(yield func(E, error) bool) {
		visit := func(key, value []byte) bool { return yield(decode(key, value), nil) }
		err := h.walkBatches(lookupBatch, values, visit)
		if errors.Is(err, ebpf.ErrNotSupported) {
			err = h.walkKeys(values, visit)
		}
		if err != nil {
			var none E
			yield(none, h.fail("iterate", err))
		}
	}
}
