// Package measure has what all Go peers share: how often they do a thing, and how they tell how long it took. See peer.ts.
package measure

import (
	"fmt"
	"log"
	"os"
	"time"
)

// The sizes of peer.ts.
const (
	Rounds  = 10
	Events  = 200_000
	Entries = 10_000
	Loads   = 20
)

// Must ends the process with an error.
func Must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// Print writes one line of JSON.
func Print(measure string, count int, elapsed time.Duration, sum int64) {
	fmt.Fprintf(os.Stdout, `{"measure":%q,"count":%d,"nanoseconds":%d,"sum":%d}`+"\n", measure, count, elapsed.Nanoseconds(), sum)
}

// Drain fills a ring and times how it is drained, several times; drain gives the sum of what it read.
func Drain(measure string, fill func(), drain func() int64) {
	var elapsed time.Duration
	var sum int64
	for range Rounds {
		fill()
		started := time.Now()
		sum += drain()
		elapsed += time.Since(started)
	}
	Print(measure, Rounds*Events, elapsed, sum)
}

// Each times an operation on every key, several times.
func Each(measure string, operation func(round, key uint32) int64) {
	var sum int64
	started := time.Now()
	for round := range uint32(Rounds) {
		for key := range uint32(Entries) {
			sum += operation(round, key)
		}
	}
	Print(measure, Rounds*Entries, time.Since(started), sum)
}

// Batch times an operation on all keys at once, several times.
func Batch(measure string, operation func() int64) {
	var sum int64
	started := time.Now()
	for range Rounds {
		sum += operation()
	}
	Print(measure, Rounds*Entries, time.Since(started), sum)
}

// Load times opening, loading, attaching and closing.
func Load(once func()) {
	started := time.Now()
	once()
	Print("first load", 1, time.Since(started), 0)
	started = time.Now()
	for range Loads {
		once()
	}
	Print("load again", Loads, time.Since(started), 0)
}
