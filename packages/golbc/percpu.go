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

func (m perCPU[V]) lookup(key any) ([]V, error) {
	cpus, err := ebpf.PossibleCPU()
	if err != nil {
		return nil, m.fail("lookup", err)
	}
	raw := make([][]byte, cpus)
	if err := m.raw.Lookup(key, raw); err != nil {
		return nil, m.fail("lookup", err)
	}
	return m.decode(raw), nil
}

func (m perCPU[V]) decode(raw [][]byte) []V {
	values := make([]V, len(raw))
	for cpu, bytes := range raw {
		values[cpu] = Get[V](bytes, hostOrder)
	}
	return values
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

// All goes over the entries, as in [Map.All].
func (m *PerCPUMap[K, V]) All() iter.Seq2[Entry[K, []V], error] {
	return func(yield func(Entry[K, []V], error) bool) {
		cpus, err := ebpf.PossibleCPU()
		if err != nil {
			yield(Entry[K, []V]{}, m.fail("iterate", err))
			return
		}
		key, raw := buffer(layoutOf[K]().size), make([][]byte, cpus)
		entries := m.raw.Iterate()
		for entries.Next(address(key), raw) {
			if !yield(Entry[K, []V]{Get[K](key, hostOrder), m.decode(raw)}, nil) {
				return
			}
		}
		if err := entries.Err(); err != nil {
			yield(Entry[K, []V]{}, m.fail("iterate", err))
		}
	}
}

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

// All goes over the entries by ascending index.
func (a *PerCPUArray[V]) All() iter.Seq2[Entry[uint32, []V], error] {
	return func(yield func(Entry[uint32, []V], error) bool) {
		for index := range a.Len() {
			values, err := a.Lookup(index)
			if !yield(Entry[uint32, []V]{index, values}, err) || err != nil {
				return
			}
		}
	}
}
