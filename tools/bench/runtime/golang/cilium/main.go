// Command cilium is what lbc's Go packages are measured by: cilium/ebpf, whose events are decoded with binary.Read, as most
// programs do, or by hand. cilium binary.Read|by-hand events|maps|load OBJECT
package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"log"
	"os"
	"time"

	"bench/measure"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"github.com/cilium/ebpf/ringbuf"
)

type event struct {
	Number, Time uint64
	Pid, CPU     uint32
	Result       int32
	Flags        uint32
}

func (e *event) sum() int64 {
	return int64(e.Number+e.Time) + int64(e.Pid) + int64(e.CPU) + int64(e.Result) + int64(e.Flags)
}

// byReflection reads an event as cilium's own examples do.
func byReflection(reader *ringbuf.Reader) (e event, err error) {
	record, err := reader.Read()
	if err != nil {
		return e, err
	}
	return e, binary.Read(bytes.NewBuffer(record.RawSample), binary.LittleEndian, &e)
}

var record ringbuf.Record

func byHand(reader *ringbuf.Reader) (event, error) {
	if err := reader.ReadInto(&record); err != nil {
		return event{}, err
	}
	sample := record.RawSample
	if len(sample) < 32 {
		return event{}, errors.New("a short record")
	}
	return event{
		binary.LittleEndian.Uint64(sample), binary.LittleEndian.Uint64(sample[8:]),
		binary.LittleEndian.Uint32(sample[16:]), binary.LittleEndian.Uint32(sample[20:]),
		int32(binary.LittleEndian.Uint32(sample[24:])), binary.LittleEndian.Uint32(sample[28:]),
	}, nil
}

func events(collection *ebpf.Collection, read func(*ringbuf.Reader) (event, error)) {
	reader, err := ringbuf.NewReader(collection.Maps["events"])
	measure.Must(err)
	defer reader.Close()
	// fill wakes nobody: the reader looks at the ring when its time is up, and from then on without waiting
	reader.SetDeadline(time.Unix(1, 0))
	fill := func() {
		_, err := collection.Programs["fill"].Run(&ebpf.RunOptions{Data: make([]byte, 64), Repeat: measure.Events})
		measure.Must(err)
	}
	measure.Drain("single events", fill, func() (sum int64) {
		for range measure.Events {
			e, err := read(reader)
			measure.Must(err)
			sum += e.sum()
		}
		return sum
	})
}

func maps(counts *ebpf.Map) {
	measure.Each("update", func(round, key uint32) int64 {
		measure.Must(counts.Put(key, uint64(key+round)))
		return 0
	})
	measure.Each("lookup", func(_, key uint32) int64 {
		var value uint64
		measure.Must(counts.Lookup(key, &value))
		return int64(value)
	})
	keys, values := make([]uint32, measure.Entries), make([]uint64, measure.Entries)
	for i := range keys {
		keys[i], values[i] = uint32(i), uint64(i)
	}
	measure.Batch("batch update", func() int64 {
		_, err := counts.BatchUpdate(keys, values, nil)
		measure.Must(err)
		return 0
	})
	measure.Batch("batch lookup", func() (sum int64) {
		var cursor ebpf.MapBatchCursor
		count, err := counts.BatchLookup(&cursor, keys, values, nil)
		if !errors.Is(err, ebpf.ErrKeyNotExist) { // the end of the map, with all entries read
			measure.Must(err)
		}
		for i := range count {
			sum += int64(keys[i]) + int64(values[i])
		}
		return sum
	})
}

func load(path string) {
	collection, err := ebpf.LoadCollection(path)
	measure.Must(err)
	defer collection.Close()
	for _, program := range collection.Programs {
		attached, err := link.AttachTracing(link.TracingOptions{Program: program})
		measure.Must(err)
		defer attached.Close()
	}
}

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: cilium binary.Read|by-hand events|maps|load OBJECT")
	}
	read := map[string]func(*ringbuf.Reader) (event, error){"binary.Read": byReflection, "by-hand": byHand}[os.Args[1]]
	if os.Args[2] == "load" {
		measure.Load(func() { load(os.Args[3]) })
		return
	}
	collection, err := ebpf.LoadCollection(os.Args[3])
	measure.Must(err)
	defer collection.Close()
	if os.Args[2] == "events" {
		events(collection, read)
	} else {
		maps(collection.Maps["counts"])
	}
}
