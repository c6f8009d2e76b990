"""execsnoop [PPID]: every program that is executed, or those that PPID executes."""

from __future__ import annotations

import signal
import sys
from typing import TextIO

from pylbc import LbcError, raw_bytes

from generated.execsnoop import Event, Execsnoop


def line(event: Event) -> str:
    """Show one event: its fields, separated by tabs."""
    argv = raw_bytes(event, "argv")[: event.argv_bytes]
    words = argv[:-1] if argv.endswith(b"\0") else argv
    shown = words.replace(b"\0", b" ").decode(errors="surrogateescape")
    who = (event.timestamp, event.pid, event.ppid, event.uid, event.comm)
    return "\t".join([*map(str, who), shown])


def main(out: TextIO) -> None:
    """Print events until a signal comes, then the counts."""
    with Execsnoop.open() as skel:
        if len(sys.argv) > 1:
            skel.rodata.target_ppid = int(sys.argv[1])
        skel.load().attach()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: skel.maps.events.stop())
        print("tracing exec, Ctrl-C ends it", file=sys.stderr)
        for event in skel.maps.events:
            print(line(event), file=out)
        for uid, count in skel.maps.exec_counts.items():
            print("count", uid, count, sep="\t", file=out)
        print("total", skel.bss.total, sep="\t", file=out)


if __name__ == "__main__":
    try:
        # Arguments are bytes to the kernel: what is not UTF-8 goes out as it came in.
        with open(1, "w", buffering=1, errors="surrogateescape") as stdout:
            main(stdout)
    except (LbcError, ValueError, OverflowError) as error:
        sys.exit(f"execsnoop: {error}")
