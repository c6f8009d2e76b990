package golbc

import (
	"encoding/binary"
	"fmt"
	"iter"
	"unsafe"

	"github.com/cilium/ebpf"
)

// hostOrder is the byte order of what the kernel gives: it loads objects of its own byte order only.
var hostOrder binary.ByteOrder = binary.NativeEndian

// Entry is one entry of a map.
type Entry[K, V any] struct {
	Key   K
	Value V
}

// handle is a map of the kernel together with its name in the object.
type handle struct {
	raw  *ebpf.Map
	name string
}

// open checks that the Go types are as large as what the map holds: of a spec that was changed they may not be.
func open(object *Object, name string, keySize, valueSize int) handle {
	raw := object.Map(name)
	if raw == nil {
		return handle{nil, name}
	}
	opened, err := typed(raw, name, keySize, valueSize)
	if err != nil && object.err == nil {
		object.err = err
	}
	return opened
}

func typed(raw *ebpf.Map, name string, keySize, valueSize int) (handle, error) {
	opened := handle{raw, name}
	if int(raw.KeySize()) != keySize || int(raw.ValueSize()) != valueSize {
		return opened, &Error{Code: WrongType, Op: "load", Subject: name, Err: fmt.Errorf(
			"keys of %d and values of %d bytes, the Go types have %d and %d", raw.KeySize(), raw.ValueSize(), keySize, valueSize)}
	}
	return opened, nil
}

// Map is the layer below, for batches, pinning and everything else.
func (h handle) Map() *ebpf.Map { return h.raw }

func (h handle) fail(op string, err error) error {
	if err == nil {
		return nil
	}
	if h.raw.FD() < 0 {
		return &Error{Code: Closed, Op: op, Subject: h.name}
	}
	return fail(MapRefused, op, h.name, err)
}

// RawMap is a map without operations of its own here: those of the layer below are all there are.
type RawMap struct{ handle }

// NewRawMap makes the map of that name reachable.
func NewRawMap(object *Object, name string) *RawMap { return &RawMap{handle{object.Map(name), name}} }

// buffer has at least one byte, so that it has an address.
func buffer(size int) []byte { return make([]byte, max(size, 1))[:size] }

func address(b []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(b)) }

// Map is a map with keys and one value each: a hash, LRU hash, LPM trie, local storage, stack traces, or a map of
// descriptors.
type Map[K, V any] struct{ handle }

// NewMap gives the map of that name its types.
func NewMap[K, V any](object *Object, name string) *Map[K, V] {
	return &Map[K, V]{open(object, name, layoutOf[K]().size, layoutOf[V]().size)}
}

// Lookup copies a value; without such an entry the error is [KeyNotFound].
func (m *Map[K, V]) Lookup(key K) (V, error) { return m.LookupWithFlags(key, 0) }

// LookupWithFlags is Lookup with flags such as [ebpf.LookupLock].
func (m *Map[K, V]) LookupWithFlags(key K, flags ebpf.MapLookupFlags) (V, error) {
	value := buffer(layoutOf[V]().size)
	if err := m.raw.LookupWithFlags(Marshal(key, hostOrder), address(value), flags); err != nil {
		var none V
		return none, m.fail("lookup", err)
	}
	return Get[V](value, hostOrder), nil
}

// Put writes an entry, whether or not there is one.
func (m *Map[K, V]) Put(key K, value V) error { return m.Update(key, value, ebpf.UpdateAny) }

// Update writes an entry: always, only a new one ([ebpf.UpdateNoExist]), or only one that exists ([ebpf.UpdateExist]).
func (m *Map[K, V]) Update(key K, value V, flags ebpf.MapUpdateFlags) error {
	return m.fail("update", m.raw.Update(Marshal(key, hostOrder), Marshal(value, hostOrder), flags))
}

// Delete removes an entry; without one the error is [KeyNotFound].
func (m *Map[K, V]) Delete(key K) error {
	return m.fail("delete", m.raw.Delete(Marshal(key, hostOrder)))
}

// LookupAndDelete takes an entry out (hash maps: since Linux 5.14).
func (m *Map[K, V]) LookupAndDelete(key K) (V, error) {
	value := buffer(layoutOf[V]().size)
	if err := m.raw.LookupAndDelete(Marshal(key, hostOrder), address(value)); err != nil {
		var none V
		return none, m.fail("lookup and delete", err)
	}
	return Get[V](value, hostOrder), nil
}

// All goes over the entries, each of which may be deleted in the loop; an error ends it. An entry that is in a hash all the
// while is seen once (before Linux 5.6 perhaps twice); one that comes or goes meanwhile may be seen or not.
func (m *Map[K, V]) All() iter.Seq2[Entry[K, V], error] { return all(m.handle, 1, m.entry) }

func (m *Map[K, V]) entry(key, value []byte) Entry[K, V] {
	return Entry[K, V]{Get[K](key, hostOrder), Get[V](value, hostOrder)}
}

// Array is a map whose keys are the numbers from 0 to Len()-1; every entry exists.
type Array[V any] struct{ handle }

// NewArray gives the map of that name its type.
func NewArray[V any](object *Object, name string) *Array[V] {
	return &Array[V]{open(object, name, 4, layoutOf[V]().size)}
}

// Len is the number of entries.
func (a *Array[V]) Len() uint32 { return a.raw.MaxEntries() }

// Lookup copies a value; behind the last index the error is [KeyNotFound].
func (a *Array[V]) Lookup(index uint32) (V, error) {
	value := buffer(layoutOf[V]().size)
	if err := a.raw.Lookup(index, address(value)); err != nil {
		var none V
		return none, a.fail("lookup", err)
	}
	return Get[V](value, hostOrder), nil
}

// Put writes a value.
func (a *Array[V]) Put(index uint32, value V) error { return a.Update(index, value, ebpf.UpdateAny) }

// Update writes a value, with flags such as [ebpf.UpdateLock].
func (a *Array[V]) Update(index uint32, value V, flags ebpf.MapUpdateFlags) error {
	return a.fail("update", a.raw.Update(index, Marshal(value, hostOrder), flags))
}

// All goes over the entries by ascending index.
func (a *Array[V]) All() iter.Seq2[Entry[uint32, V], error] {
	return all(a.handle, 1, func(key, value []byte) Entry[uint32, V] {
		return Entry[uint32, V]{Get[uint32](key, hostOrder), Get[V](value, hostOrder)}
	})
}
