"""xdpdrop INTERFACE [ADDRESS]...: drop what the addresses send, and count by source."""

import contextlib
import ipaddress
import signal
import sys

from pylbc import LbcError, ipv4

from generated.xdpdrop import Xdpdrop

ROW = "{:<16}{:>10}{:>10}".format


def drop(interface: str, addresses: list[str]) -> None:
    """Drop until Ctrl-C, then print a line for each source."""
    with Xdpdrop.open() as skel:
        skel.load()
        for address in addresses:
            octets = ipaddress.IPv4Address(address).packed
            skel.maps.blocked[int.from_bytes(octets, sys.byteorder)] = 1
        skel.programs.filter.attach(interface)
        print("tracing packets, Ctrl-C ends it", file=sys.stderr)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
        print(ROW("SOURCE", "PASSED", "DROPPED"))
        for source, verdicts in skel.maps.sources.items():
            print(ROW(str(ipv4(source)), verdicts.passed, verdicts.dropped))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: xdpdrop INTERFACE [ADDRESS]...")
    try:
        drop(sys.argv[1], sys.argv[2:])
    except (LbcError, OSError, ValueError) as error:
        sys.exit(f"xdpdrop: {error}")
