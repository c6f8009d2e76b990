"""What every peer in Python does the same way. See peer.ts."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

ROUNDS = 10
EVENTS = 200_000
ENTRIES = 10_000
LOADS = 20


def timed(run: Callable[[], object]) -> int:
    """How long it takes, in nanoseconds."""
    started = time.perf_counter_ns()
    run()
    return time.perf_counter_ns() - started


def report(measure: str, count: int, nanoseconds: int, total: int = 0) -> None:
    """One line of the peer."""
    line = {
        "measure": measure,
        "count": count,
        "nanoseconds": nanoseconds,
        "sum": total,
    }
    print(json.dumps(line), flush=True)


def drained(measure: str, fill: Callable[[], object], drain: Callable[[], int]) -> None:
    """Fill and drain, where only the drain is timed."""
    total, nanoseconds = 0, 0

    def round_() -> None:
        nonlocal total
        total += drain()

    for _ in range(ROUNDS):
        fill()
        nanoseconds += timed(round_)
    report(measure, ROUNDS * EVENTS, nanoseconds, total)


def loaded(once: Callable[[], object]) -> None:
    """The first load, and how long one takes after it."""
    report("first load", 1, timed(once))
    report("load again", LOADS, timed(lambda: [once() for _ in range(LOADS)]))
