// Command sockcount shows the packets that arrive at an interface, by protocol, until Ctrl-C: sockcount INTERFACE.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"

	"github.com/lbc-dev/lbc/examples/sockcount/go/sockcount"
	"github.com/lbc-dev/lbc/packages/golbc"
)

var names = map[uint8]string{1: "icmp", 6: "tcp", 17: "udp", 58: "ipv6-icmp"}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	log.SetFlags(0)
	nic, err := net.InterfaceByName(append(os.Args, "lo")[1])
	check(err)
	socket, err := golbc.OpenPacketSocket(nic.Index)
	check(err)
	defer socket.Close()
	skel, err := sockcount.Load()
	check(err)
	defer skel.Close()
	_, err = skel.Progs.OnPacket.AttachSocket(socket)
	check(err)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	log.Print("tracing packets, Ctrl-C ends it")
	<-stop

	fmt.Printf("%8s %-12s%10s%12s\n", "PROTOCOL", "", "PACKETS", "BYTES")
	for entry, err := range skel.Maps.Protocols.All() {
		check(err)
		var sum sockcount.Traffic
		for _, cpu := range entry.Value {
			sum.Packets += cpu.Packets
			sum.Octets += cpu.Octets
		}
		fmt.Printf("%8d %-12s%10d%12d\n", entry.Key, names[entry.Key], sum.Packets, sum.Octets)
	}
}
