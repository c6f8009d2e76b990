package golbc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/perf"
)

// perfTrailer is how many bytes the kernel may put behind a perf sample to fill it up to 8.
const perfTrailer = 7

// defaultPerCPUBuffer in bytes: 64 pages of 4096.
const defaultPerCPUBuffer = 64 * 4096

// drainTime is how long a loop goes on with what arrived before its context ended.
const drainTime = 50 * time.Millisecond

// Length is how long a record of an event stream may be, in bytes. Max is 0 where the program decides at run time.
type Length struct{ Min, Max int }

// source is a ring buffer or a perf event array that is open for reading.
type source interface {
	begin() bool                                     // of a loop; false if it is closed
	next() (record []byte, missed missed, err error) // the record is valid, and not to be written to, until the next call
	end()                                            // of a loop
	Flush() error
	Close() error
}

// missed tells that a CPU's buffer had no room for so many samples.
type missed struct {
	cpu   int
	count uint64
}

type perfSource struct {
	*perf.Reader
	record perf.Record
}

func (s *perfSource) begin() bool { return true }
func (s *perfSource) end()        {}

func (s *perfSource) next() ([]byte, missed, error) {
	err := s.ReadInto(&s.record)
	return s.record.RawSample, missed{s.record.CPU, s.record.LostSamples}, err
}

// stream is what typed and untyped events have in common.
type stream struct {
	handle
	object *Object
	length Length
	isPerf bool

	mu     sync.Mutex
	source source
	buffer int
	busy   atomic.Bool
	lost   atomic.Uint64
	onLost func(cpu int, count uint64)
}

func newStream(object *Object, name string, length Length) *stream {
	s := &stream{handle: handle{object.Map(name), name}, object: object, length: length, buffer: defaultPerCPUBuffer}
	if s.raw == nil {
		return s
	}
	s.isPerf = s.raw.Type() == ebpf.PerfEventArray
	if s.isPerf {
		object.prepare = append(object.prepare, s.Open)
	}
	object.close = append(object.close, s.close)
	return s
}

// Open begins to receive. Reading does it where it was not done before; a perf event array drops what is sent earlier, which
// is why [Object.Attach] does it too.
func (s *stream) Open() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.object.isClosed() {
		return &Error{Code: Closed, Op: "open", Subject: s.name}
	}
	if s.source != nil {
		return nil
	}
	opened, err := s.newSource()
	if err != nil {
		return fail(MapRefused, "open", s.name, err)
	}
	s.source = opened
	return nil
}

func (s *stream) newSource() (source, error) {
	if s.isPerf {
		reader, err := perf.NewReader(s.raw, s.buffer)
		return &perfSource{Reader: reader}, err
	}
	return openRing(s.raw)
}

// SetPerCPUBuffer sets how many bytes of memory each CPU has in a perf event array, before it is opened; 256 KiB otherwise.
func (s *stream) SetPerCPUBuffer(bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buffer = bytes
}

// Lost counts the samples that a perf event array had no room for. With a ring buffer, only the program knows.
func (s *stream) Lost() uint64 { return s.lost.Load() }

// OnLost sets what a loop calls when a CPU's buffer of a perf event array had no room for so many samples. It is set before
// the loop begins, and runs in it.
func (s *stream) OnLost(report func(cpu int, count uint64)) { s.onLost = report }

func (s *stream) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.source == nil {
		return nil
	}
	return s.source.Close()
}

// read calls visit with each record until visit says no, the context ends or the object is closed; the latter two are no
// errors. What was there when the context ended is still delivered, as long as that takes no more than drainTime.
func (s *stream) read(ctx context.Context, visit func(record []byte, err error) bool) {
	if !s.busy.CompareAndSwap(false, true) {
		visit(nil, &Error{Code: Busy, Op: "read", Subject: s.name})
		return
	}
	defer s.busy.Store(false)
	if err := s.Open(); err != nil {
		visit(nil, err)
		return
	}
	if !s.source.begin() {
		return
	}
	defer s.source.end()
	var ended atomic.Pointer[time.Time]
	stop := context.AfterFunc(ctx, func() {
		now := time.Now()
		ended.Store(&now)
		s.source.Flush() // fails only where the reader is closed, which ends the loop as well
	})
	defer stop()
	for s.step(ctx, visit) {
		if at := ended.Load(); at != nil && time.Since(*at) > drainTime {
			return
		}
	}
}

// step reads one record; false ends the loop.
func (s *stream) step(ctx context.Context, visit func(record []byte, err error) bool) bool {
	record, missed, err := s.source.next()
	switch {
	case err != nil:
		return s.goesOn(ctx, err, visit)
	case missed.count > 0:
		s.lost.Add(missed.count)
		if s.onLost != nil {
			s.onLost(missed.cpu, missed.count)
		}
		return true
	}
	return visit(s.check(record))
}

// goesOn tells whether a loop goes on behind an error of its source.
func (s *stream) goesOn(ctx context.Context, err error, visit func(record []byte, err error) bool) bool {
	switch {
	case errors.Is(err, errIncomplete):
		return true
	case errors.Is(err, perf.ErrFlushed):
		return ctx.Err() == nil // one that is left over from an earlier loop means nothing
	case errors.Is(err, os.ErrClosed):
		return false
	}
	return visit(nil, fail(MapRefused, "read", s.name, err)) && perf.IsUnknownEvent(err)
}

// check holds a record against its length contract and drops what the kernel put behind it.
func (s *stream) check(record []byte) ([]byte, error) {
	size, longest := len(record), s.length.Max
	if size < s.length.Min || longest > 0 && size > longest && (!s.isPerf || size > longest+perfTrailer) {
		err := fmt.Errorf("a record of %d bytes, declared are %d to %d", size, s.length.Min, longest)
		return record, &Error{Code: BadLength, Op: "read", Subject: s.name, Err: err}
	}
	if longest > 0 && size > longest {
		record = record[:longest]
	}
	return record, nil
}
