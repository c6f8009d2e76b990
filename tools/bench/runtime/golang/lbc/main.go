// Command lbc times the package that lbc generates of runtime.bpf.c. lbc events|maps OBJECT
package main

import (
	"context"
	"errors"
	"os"

	"bench/measure"
	"bench/runtime"

	"github.com/cilium/ebpf"
	"github.com/lbc-dev/lbc/packages/golbc"
)

func sum(e *runtime.Event) int64 {
	return int64(e.Number+e.Time) + int64(e.Pid) + int64(e.Cpu) + int64(e.Result) + int64(e.Flags)
}

var errEnough = errors.New("all were read")

// drain times one way of reading, with events that are numbered from 0 on.
func drain(name string, read func(events *golbc.Events[runtime.Event]) int64) {
	skel, err := runtime.Load()
	measure.Must(err)
	defer skel.Close()
	fill := func() {
		_, err := skel.Progs.Fill.Run(&ebpf.RunOptions{Data: make([]byte, 64), Repeat: measure.Events})
		measure.Must(err)
	}
	measure.Drain(name, fill, func() int64 { return read(skel.Maps.Events) })
}

func events() {
	drain("single events", func(events *golbc.Events[runtime.Event]) (total int64) {
		read := 0
		for event, err := range events.All(context.Background()) {
			measure.Must(err)
			total += sum(&event)
			if read++; read == measure.Events {
				break
			}
		}
		return total
	})
	drain("events by callback", func(events *golbc.Events[runtime.Event]) (total int64) {
		read := 0
		err := events.ForEach(context.Background(), func(event *runtime.Event, _ int) error {
			total += sum(event)
			if read++; read == measure.Events {
				return errEnough
			}
			return nil
		})
		if !errors.Is(err, errEnough) {
			measure.Must(err)
		}
		return total
	})
}

func maps(counts *golbc.Map[uint32, uint64]) {
	measure.Each("update", func(round, key uint32) int64 {
		measure.Must(counts.Put(key, uint64(key+round)))
		return 0
	})
	measure.Each("lookup", func(_, key uint32) int64 {
		value, err := counts.Lookup(key)
		measure.Must(err)
		return int64(value)
	})
	entries := make([]golbc.Entry[uint32, uint64], measure.Entries)
	for i := range entries {
		entries[i] = golbc.Entry[uint32, uint64]{Key: uint32(i), Value: uint64(i)}
	}
	measure.Batch("batch update", func() int64 {
		_, err := counts.UpdateAll(entries, ebpf.UpdateAny)
		measure.Must(err)
		return 0
	})
	measure.Batch("batch lookup", func() (sum int64) {
		for entry, err := range counts.All() {
			measure.Must(err)
			sum += int64(entry.Key) + int64(entry.Value)
		}
		return sum
	})
}

func main() {
	if os.Args[1] == "events" {
		events()
		return
	}
	skel, err := runtime.Load()
	measure.Must(err)
	defer skel.Close()
	maps(skel.Maps.Counts)
}
