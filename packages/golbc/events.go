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
			if start := inPlace[E](l, record); start != nil && err == nil {
				return yield(*start, nil)
			}
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

// ForEach calls visit with a copy of every event, whose memory the next one takes. The size in bytes is that of the record;
// where it is shorter than an E, the rest is zero. An error of visit, or a record of a wrong length, ends the loop.
func (e *Events[E]) ForEach(ctx context.Context, visit func(event *E, size int) error) error {
	var event E
	var failed error
	l := layoutOf[E]()
	e.read(ctx, func(record []byte, err error) bool {
		if failed = err; err != nil {
			return false
		}
		if start := inPlace[E](l, record); start != nil {
			event = *start
		} else {
			clear(unsafe.Slice((*byte)(unsafe.Pointer(&event)), l.size))
			l.decode(unsafe.Pointer(&event), record)
		}
		failed = visit(&event, len(record))
		return failed == nil
	})
	return failed
}

// inPlace is the E that a record begins with, where its bytes are a valid one as they are; else nil.
func inPlace[E any](l *layout, record []byte) *E {
	start := unsafe.Pointer(unsafe.SliceData(record))
	if len(l.bools) > 0 || len(record) < l.size || uintptr(start)%unsafe.Alignof(*new(E)) != 0 {
		return nil
	}
	return (*E)(start)
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

// ForEach calls visit with a copy of every record, whose memory the next one takes.
func (e *RawEvents) ForEach(ctx context.Context, visit func(record []byte) error) error {
	var buffer []byte
	var failed error
	e.read(ctx, func(record []byte, err error) bool {
		if failed = err; err == nil {
			buffer = append(buffer[:0], record...)
			failed = visit(buffer)
		}
		return failed == nil
	})
	return failed
}
