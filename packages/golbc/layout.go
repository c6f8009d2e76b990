package golbc

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"unsafe"
)

// span is a range of bytes of a value.
type span struct{ offset, size int }

// layout is what has to be known of a T to move it between Go's memory and the kernel's. Both have the same bytes at the
// same offsets; what differs is padding, which Go may leave undefined, and bools, which Go wants to be 0 or 1.
type layout struct {
	size  int
	data  []span // every byte that is not padding
	bools []int
	typ   reflect.Type
}

var layouts sync.Map // reflect.Type → *layout or error

// layoutOf panics for a T that no C type corresponds to: only code that was written by hand can ask for one.
func layoutOf[T any]() *layout {
	typ := reflect.TypeFor[T]()
	if known, ok := layouts.Load(typ); ok {
		return known.(*layout)
	}
	l := &layout{size: int(typ.Size()), typ: typ}
	l.data, l.bools = describe(typ)
	layouts.Store(typ, l)
	return l
}

// encode writes the value at from, and leaves the bytes of dst that are padding as they are.
func (l *layout) encode(dst []byte, from unsafe.Pointer) {
	src := unsafe.Slice((*byte)(from), l.size)
	for _, run := range l.data {
		copy(dst[run.offset:run.offset+run.size], src[run.offset:])
	}
}

// decode fills the value at to. A src that is shorter than the type leaves the rest of the value as it is.
func (l *layout) decode(to unsafe.Pointer, src []byte) {
	copy(unsafe.Slice((*byte)(to), l.size), src)
	l.normalize(to)
}

// normalize makes every C bool that is not zero a Go true.
func (l *layout) normalize(value unsafe.Pointer) {
	for _, offset := range l.bools {
		if b := (*byte)(unsafe.Add(value, offset)); *b > 1 {
			*b = 1
		}
	}
}

// describe lists the data bytes and the bools of a type, both in ascending order.
func describe(typ reflect.Type) (data []span, bools []int) {
	size := int(typ.Size())
	switch typ.Kind() {
	case reflect.Bool:
		return []span{{0, size}}, []int{0}
	case reflect.Int8, reflect.Uint8, reflect.Int16, reflect.Uint16, reflect.Int32, reflect.Uint32, reflect.Int64, reflect.Uint64,
		reflect.Float32, reflect.Float64:
		return []span{{0, size}}, nil
	case reflect.Array:
		return describeArray(typ)
	case reflect.Struct:
		for i := range typ.NumField() {
			field := typ.Field(i)
			if field.Name == "_" {
				continue
			}
			inner, innerBools := describe(field.Type)
			data = appendSpans(data, inner, int(field.Offset))
			for _, offset := range innerBools {
				bools = append(bools, int(field.Offset)+offset)
			}
		}
		return data, bools
	default:
		panic(fmt.Sprintf("golbc: %s has no counterpart in C", typ))
	}
}

func describeArray(typ reflect.Type) (data []span, bools []int) {
	element, elementBools := describe(typ.Elem())
	stride := int(typ.Elem().Size())
	if typ.Len() == 0 || stride == 0 {
		return nil, nil
	}
	if len(element) == 1 && element[0].size == stride {
		data = []span{{0, int(typ.Size())}}
	} else {
		for i := range typ.Len() {
			data = appendSpans(data, element, i*stride)
		}
	}
	if len(elementBools) > 0 {
		for i := range typ.Len() {
			for _, offset := range elementBools {
				bools = append(bools, i*stride+offset)
			}
		}
	}
	return data, bools
}

// appendSpans adds spans that lie at base, joining neighbours.
func appendSpans(spans, more []span, base int) []span {
	for _, s := range more {
		s.offset += base
		if s.size == 0 {
			continue
		}
		if last := len(spans) - 1; last >= 0 && spans[last].offset+spans[last].size == s.offset {
			spans[last].size += s.size
			continue
		}
		spans = append(spans, s)
	}
	return spans
}

var hostIsLittle = isLittle(binary.NativeEndian)

func isLittle(order binary.ByteOrder) bool { return order.Uint16([]byte{1, 0}) == 1 }

func isHostOrder(order binary.ByteOrder) bool { return isLittle(order) == hostIsLittle }

// swap turns the bytes of every number of the type around. Bytes that generated accessors read stay in the object's order.
func swap(typ reflect.Type, bytes []byte) {
	if typ == reflect.TypeFor[Int128]() || typ == reflect.TypeFor[Uint128]() {
		slices.Reverse(bytes[:16])
		return
	}
	size := int(typ.Size())
	switch typ.Kind() {
	case reflect.Array:
		element := typ.Elem()
		if stride := int(element.Size()); stride > 1 {
			for offset := 0; offset < size; offset += stride {
				swap(element, bytes[offset:offset+stride])
			}
		}
	case reflect.Struct:
		for i := range typ.NumField() {
			field := typ.Field(i)
			offset := int(field.Offset)
			swap(field.Type, bytes[offset:offset+int(field.Type.Size())])
		}
	default:
		slices.Reverse(bytes[:size])
	}
}

// Marshal gives the bytes of a value as a BPF program of that byte order sees them, padding as zeros.
func Marshal[T any](value T, order binary.ByteOrder) []byte {
	l := layoutOf[T]()
	bytes := make([]byte, l.size)
	l.encode(bytes, unsafe.Pointer(&value))
	if !isHostOrder(order) {
		swap(l.typ, bytes)
	}
	return bytes
}

// Unmarshal reads a T from bytes of that byte order, on any host. Bytes behind the T are ignored; fewer than it has are
// a [BadLength] error.
func Unmarshal[T any](data []byte, order binary.ByteOrder) (T, error) {
	var value T
	l := layoutOf[T]()
	if len(data) < l.size {
		err := fmt.Errorf("%d bytes, need %d", len(data), l.size)
		return value, &Error{Code: BadLength, Op: "decode", Subject: l.typ.String(), Err: err}
	}
	return Get[T](data, order), nil
}

// Get is what generated accessors read composite members with: data holds at least one T.
func Get[T any](data []byte, order binary.ByteOrder) T {
	var value T
	l := layoutOf[T]()
	data = data[:l.size]
	if !isHostOrder(order) {
		data = slices.Clone(data)
		swap(l.typ, data)
	}
	l.decode(unsafe.Pointer(&value), data)
	return value
}

// Put is what generated accessors write composite members with; padding in data stays as it is.
func Put[T any](data []byte, order binary.ByteOrder, value T) {
	l := layoutOf[T]()
	data = data[:l.size]
	if isHostOrder(order) {
		l.encode(data, unsafe.Pointer(&value))
		return
	}
	swap(l.typ, data)
	l.encode(data, unsafe.Pointer(&value))
	swap(l.typ, data)
}

// Elements reads the flexible array member that begins at offset in a record: as many whole elements as arrived.
func Elements[T any](record []byte, offset int, order binary.ByteOrder) []T {
	size := layoutOf[T]().size
	if size == 0 || offset >= len(record) {
		return nil
	}
	tail := record[offset:]
	elements := make([]T, 0, len(tail)/size)
	for ; len(tail) >= size; tail = tail[size:] {
		elements = append(elements, Get[T](tail, order))
	}
	return elements
}
