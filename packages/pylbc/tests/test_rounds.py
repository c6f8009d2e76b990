"""Nothing stays behind: not after many rounds, nor after an exception at any step.

``LBC_ROUNDS=1000`` makes as many rounds as the long set.
"""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
from kernel_objects import Footprint, Held, footprint, held, survivors

from attach import Attach
from maps import Maps
from pylbc import LbcError
from pylbc._native import Object
from refused import Refused

ROUNDS = int(os.environ.get("LBC_ROUNDS", "50"))


class UsersError(Exception):
    """What a user's own code raises."""


def whole_round(seen: set[Held], stop_after: str | None = None) -> None:
    """Open, load, attach, read, close; or an exception after one of these steps."""

    def done(step: str) -> None:
        seen.update(held())
        if step == stop_after:
            raise UsersError(step)

    with Attach.open() as skel, Maps.open() as other:
        skel.rodata.target_pid = os.getpid()
        done("open")
        skel.load()
        other.load()
        done("load")
        skel.attach()
        done("attach")
        other.programs.fill_perf.test_run(bytes(64))
        assert other.maps.perf.read(timeout=1) is not None
        skel.maps.events.read(timeout=0)
        done("read")


@pytest.fixture
def before() -> Footprint:
    whole_round(set())
    return footprint()


# parity: errors.rounds
def test_rounds_leave_nothing_behind(before: Footprint) -> None:
    seen: set[Held] = set()
    for _ in range(ROUNDS):
        whole_round(seen)
    assert footprint() == before
    assert sum(kind == "link_id" for kind, _ in seen) >= 2 * ROUNDS
    assert survivors(seen) == []


class Tool:
    """What a user holds a skeleton in; its callback for lost events reaches it."""

    def __init__(self) -> None:
        self.lost = 0
        self.skel = Maps.open().load()
        self.skel.maps.perf.on_lost(self.on_lost)

    def on_lost(self, _cpu: int, count: int) -> None:
        self.lost += count


@pytest.mark.parametrize("closes", [True, False])
def test_a_callback_that_reaches_its_skeleton_keeps_nothing_alive(
    before: Footprint,
    *,
    closes: bool,
) -> None:
    tool = Tool()
    if closes:
        tool.skel.close()
    alive = weakref.ref(tool)
    del tool
    gc.collect()
    assert alive() is None
    assert footprint() == before


@pytest.mark.parametrize("step", ["open", "load", "attach", "read"])
def test_an_exception_after_any_step_leaves_nothing_behind(
    step: str,
    before: Footprint,
) -> None:
    seen: set[Held] = set()
    for _ in range(max(ROUNDS // 10, 1)):
        with pytest.raises(UsersError, match=step):
            whole_round(seen, step)
    assert footprint() == before
    assert survivors(seen) == []


def not_an_object() -> None:
    Object.open(b"not an ELF file", "bad")


def refused_by_the_verifier() -> None:
    skel = Refused.open()
    skel.programs.unbounded_index.autoload = True
    skel.load()


def too_large_a_map() -> None:
    skel = Maps.open()
    skel.maps.hash_map.max_entries = 1 << 31
    skel.load()


def no_such_hook() -> None:
    with Attach.open() as skel:
        skel.load().attach()
        skel.programs.on_uprobe.attach("/no/such/file", "exit")


def too_many_pages() -> None:
    with Maps.open() as skel:
        skel.maps.perf.pages = 3  # no power of two
        skel.load()


# parity: errors.failures
@pytest.mark.parametrize(
    "fail",
    [
        not_an_object,
        refused_by_the_verifier,
        too_large_a_map,
        no_such_hook,
        too_many_pages,
    ],
)
def test_a_step_that_fails_leaves_nothing_behind(
    fail: Callable[[], None],
    before: Footprint,
) -> None:
    for _ in range(max(ROUNDS // 10, 1)):
        with pytest.raises(LbcError):
            fail()
    assert footprint() == before


def test_a_skeleton_that_nobody_closes_is_freed_with_its_last_reference(
    before: Footprint,
) -> None:
    seen: set[Held] = set()
    for _ in range(max(ROUNDS // 10, 1)):
        skel = Attach.open().load().attach()
        seen.update(held())
        del skel
    assert footprint() == before
    assert survivors(seen) == []


def test_the_kernel_frees_what_a_killed_process_had() -> None:
    script = (
        "import os, signal, sys; sys.path[:0] = sys.argv[1:]\n"
        "from attach import Attach\n"
        "from kernel_objects import held\n"
        "skel = Attach.open().load().attach()\n"
        "print(sorted(held()), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    folders = [str(Path(__file__).parent), *sys.path]
    done = subprocess.run(
        [sys.executable, "-c", script, *folders],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    objects = eval(done.stdout)
    assert sum(kind == "link_id" for kind, _ in objects) >= 2
    assert survivors(objects) == []
