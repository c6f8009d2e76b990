package golbc

import (
	"context"
	"iter"
	"unsafe"
)

// Events is a ring buffer or a perf event array of records that begin with an E.
type Events[E any] struct{ *stream }

// NewEvents gives the map of that name its event type.
func NewEvents[E any](object *Object, name string, length Length) *Events[E] {
	return &Events[E]{newStream(object, name, length)}
}

// Record is an event together with the bytes that arrived: those behind the E belong to a flexible array member. Of a
// perf event array without a declared length, up to 7 bytes at the end are not the program's.
type Record[E any] struct {
	Event E
	Bytes []byte
}

// All gives the events one by one, as copies, until the context ends or the object is closed. A record of a wrong length is
// an error; the loop may go on behind it.
func (e *Events[E]) All(ctx context.Context) iter.Seq2[E, error] {
	return func(yield func(E, error) bool) {
		l := layoutOf[E]()
		e.read(ctx, func(record []byte, err error) bool {
			var event E
			if err == nil {
				l.decode(unsafe.Pointer(&event), record)
			}
			return yield(event, err)
		})
	}
}

// Records is All with the bytes of each record, which are a copy too.
func (e *Events[E]) Records(ctx context.Context) iter.Seq2[Record[E], error] {
	return func(yield func(Record[E], error) bool) {
		l := layoutOf[E]()
		e.read(ctx, func(bytes []byte, err error) bool {
			record := Record[E]{Bytes: append([]byte(nil), bytes...)}
			if err == nil {
				l.decode(unsafe.Pointer(&record.Event), bytes)
			}
			return yield(record, err)
		})
	}
}

// ForEach calls visit with every event, without copying: it is valid until visit returns. The size in bytes is that of the
// record; where it is shorter than an E, the rest is zero. An error of visit, or a record of a wrong length, ends the loop.
func (e *Events[E]) ForEach(ctx context.Context, visit func(event *E, size int) error) error {
	var scratch E
	var failed error
	l := layoutOf[E]()
	inPlace := len(l.bools) == 0 && l.size > 0
	align := uintptr(l.typ.Align())
	e.read(ctx, func(record []byte, err error) bool {
		if failed = err; err != nil {
			return false
		}
		start := unsafe.Pointer(unsafe.SliceData(record))
		if inPlace && len(record) >= l.size && uintptr(start)%align == 0 {
			failed = visit((*E)(start), len(record))
			return failed == nil
		}
		clear(unsafe.Slice((*byte)(unsafe.Pointer(&scratch)), l.size))
		l.decode(unsafe.Pointer(&scratch), record)
		failed = visit(&scratch, len(record))
		return failed == nil
	})
	return failed
}

// RawEvents is a ring buffer or a perf event array whose records have no known type.
type RawEvents struct{ *stream }

// NewRawEvents makes the map of that name readable.
func NewRawEvents(object *Object, name string, length Length) *RawEvents {
	return &RawEvents{newStream(object, name, length)}
}

// All gives the records one by one, as copies, as [Events.All] does.
func (e *RawEvents) All(ctx context.Context) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		e.read(ctx, func(record []byte, err error) bool { return yield(append([]byte(nil), record...), err) })
	}
}

// ForEach calls visit with every record, which is valid until visit returns.
func (e *RawEvents) ForEach(ctx context.Context, visit func(record []byte) error) error {
	var failed error
	e.read(ctx, func(record []byte, err error) bool {
		if failed = err; err == nil {
			failed = visit(record)
		}
		return failed == nil
	})
	return failed
}
