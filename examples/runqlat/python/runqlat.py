"""runqlat [PID]: how long threads wait for a CPU, all or those of PID, until Ctrl-C."""

import contextlib
import signal
import sys

from pylbc import LbcError

from generated.runqlat import Runqlat


def measure(pid: int) -> None:
    """Count until Ctrl-C, then print the histogram and the sums of each CPU."""
    with Runqlat.open() as skel:
        skel.rodata.target_pid = pid
        skel.load().attach()
        print("tracing waits for a CPU, Ctrl-C ends it", file=sys.stderr)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
        print(skel.maps.latency.read(unit="usecs"))
        for cpu, waits in enumerate(skel.maps.cpus[0]):
            print(f"CPU {cpu}: {waits.count} waits, {waits.nanoseconds // 1000} us")


if __name__ == "__main__":
    try:
        measure(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    except (LbcError, ValueError, OverflowError) as error:
        sys.exit(f"runqlat: {error}")
