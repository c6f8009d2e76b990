"""sockcount INTERFACE: the packets that arrive at it, by protocol, until Ctrl-C."""

import contextlib
import signal
import socket
import sys

from pylbc import LbcError

from generated.sockcount import Sockcount

ETH_P_ALL = 3
NAMES = {1: "icmp", 6: "tcp", 17: "udp", 58: "ipv6-icmp"}
ROW = "{:>8} {:<12}{:>10}{:>12}".format


def count(interface: str) -> None:
    """Count until Ctrl-C, then print a line for each protocol."""
    everything = socket.htons(ETH_P_ALL)
    with (
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, everything) as packets,
        Sockcount.open() as skel,
    ):
        packets.bind((interface, ETH_P_ALL))
        skel.load().programs.on_packet.attach(packets)
        print("tracing packets, Ctrl-C ends it", file=sys.stderr)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
        print(ROW("PROTOCOL", "", "PACKETS", "BYTES"))
        for protocol, cpus in skel.maps.protocols.items():
            total = sum(cpu.packets for cpu in cpus), sum(cpu.octets for cpu in cpus)
            print(ROW(protocol, NAMES.get(protocol, ""), *total))


if __name__ == "__main__":
    try:
        count(sys.argv[1] if len(sys.argv) > 1 else "lo")
    except (LbcError, OSError) as error:
        sys.exit(f"sockcount: {error}")
