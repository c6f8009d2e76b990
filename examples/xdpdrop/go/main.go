// Command xdpdrop drops what some addresses send, and counts packets by source, until Ctrl-C: xdpdrop INTERFACE [ADDRESS]...
package main

import (
	"encoding/binary"
	"fmt"
	"log"
	"net"
	"net/netip"
	"os"
	"os/signal"

	"github.com/lbc-dev/lbc/examples/xdpdrop/go/xdpdrop"
	"github.com/lbc-dev/lbc/packages/golbc"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) < 2 {
		log.Fatal("usage: xdpdrop INTERFACE [ADDRESS]...")
	}
	if err := run(os.Args[1], os.Args[2:]); err != nil {
		log.Fatal(err)
	}
}

func run(name string, addresses []string) error {
	nic, err := net.InterfaceByName(name)
	if err != nil {
		return err
	}
	skel, err := xdpdrop.Load()
	if err != nil {
		return err
	}
	defer skel.Close()
	for _, text := range addresses {
		address, err := netip.ParseAddr(text)
		if err == nil {
			err = skel.Maps.Blocked.Put(binary.NativeEndian.Uint32(address.AsSlice()), 1)
		}
		if err != nil {
			return err
		}
	}
	if _, err := skel.Progs.Filter.AttachXDP(nic.Index, 0); err != nil {
		return err
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	log.Print("tracing packets, Ctrl-C ends it")
	<-stop

	fmt.Printf("%-16s%10s%10s\n", "SOURCE", "PASSED", "DROPPED")
	for source, err := range skel.Maps.Sources.All() {
		if err != nil {
			return err
		}
		fmt.Printf("%-16s%10d%10d\n", golbc.IPv4(source.Key), source.Value.Passed, source.Value.Dropped)
	}
	return nil
}
