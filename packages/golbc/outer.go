package golbc

import (
	"errors"

	"github.com/cilium/ebpf"
)

// MapOfMaps is an array or a hash whose values are maps of one shape.
type MapOfMaps[K any] struct {
	handle
	object *Object
}

// NewMapOfMaps gives the map of that name its type of keys.
func NewMapOfMaps[K any](object *Object, name string) *MapOfMaps[K] {
	return &MapOfMaps[K]{open(object, name, layoutOf[K]().size, 4), object}
}

// NewInner makes an empty map of the shape that this one's declaration asks for; most of them may have another number of
// entries. The caller closes it, and may do so once it is put.
func (m *MapOfMaps[K]) NewInner() (*ebpf.Map, error) {
	template := m.object.templates[m.name]
	if template == nil {
		return nil, &Error{Code: NotSupported, Op: "create", Subject: m.name, Err: errors.New("the object does not tell the shape of its maps")}
	}
	inner, err := ebpf.NewMap(template.Copy())
	if err != nil {
		return nil, m.fail("create", err)
	}
	return inner, nil
}

// Put makes a map the value of a key; the kernel keeps it as long as it is there.
func (m *MapOfMaps[K]) Put(key K, inner *ebpf.Map) error {
	return m.fail("update", m.raw.Put(Marshal(key, hostOrder), uint32(inner.FD())))
}

// Lookup opens the map of a key, which the caller closes.
func (m *MapOfMaps[K]) Lookup(key K) (*ebpf.Map, error) {
	var inner *ebpf.Map
	if err := m.raw.Lookup(Marshal(key, hostOrder), &inner); err != nil {
		return nil, m.fail("lookup", err)
	}
	return inner, nil
}

// Delete empties a key.
func (m *MapOfMaps[K]) Delete(key K) error {
	return m.fail("delete", m.raw.Delete(Marshal(key, hostOrder)))
}

// Inner gives a map its types: one of a [MapOfMaps], or any other that is open. It closes with the map that it was given.
func Inner[K, V any](raw *ebpf.Map) (*Map[K, V], error) {
	opened, err := typed(raw, raw.String(), layoutOf[K]().size, layoutOf[V]().size)
	if err != nil {
		return nil, err
	}
	return &Map[K, V]{opened}, nil
}

// ProgArray is an array of programs for bpf_tail_call.
type ProgArray struct{ handle }

// NewProgArray gives the map of that name its type.
func NewProgArray(object *Object, name string) *ProgArray {
	return &ProgArray{open(object, name, 4, 4)}
}

// Put makes a program of this or another object the target of jumps to an index.
func (a *ProgArray) Put(index uint32, program *Program) error {
	if err := program.usable("jump to"); err != nil {
		return err
	}
	return a.fail("update", a.raw.Put(index, uint32(program.raw.FD())))
}

// Delete empties an index: jumps to it fall through.
func (a *ProgArray) Delete(index uint32) error { return a.fail("delete", a.raw.Delete(index)) }
