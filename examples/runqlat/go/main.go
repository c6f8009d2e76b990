// Command runqlat shows how long threads wait for a CPU, all of them or those of the process PID, until Ctrl-C: runqlat [PID].
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strconv"

	"github.com/lbc-dev/lbc/examples/runqlat/go/runqlat"
	"github.com/lbc-dev/lbc/packages/golbc"
)

func main() {
	log.SetFlags(0)
	var pid uint64
	if len(os.Args) > 1 {
		var err error
		if pid, err = strconv.ParseUint(os.Args[1], 10, 32); err != nil {
			log.Fatal(err)
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := measure(ctx, uint32(pid)); err != nil {
		log.Fatal(err)
	}
}

func measure(ctx context.Context, pid uint32) error {
	skel, err := runqlat.Load(runqlat.WithRodata(func(r *runqlat.Rodata) { r.TargetPid = pid }))
	if err != nil {
		return err
	}
	defer skel.Close()
	if err := skel.Attach(); err != nil {
		return err
	}
	log.Print("tracing waits for a CPU, Ctrl-C ends it")
	<-ctx.Done()

	histogram, err := golbc.ReadHistogram(skel.Maps.Latency, golbc.Log2)
	if err != nil {
		return err
	}
	fmt.Println(histogram.Text("usecs"))
	waits, err := skel.Maps.Cpus.Lookup(0)
	if err != nil {
		return err
	}
	for cpu, w := range waits {
		fmt.Printf("CPU %d: %d waits, %d us\n", cpu, w.Count, w.Nanoseconds/1000)
	}
	return nil
}
