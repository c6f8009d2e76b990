// Command profile shows the stacks that CPUs run, all or those of the process PID, folded, until Ctrl-C: profile [PID].
package main

import (
	"cmp"
	"fmt"
	"log"
	"os"
	"os/signal"
	"slices"

	"github.com/lbc-dev/lbc/examples/profile/go/profile"
	"github.com/lbc-dev/lbc/packages/golbc"
)

func main() {
	log.SetFlags(0)
	var pid uint32
	if len(os.Args) > 1 {
		if _, err := fmt.Sscan(os.Args[1], &pid); err != nil {
			log.Fatal(err)
		}
	}
	skel, err := profile.Load(profile.WithRodata(func(r *profile.Rodata) { r.TargetPid = pid }))
	if err != nil {
		log.Fatal(err)
	}
	defer skel.Close()
	if _, err := skel.Progs.OnClock.AttachProfile(99); err != nil {
		log.Fatal(err)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	log.Print("tracing 99 times a second, Ctrl-C ends it")
	<-stop

	kernel, err := golbc.ReadKernelSymbols()
	if err != nil {
		log.Fatal(err)
	}
	users := golbc.NewUserSymbols()
	for entry, err := range skel.Maps.Counts.All() {
		if err != nil {
			log.Fatal(err)
		}
		sample := entry.Key
		line := sample.Comm.String()
		// A sample without a stack has a number that no stack has.
		if stack, err := skel.Maps.Stacks.Lookup(uint32(sample.UserStack)); err == nil {
			line += folded(users.ResolveStack(int(sample.Pid), stack[:]))
		}
		if stack, err := skel.Maps.Stacks.Lookup(uint32(sample.KernelStack)); err == nil {
			line += folded(kernel.ResolveStack(stack[:]))
		}
		fmt.Println(line, entry.Value)
	}
}

// folded is a stack from the outside in.
func folded(stack []golbc.Symbol) (line string) {
	for _, symbol := range slices.Backward(stack) {
		line += ";" + cmp.Or(symbol.Name, "[unknown]")
	}
	return line
}
