package golbc

import (
	"errors"
	"fmt"
	"iter"

	"github.com/cilium/ebpf"
)

func isNotFound(err error) bool { return errors.Is(err, ebpf.ErrKeyNotExist) }

// perCPU moves values of which every possible CPU has its own; the kernel puts them 8 bytes or more apart.
type perCPU[V any] struct{ handle }

func (m perCPU[V]) lookup(key any) ([]V, error) { return m.read("lookup", key, m.raw.Lookup) }

func (m perCPU[V]) read(op string, key any, call func(key, value any) error) ([]V, error) {
	cpus, err := ebpf.PossibleCPU()
	if err != nil {
		return nil, m.fail(op, err)
	}
	raw := make([][]byte, cpus)
	if err := call(key, raw); err != nil {
		return nil, m.fail(op, err)
	}
	values := make([]V, cpus)
	for cpu, bytes := range raw {
		values[cpu] = Get[V](bytes, hostOrder)
	}
	return values, nil
}

// allCPUs goes over the entries of a map whose keys are Ks.
func allCPUs[K, V any](m perCPU[V]) iter.Seq2[Entry[K, []V], error] {
	return func(yield func(Entry[K, []V], error) bool) {
		cpus, err := ebpf.PossibleCPU()
		if err != nil {
			yield(Entry[K, []V]{}, m.fail("iterate", err))
			return
		}
		size := layoutOf[V]().size
		all(m.handle, cpus, func(key, values []byte) Entry[K, []V] {
			entry := Entry[K, []V]{Key: Get[K](key, hostOrder), Value: make([]V, cpus)}
			for cpu := range entry.Value {
				entry.Value[cpu] = Get[V](values[cpu*size:], hostOrder)
			}
			return entry
		})(yield)
	}
}

func (m perCPU[V]) update(key any, values []V, flags ebpf.MapUpdateFlags) error {
	cpus, err := ebpf.PossibleCPU()
	if err != nil {
		return m.fail("update", err)
	}
	if len(values) != cpus {
		return &Error{Code: WrongType, Op: "update", Subject: m.name, Err: fmt.Errorf("%d values for %d CPUs", len(values), cpus)}
	}
	raw := make([][]byte, cpus)
	for cpu, value := range values {
		raw[cpu] = Marshal(value, hostOrder)
	}
	return m.fail("update", m.raw.Update(key, raw, flags))
}

// PerCPUMap is a hash of which every possible CPU has its own values: values[2] is that of CPU 2.
type PerCPUMap[K, V any] struct{ perCPU[V] }

// NewPerCPUMap gives the map of that name its types.
func NewPerCPUMap[K, V any](object *Object, name string) *PerCPUMap[K, V] {
	return &PerCPUMap[K, V]{perCPU[V]{open(object, name, layoutOf[K]().size, layoutOf[V]().size)}}
}

// Lookup copies the values of all CPUs; without such an entry the error is [KeyNotFound].
func (m *PerCPUMap[K, V]) Lookup(key K) ([]V, error) { return m.lookup(Marshal(key, hostOrder)) }

// Put writes an entry, whether or not there is one. There is one value for each possible CPU.
func (m *PerCPUMap[K, V]) Put(key K, values []V) error { return m.Update(key, values, ebpf.UpdateAny) }

// Update is Put with flags, as in [Map.Update].
func (m *PerCPUMap[K, V]) Update(key K, values []V, flags ebpf.MapUpdateFlags) error {
	return m.update(Marshal(key, hostOrder), values, flags)
}

// Delete removes an entry; without one the error is [KeyNotFound].
func (m *PerCPUMap[K, V]) Delete(key K) error {
	return m.fail("delete", m.raw.Delete(Marshal(key, hostOrder)))
}

// LookupAndDelete takes an entry out (Linux 5.14 and later).
func (m *PerCPUMap[K, V]) LookupAndDelete(key K) ([]V, error) {
	return m.read("lookup and delete", Marshal(key, hostOrder), m.raw.LookupAndDelete)
}

// All goes over the entries, as in [Map.All].
func (m *PerCPUMap[K, V]) All() iter.Seq2[Entry[K, []V], error] { return allCPUs[K](m.perCPU) }

// PerCPUArray is an array of which every possible CPU has its own values.
type PerCPUArray[V any] struct{ perCPU[V] }

// NewPerCPUArray gives the map of that name its type.
func NewPerCPUArray[V any](object *Object, name string) *PerCPUArray[V] {
	return &PerCPUArray[V]{perCPU[V]{open(object, name, 4, layoutOf[V]().size)}}
}

// Len is the number of entries.
func (a *PerCPUArray[V]) Len() uint32 { return a.raw.MaxEntries() }

// Lookup copies the values of all CPUs; behind the last index the error is [KeyNotFound].
func (a *PerCPUArray[V]) Lookup(index uint32) ([]V, error) { return a.lookup(index) }

// Put writes the values of all CPUs, one for each possible CPU.
func (a *PerCPUArray[V]) Put(index uint32, values []V) error {
	return a.update(index, values, ebpf.UpdateAny)
}

// Update is Put with flags.
func (a *PerCPUArray[V]) Update(index uint32, values []V, flags ebpf.MapUpdateFlags) error {
	return a.update(index, values, flags)
}

// All goes over the entries by ascending index.
func (a *PerCPUArray[V]) All() iter.Seq2[Entry[uint32, []V], error] {
	return allCPUs[uint32](a.perCPU)
}
