package golbc

import "github.com/cilium/ebpf"

// Queue is a queue or a stack.
type Queue[V any] struct{ handle }

// NewQueue gives the map of that name its type.
func NewQueue[V any](object *Object, name string) *Queue[V] {
	return &Queue[V]{open(object, name, 0, layoutOf[V]().size)}
}

// Push adds a value; with [ebpf.UpdateExist] a full queue drops its oldest.
func (q *Queue[V]) Push(value V, flags ebpf.MapUpdateFlags) error {
	return q.fail("push", q.raw.Update(nil, Marshal(value, hostOrder), flags))
}

// Pop takes the next value out; when there is none the error is [KeyNotFound].
func (q *Queue[V]) Pop() (V, error) { return q.take("pop", q.raw.LookupAndDelete) }

// Peek copies the next value.
func (q *Queue[V]) Peek() (V, error) { return q.take("peek", q.raw.Lookup) }

func (q *Queue[V]) take(op string, call func(key, value any) error) (V, error) {
	value := buffer(layoutOf[V]().size)
	if err := call(nil, address(value)); err != nil {
		var none V
		return none, q.fail(op, err)
	}
	return Get[V](value, hostOrder), nil
}

// BloomFilter is a set that may say yes to what was never added.
type BloomFilter[V any] struct{ handle }

// NewBloomFilter gives the map of that name its type.
func NewBloomFilter[V any](object *Object, name string) *BloomFilter[V] {
	return &BloomFilter[V]{open(object, name, 0, layoutOf[V]().size)}
}

// Add puts a value into the set.
func (b *BloomFilter[V]) Add(value V) error {
	return b.fail("add", b.raw.Update(nil, Marshal(value, hostOrder), ebpf.UpdateAny))
}

// Contains is false for what was never added.
func (b *BloomFilter[V]) Contains(value V) (bool, error) {
	bytes := Marshal(value, hostOrder)
	err := b.raw.Lookup(nil, address(bytes))
	if isNotFound(err) {
		return false, nil
	}
	return err == nil, b.fail("lookup", err)
}
