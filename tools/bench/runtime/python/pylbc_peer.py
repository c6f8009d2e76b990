"""``pylbc_peer.py FOLDER events|maps|load OBJECT``: pylbc; FOLDER has the package of the object."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from measure import ENTRIES, EVENTS, ROUNDS, drained, loaded, report, timed

PACKET = bytes(64)


def singles(stream: Any) -> int:
    total, left = 0, EVENTS
    for event in stream:
        total += event.number + event.time + event.pid
        total += event.cpu + event.result + event.flags
        left -= 1
        if left == 0:
            break
    return total


def batches(stream: Any) -> int:
    total, left = 0, EVENTS
    for batch in stream.batches():
        total += sum(int(batch[name].sum(dtype=np.int64)) for name in batch.dtype.names)
        left -= len(batch)
        if left == 0:
            break
    return total


def events(skeleton: Any) -> None:
    ways: dict[str, Callable[[Any], int]] = {
        "single events": singles,
        "batches": batches,
    }
    for measure, drain in ways.items():
        with skeleton.open() as skel:
            skel.load()
            stream, fill = skel.maps.events, skel.programs.fill
            stream.open()
            run = partial(fill.test_run, PACKET, repeat=EVENTS)
            drained(measure, run, partial(drain, stream))


def maps(skeleton: Any) -> None:
    with skeleton.open() as skel:
        counts = skel.load().maps.counts
        total = 0

        def update() -> None:
            for number in range(ROUNDS):
                for key in range(ENTRIES):
                    counts[key] = key + number

        def lookup() -> None:
            nonlocal total
            for _ in range(ROUNDS):
                for key in range(ENTRIES):
                    total += counts[key]

        def update_batches() -> None:
            for _ in range(ROUNDS):
                counts.update_many((key, key) for key in range(ENTRIES))

        def lookup_batches() -> None:
            nonlocal total
            for _ in range(ROUNDS):
                for key, value in counts.items():
                    total += key + value

        report("update", ROUNDS * ENTRIES, timed(update))
        nanoseconds = timed(lookup)
        report("lookup", ROUNDS * ENTRIES, nanoseconds, total)
        report("batch update", ROUNDS * ENTRIES, timed(update_batches))
        total = 0
        nanoseconds = timed(lookup_batches)
        report("batch lookup", ROUNDS * ENTRIES, nanoseconds, total)


def load(skeleton: Any) -> None:
    def once() -> None:
        with skeleton.open() as skel:
            skel.load().attach()

    loaded(once)


def main(folder: str, subject: str) -> None:
    sys.path.insert(0, folder)
    if subject == "load":
        from execsnoop import Execsnoop

        load(Execsnoop)
    else:
        from runtime import Runtime

        {"events": events, "maps": maps}[subject](Runtime)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
