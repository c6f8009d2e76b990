"""More is sent than can be read: every event arrives or is counted as lost.

``LBC_OVERLOAD_SECONDS=60`` is the long set.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from maps import Maps
from pylbc import FixedEventStream, Program

SECONDS = float(os.environ.get("LBC_OVERLOAD_SECONDS", "5"))
PACKET = bytes(64)
FLAT_BYTES = 8 << 20


def resident() -> int:
    """Memory of this process that is in use, in bytes. See proc(5)."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGESIZE")


@contextmanager
def produced_by(program: Program, dropped: Callable[[], int]) -> Any:
    """Run a program on each CPU as often as it can be, from its first losses on.

    A fast reader alone could keep up with it, and nothing would be lost.
    """
    stop = threading.Event()

    def produce(cpu: int) -> None:
        os.sched_setaffinity(0, {cpu})
        while not stop.is_set():
            program.test_run(PACKET, repeat=10_000)

    cpus = sorted(os.sched_getaffinity(0))
    threads = [threading.Thread(target=produce, args=(cpu,)) for cpu in cpus]
    for thread in threads:
        thread.start()
    try:
        end = time.monotonic() + 30
        while dropped() == 0:
            assert time.monotonic() < end, "nothing is lost"
            time.sleep(0.001)
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def in_batches(stream: FixedEventStream[Any]) -> int:
    batch = next(stream.batches(timeout=0.1), None)
    if batch is None:
        return 0
    assert (batch["color"] == 5).all()
    return len(batch)


def one_by_one(stream: FixedEventStream[Any]) -> int:
    event = stream.read(timeout=0.1)
    if event is None:
        return 0
    assert event.comm == "sample"
    return 1


def overload(
    skel: Maps,
    program: Program,
    stream: FixedEventStream[Any],
    read: Callable[[FixedEventStream[Any]], int],
) -> int:
    """The number of events that were read; memory stays as it was, and waits end."""
    consumed, early = 0, 0
    stream.open()
    with produced_by(program, lambda: skel.bss.dropped):
        start = time.monotonic()
        while (elapsed := time.monotonic() - start) < SECONDS:
            consumed += read(stream)
            if early == 0 and elapsed > SECONDS / 5:
                early = resident()
        late = time.monotonic() - start - SECONDS
    assert resident() - early < FLAT_BYTES
    assert late < 1
    while (more := read(stream)) > 0:
        consumed += more
    return consumed


@pytest.mark.parametrize("read", [in_batches, one_by_one])
def test_a_ring_buffers_events_are_read_or_refused(
    read: Callable[[FixedEventStream[Any]], int],
) -> None:
    with Maps.open() as skel:
        skel.load()
        consumed = overload(skel, skel.programs.fill_ring, skel.maps.ring, read)
        assert skel.bss.produced == consumed + skel.bss.dropped


# parity: events.lost, events.bounded
@pytest.mark.parametrize("read", [in_batches, one_by_one])
def test_a_perf_buffers_events_are_read_or_counted_as_lost(
    read: Callable[[FixedEventStream[Any]], int],
) -> None:
    told: list[int] = []
    with Maps.open() as skel:
        skel.load()
        skel.maps.perf.on_lost(lambda _cpu, count: told.append(count))
        consumed = overload(skel, skel.programs.fill_perf, skel.maps.perf, read)
        # The kernel tells of a loss in front of the next event that it has room for.
        for cpu in sorted(os.sched_getaffinity(0)):
            fill_on(cpu, skel.programs.fill_perf)
        while (more := read(skel.maps.perf)) > 0:
            consumed += more
        assert skel.maps.perf.lost == sum(told) == skel.bss.dropped
        assert skel.bss.produced == consumed + skel.maps.perf.lost


def fill_on(cpu: int, program: Program) -> None:
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cpu})
    program.test_run(PACKET)
    os.sched_setaffinity(0, allowed)
