// Command execsnoop shows every program that is executed, or those that the process PPID executes: execsnoop [PPID].
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/lbc-dev/lbc/examples/execsnoop/go/execsnoop"
)

func main() {
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	ppid, err := strconv.ParseUint(append(os.Args, "0")[1], 10, 32)
	if err != nil {
		return err
	}
	skel, err := execsnoop.Load(execsnoop.WithRodata(func(r *execsnoop.Rodata) { r.TargetPpid = uint32(ppid) }))
	if err != nil {
		return err
	}
	defer skel.Close()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := skel.Attach(); err != nil {
		return err
	}
	log.Print("tracing exec, Ctrl-C ends it")

	for event, err := range skel.Maps.Events.All(ctx) {
		if err != nil {
			return err
		}
		argv := strings.TrimSuffix(string(event.Argv.Bytes()[:event.ArgvBytes]), "\x00")
		argv = strings.ReplaceAll(argv, "\x00", " ")
		fmt.Printf("%d\t%d\t%d\t%d\t%s\t%s\n", event.Timestamp, event.Pid, event.Ppid, event.Uid, event.Comm, argv)
	}
	for entry, err := range skel.Maps.ExecCounts.All() {
		if err != nil {
			return err
		}
		fmt.Printf("count\t%d\t%d\n", entry.Key, entry.Value)
	}
	fmt.Printf("total\t%d\n", skel.Bss.Total.Get())
	return nil
}
