// Command opensnoop shows every file that is opened, or those that the process PID opens: opensnoop [PID].
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strconv"

	"github.com/lbc-dev/lbc/examples/opensnoop/go/opensnoop"
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
	if err := snoop(uint32(pid)); err != nil {
		log.Fatal(err)
	}
}

func snoop(pid uint32) error {
	skel, err := opensnoop.Load(opensnoop.WithRodata(func(r *opensnoop.Rodata) { r.TargetPid = pid }))
	if err != nil {
		return err
	}
	defer skel.Close()
	if err := skel.Attach(); err != nil {
		return err
	}
	fmt.Printf("%-8s%-17s%6s %s\n", "PID", "COMM", "RESULT", "PATH")
	for event, err := range skel.Maps.Events.All(context.Background()) {
		if err != nil {
			return err
		}
		fmt.Printf("%-8d%-17s%6d %s\n", event.Pid, event.Comm, event.Result, event.Path)
	}
	return nil
}
