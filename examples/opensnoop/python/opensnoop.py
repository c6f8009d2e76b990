"""opensnoop [PID]: every file that is opened, or those that the process PID opens."""

import sys

from pylbc import LbcError

from generated.opensnoop import Opensnoop


def snoop(pid: int) -> None:
    """Print a line for each call of open(2) and openat(2)."""
    with Opensnoop.open() as skel:
        skel.rodata.target_pid = pid
        skel.load().attach()
        print(f"{'PID':<8}{'COMM':<17}{'RESULT':>6} PATH", flush=True)
        for e in skel.maps.events:
            print(f"{e.pid:<8}{e.comm:<17}{e.result:>6} {e.path}", flush=True)


if __name__ == "__main__":
    try:
        snoop(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    except KeyboardInterrupt:
        pass
    except (LbcError, ValueError, OverflowError) as error:
        sys.exit(f"opensnoop: {error}")
