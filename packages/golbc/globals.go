package golbc

import (
	"unsafe"

	"github.com/cilium/ebpf"
)

// Var is a global variable, shared with the programs: nothing of it is kept in between. Aligned values of up to 8 bytes
// are read and written as a whole.
type Var[T any] struct {
	memory *ebpf.Memory
	offset int64
}

// NewVar gives the variable at that offset of a section its type.
func NewVar[T any](object *Object, section string, offset int64) Var[T] {
	return Var[T]{object.sectionMemory(section), offset}
}

// sectionMemory maps a section into this process (Linux 5.5 and later), once.
func (o *Object) sectionMemory(section string) *ebpf.Memory {
	if memory, ok := o.memory[section]; ok {
		return memory
	}
	raw := o.Map(section)
	if raw == nil {
		return nil
	}
	memory, err := raw.Memory()
	if err != nil && o.err == nil {
		o.err = fail(NotSupported, "map", section, err)
	}
	o.memory[section] = memory
	return memory
}

// Get reads the variable.
func (v Var[T]) Get() T {
	var value T
	l := layoutOf[T]()
	if l.size > 0 {
		v.check(v.memory.ReadAt(unsafe.Slice((*byte)(unsafe.Pointer(&value)), l.size), v.offset))
	}
	l.normalize(unsafe.Pointer(&value))
	return value
}

// Set writes the variable; its padding stays as it is.
func (v Var[T]) Set(value T) {
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(&value)), layoutOf[T]().size)
	for _, run := range layoutOf[T]().data {
		v.check(v.memory.WriteAt(bytes[run.offset:run.offset+run.size], v.offset+int64(run.offset)))
	}
}

// check panics where generated code and object do not belong together.
func (v Var[T]) check(_ int, err error) {
	if err != nil {
		panic("golbc: a variable lies outside of its section: " + err.Error())
	}
}

// Const has the values of a section that nobody changes any more.
type Const[T any] struct{ value T }

// Constants reads such a section, as the programs see it.
func Constants[T any](object *Object, section string) Const[T] {
	raw := object.Map(section)
	if raw == nil {
		return Const[T]{}
	}
	contents := make([]byte, raw.ValueSize())
	if err := raw.Lookup(uint32(0), address(contents)); err != nil && object.err == nil {
		object.err = fail(MapRefused, "read", section, err)
	}
	return Const[T]{padded[T](contents)}
}

// Get gives a copy of the values. There is no Set: the verifier took them for constants, they are set before load.
func (c Const[T]) Get() T { return c.value }
