"""kprobe, kretprobe, fentry and fexit on a kernel that has them.

``python3 probes.py DIR``: DIR has the package that ``lbc gen`` made of probes.bpf.o.
It needs nothing but pylbc, so that it runs on a small machine in QEMU.
"""

from __future__ import annotations

import os
import sys

OPENS = 5


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
        for _ in range(OPENS):
            os.close(os.open("/proc/self/stat", os.O_RDONLY))
        again.detach()
        events = []
        while (event := skel.maps.events.read(timeout=0.5)) is not None:
            events.append(event)
        by_hook = {hook: [e for e in events if e.hook is hook] for hook in Hook}
        counts = {hook: len(found) for hook, found in by_hook.items()}
        live = list(skel.bss.hits)
    assert counts[Hook.KPROBE] == 2 * OPENS, counts
    assert {event.value for event in by_hook[Hook.KPROBE]} == {1}, by_hook
    assert {event.value for event in by_hook[Hook.FENTRY]} == {1}, by_hook
    for hook in (Hook.KRETPROBE, Hook.FENTRY, Hook.FEXIT):
        assert counts[hook] == OPENS, counts
    for hook in (Hook.KRETPROBE, Hook.FEXIT):
        assert {event.value for event in by_hook[hook]} == {0}, by_hook
    assert all(event.pid == os.getpid() for event in events), events
    assert live == [counts[hook] for hook in Hook if hook < len(live)], live
    print("pylbc: kprobe, kretprobe, fentry and fexit work")


if __name__ == "__main__":
    main(sys.argv[1])
