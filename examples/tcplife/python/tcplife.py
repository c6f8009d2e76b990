"""tcplife [PORT]: every TCP connection that ends, or those from and to PORT."""

import sys

from pylbc import LbcError, ipv4, ipv6

from generated.tcplife import Address, Event, Tcplife

ROW = "{:<7} {:<16} {:<16} {:<5} {:<16} {:<5} {:>9} {:>9} {:>7}".format


def row(e: Event) -> str:
    """Show one connection."""

    def ip(address: Address) -> str:
        return str(ipv6(address.v6) if e.version == 6 else ipv4(address.v4))

    ends = (ip(e.local), e.local_port, ip(e.remote), e.remote_port)
    milliseconds = f"{e.microseconds / 1000:.1f}"
    return ROW(e.pid, e.comm, *ends, e.sent, e.received, milliseconds)


def trace(port: int) -> None:
    """Print a line for each connection."""
    with Tcplife.open() as skel:
        skel.rodata.target_port = port
        skel.load().attach()
        ends = ("LOCAL", "PORT", "REMOTE", "PORT")
        print(ROW("PID", "COMM", *ends, "SENT", "RECEIVED", "MS"), flush=True)
        for event in skel.maps.events:
            print(row(event), flush=True)


if __name__ == "__main__":
    try:
        trace(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    except KeyboardInterrupt:
        pass
    except (LbcError, ValueError, OverflowError) as error:
        sys.exit(f"tcplife: {error}")
