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

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	log.SetFlags(0)
	if len(os.Args) < 2 {
		log.Fatal("usage: xdpdrop INTERFACE [ADDRESS]...")
	}
	nic, err := net.InterfaceByName(os.Args[1])
	check(err)
	skel, err := xdpdrop.Load()
	check(err)
	defer skel.Close()
	for _, text := range os.Args[2:] {
		address, err := netip.ParseAddr(text)
		check(err)
		check(skel.Maps.Blocked.Put(binary.NativeEndian.Uint32(address.AsSlice()), 1))
	}
	_, err = skel.Progs.Filter.AttachXDP(nic.Index, 0)
	check(err)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	log.Print("tracing packets, Ctrl-C ends it")
	<-stop

	fmt.Printf("%-16s%10s%10s\n", "SOURCE", "PASSED", "DROPPED")
	for source, err := range skel.Maps.Sources.All() {
		check(err)
		fmt.Printf("%-16s%10d%10d\n", golbc.IPv4(source.Key), source.Value.Passed, source.Value.Dropped)
	}
}
