"""kprobe, kretprobe, fentry and fexit on a kernel that has them.

``python3 probes.py DIR``: DIR has the package that ``lbc gen`` made of probes.bpf.o.
It needs nothing but pylbc, so that it runs on a small machine in QEMU.
"""

from __future__ import annotations

import os
import sys
from typing import TypeVar

from pylbc import EventStream

T = TypeVar("T")
OPENS = 5


def drain(stream: EventStream[T]) -> list[T]:
    """All events that are there."""
    events = []
    while (event := stream.read(timeout=0.5)) is not None:
        events.append(event)
    return events


# parity: links.kprobe, links.fentry
def main(folder: str) -> None:
    """Open some files and see each open in all four programs."""
    sys.path.insert(0, folder)
    from probes import Hook, Probes

    with Probes.open() as skel:
        skel.rodata.target_pid = os.getpid()
        skel.load().attach()
        assert len(skel.links) == 4, skel.links
        # A second place, given at run time.
        again = skel.programs.on_kprobe.attach("security_file_open")
        drain(skel.maps.events)  # attaching opens files of its own
        before = list(skel.bss.hits)
        for _ in range(OPENS):
            os.close(os.open("/proc/self/stat", os.O_RDONLY))
        live = [after - hits for after, hits in zip(skel.bss.hits, before)]
        events = drain(skel.maps.events)
        again.detach()
    by_hook = {hook: [e for e in events if e.hook is hook] for hook in Hook}
    expected = {
        Hook.KPROBE: (2 * OPENS, 1),
        Hook.KRETPROBE: (OPENS, 0),
        Hook.FENTRY: (OPENS, 1),
        Hook.FEXIT: (OPENS, 0),
    }
    for hook, (count, value) in expected.items():
        assert [event.value for event in by_hook[hook]] == [value] * count, events
        assert live[hook] == count, live
    assert all(event.pid == os.getpid() for event in events), events
    print("pylbc: kprobe, kretprobe, fentry and fexit work")


if __name__ == "__main__":
    main(sys.argv[1])
