package golbc

import (
	"errors"
	"iter"

	"github.com/cilium/ebpf"
)

// UpdateAll writes many entries with one system call (Linux 5.6 and later, before that one by one), with flags as in
// [Map.Update]. It returns how many were written; with an error these are the first ones.
func (m *Map[K, V]) UpdateAll(entries []Entry[K, V], flags ebpf.MapUpdateFlags) (int, error) {
	if len(entries) == 0 {
		return 0, nil
	}
	room := newBatch(m.handle, len(entries), 1)
	for i, entry := range entries {
		copy(room.key(i), Marshal(entry.Key, hostOrder))
		copy(room.value(i), Marshal(entry.Value, hostOrder))
	}
	count, err := m.raw.BatchUpdate(room.keys.Interface(), room.values.Interface(), &ebpf.BatchOptions{ElemFlags: uint64(flags)})
	if !errors.Is(err, ebpf.ErrNotSupported) {
		return count, m.fail("update", err)
	}
	for i, entry := range entries {
		if err := m.Update(entry.Key, entry.Value, flags); err != nil {
			return i, err
		}
	}
	return len(entries), nil
}

// DeleteAll deletes many entries with one system call (Linux 5.6 and later, before that one by one). It returns how many
// were deleted; a key that is not there ends it with [KeyNotFound].
func (m *Map[K, V]) DeleteAll(keys []K) (int, error) {
	if len(keys) == 0 {
		return 0, nil
	}
	room := newBatch(m.handle, len(keys), 1)
	for i, key := range keys {
		copy(room.key(i), Marshal(key, hostOrder))
	}
	count, err := m.raw.BatchDelete(room.keys.Interface(), nil)
	if !errors.Is(err, ebpf.ErrNotSupported) {
		return count, m.fail("delete", err)
	}
	for i, key := range keys {
		if err := m.Delete(key); err != nil {
			return i, err
		}
	}
	return len(keys), nil
}

// TakeAll moves the entries out of a hash, many with each system call (Linux 5.6 and later): what the programs count
// meanwhile stays for the next time. A loop that is left early has taken more than it saw.
func (m *Map[K, V]) TakeAll() iter.Seq2[Entry[K, V], error] {
	return func(yield func(Entry[K, V], error) bool) {
		err := m.walkBatches(takeBatch, 1, func(key, value []byte) bool { return yield(m.entry(key, value), nil) })
		if err != nil {
			yield(Entry[K, V]{}, m.fail("take", err))
		}
	}
}
