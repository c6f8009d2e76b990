// Command profile shows the stacks that CPUs run, all or those of the process PID, folded, until Ctrl-C: profile [PID].
package main

import (
	"cmp"
	"fmt"
	"log"
	"os"
	"os/signal"
	"slices"
	"strconv"

	"github.com/lbc-dev/lbc/examples/profile/go/profile"
	"github.com/lbc-dev/lbc/packages/golbc"
)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	log.SetFlags(0)
	pid, err := strconv.ParseUint(append(os.Args, "0")[1], 10, 32)
	check(err)
	skel, err := profile.Load(profile.WithRodata(func(r *profile.Rodata) { r.TargetPid = uint32(pid) }))
	check(err)
	defer skel.Close()
	_, err = skel.Progs.OnClock.AttachProfile(99)
	check(err)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	log.Print("tracing 99 times a second, Ctrl-C ends it")
	<-stop
	kernel, err := golbc.ReadKernelSymbols()
	check(err)
	users := golbc.NewUserSymbols()
	for entry, err := range skel.Maps.Counts.All() {
		check(err)
		sample, line := entry.Key, entry.Key.Comm.String()
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
