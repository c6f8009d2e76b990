// Command tcplife shows every TCP connection that ends, or those from and to PORT: tcplife [PORT].
package main

import (
	"context"
	"fmt"
	"log"
	"net/netip"
	"os"
	"strconv"

	"github.com/lbc-dev/lbc/examples/tcplife/go/tcplife"
	"github.com/lbc-dev/lbc/packages/golbc"
)

func main() {
	log.SetFlags(0)
	var port uint64
	if len(os.Args) > 1 {
		var err error
		if port, err = strconv.ParseUint(os.Args[1], 10, 16); err != nil {
			log.Fatal(err)
		}
	}
	if err := trace(uint16(port)); err != nil {
		log.Fatal(err)
	}
}

func trace(port uint16) error {
	skel, err := tcplife.Load(tcplife.WithRodata(func(r *tcplife.Rodata) { r.TargetPort = port }))
	if err != nil {
		return err
	}
	defer skel.Close()
	if err := skel.Attach(); err != nil {
		return err
	}
	fmt.Printf("%-7s %-16s %-16s %-5s %-16s %-5s %9s %9s %7s\n", "PID", "COMM", "LOCAL", "PORT", "REMOTE", "PORT", "SENT", "RECEIVED", "MS")
	for e, err := range skel.Maps.Events.All(context.Background()) {
		if err != nil {
			return err
		}
		fmt.Printf("%-7d %-16s %-16s %-5d %-16s %-5d %9d %9d %7.1f\n", e.Pid, e.Comm, addressOf(e.Local, e.Version), e.LocalPort,
			addressOf(e.Remote, e.Version), e.RemotePort, e.Sent, e.Received, float64(e.Microseconds)/1000)
	}
	return nil
}

func addressOf(address tcplife.Address, version uint32) netip.Addr {
	if version == 6 {
		return golbc.IPv6(address.V6())
	}
	return golbc.IPv4(address.V4())
}
