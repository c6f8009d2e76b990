package golbc

import (
	"fmt"

	"github.com/cilium/ebpf"
)

// Mapped is an array, declared with BPF_F_MMAPABLE, in this process's memory: shared with the programs, without system calls.
type Mapped[V any] struct {
	memory *ebpf.Memory
	len    uint32
	stride int64
}

// Mmap maps the array into this process (Linux 5.5 and later), until nobody uses the result any more.
func (a *Array[V]) Mmap() (*Mapped[V], error) {
	memory, err := a.raw.Memory()
	if err != nil {
		return nil, a.fail("map", err)
	}
	return &Mapped[V]{memory, a.Len(), int64(layoutOf[V]().size+7) / 8 * 8}, nil
}

// Len is the number of entries.
func (m *Mapped[V]) Len() uint32 { return m.len }

// At is one entry, to be read and written as a [Var] is. It panics behind the end, as a slice does.
func (m *Mapped[V]) At(index uint32) Var[V] {
	if index >= m.len {
		panic(fmt.Sprintf("golbc: index %d of an array of %d", index, m.len))
	}
	return Var[V]{m.memory, int64(index) * m.stride}
}
