"""What programs for pylcc call on their maps, at their end and to attach."""

from __future__ import annotations

import copy
import ctypes
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pylbc import LbcError
from pylbc._native import possible_cpus
from pylbc.pylcc import ClbcBase, PerfSwIds, PerfType

pytestmark = pytest.mark.usefixtures("lbc_command")

LIBC = "libc.so.6"
CPUS = possible_cpus()

SOURCE = r"""
#include "lbc.h"

struct call { u32 tid; };

LBC_HASH(calls, u32, u64, 1024);
LBC_LRU_HASH(recent, u32, u64, 1024);
LBC_PERCPU_HASH(cpu_calls, u32, u64, 16);
LBC_ARRAY(slots, u32, u64, 4);
LBC_PERCPU_ARRAY(cpu_slots, u32, u64, 4);
LBC_HIST2(sizes);
LBC_PERCPU_HIST10(cpu_sizes);
LBC_STACK(stacks, 32);
LBC_PERF_OUTPUT(items, struct call, 8);

static int count(void)
{
    u32 tid = bpf_get_current_pid_tgid();
    u64 zero = 0, *calls_of = bpf_map_lookup_elem(&calls, &tid);

    if (calls_of)
        __sync_fetch_and_add(calls_of, 1);
    else
        bpf_map_update_elem(&calls, &tid, &zero, BPF_ANY);
    return 0;
}

SEC("uprobe")
int on_call(struct pt_regs *ctx)
{
    bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
    return count();
}

SEC("uretprobe")
int on_return(struct pt_regs *ctx)
{
    return count();
}

SEC("perf_event")
int on_tick(struct bpf_perf_event_data *ctx)
{
    return count();
}

char _license[] SEC("license") = "GPL";
"""
NAMES = ["calls", "recent", "cpu_calls", "slots", "cpu_slots"]
NAMES += ["sizes", "cpu_sizes", "stacks", "items"]


@pytest.fixture
def lbc() -> Iterator[ClbcBase]:
    with ClbcBase("pylcc", bpf_str=SOURCE, attach=0) as unattached:
        yield unattached


def libc_path() -> str:
    ctypes.CDLL(LIBC)
    with open("/proc/self/maps") as maps:
        return next(line.split()[-1] for line in maps if "/libc." in line)


def offset_of_getppid() -> int:
    """Where it is in libc's file: a part of the file is mapped around its address."""
    function = ctypes.CDLL(LIBC).getppid
    address = ctypes.cast(function, ctypes.c_void_p).value or 0
    with open("/proc/self/maps") as maps:
        for line in maps:
            place, _, offset = line.split()[:3]
            start, end = (int(number, 16) for number in place.split("-"))
            if start <= address < end:
                return address - start + int(offset, 16)
    raise AssertionError(address)


@contextmanager
def another_thread(work: Callable[[], object]) -> Iterator[int]:
    """A thread that works until the end of the block: its number."""
    end = threading.Event()

    def run() -> None:
        while not end.wait(0.001):
            work()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield thread.native_id or 0
    finally:
        end.set()
        thread.join()


def works_until(done: Callable[[], bool], work: Callable[[], object]) -> bool:
    end = time.monotonic() + 10
    while not done() and time.monotonic() < end:
        work()
    return done()


def test_maps_are_a_dict_of_names_and_attributes_as_well(lbc: ClbcBase) -> None:
    maps = lbc.maps
    assert list(maps) == list(maps.keys())
    assert sorted(maps) == sorted(NAMES)
    assert len(maps) == len(NAMES)
    assert [each.name for each in maps.values()] == list(maps)
    assert dict(maps.items()) == {name: maps[name] for name in NAMES}
    assert "slots" in maps
    assert "nothing" not in maps
    assert maps.get("nothing") is None
    assert maps.slots is maps["slots"] is lbc.skel.maps.slots
    # A map that has the name of a method of dict.
    assert maps["items"].name == "items"
    assert copy.copy(maps) == maps
    with pytest.raises(KeyError):
        maps["nothing"]
    with pytest.raises(AttributeError):
        maps.nothing


@pytest.mark.parametrize("name", ["calls", "recent", "cpu_calls"])
def test_hash_tables_have_all_helpers(lbc: ClbcBase, name: str) -> None:
    table = lbc.maps[name]
    value: Any = list(range(CPUS)) if name == "cpu_calls" else 7
    table[1] = table[2] = value
    assert table.get() == {1: value, 2: value}
    assert sorted(table.getKeys()) == [1, 2]
    assert table.getKeyValue(1) == value
    assert table.getKeyValue(3) is None
    assert table.getThenClear() == {1: value, 2: value}
    table[3] = value
    table.clear()
    assert table.get() == {}


@pytest.mark.parametrize("name", ["slots", "cpu_slots"])
def test_arrays_have_all_helpers(lbc: ClbcBase, name: str) -> None:
    array = lbc.maps[name]
    per_cpu = name == "cpu_slots"
    value: Any = list(range(1, CPUS + 1)) if per_cpu else 7
    zero: Any = [0] * CPUS if per_cpu else 0
    array[2] = value
    assert array.get(5) == [zero, zero, value, zero, None]
    assert array.getKeys() == [0, 1, 2, 3]
    assert array.getKeyValue(2) == value
    assert array.getKeyValue(4) is None
    assert array.getThenClear() == {0: zero, 1: zero, 2: value, 3: zero}
    assert list(array) == [zero] * 4
    array[1] = value
    array.clear()
    assert list(array) == [zero] * 4


@pytest.mark.parametrize(("name", "slots"), [("sizes", 64), ("cpu_sizes", 20)])
def test_histograms_have_all_helpers(
    lbc: ClbcBase,
    name: str,
    slots: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sizes = lbc.maps[name]
    sizes[3] = [1] * CPUS if name == "cpu_sizes" else CPUS
    counts = [CPUS if slot == 3 else 0 for slot in range(slots)]
    assert sizes.get() == counts
    assert sizes.getKeys() == list(range(slots))
    assert sizes.getKeyValue(3) == CPUS
    assert sizes.getKeyValue(slots) is None
    sizes.showHist("sizes")
    assert f": {CPUS} " in capsys.readouterr().out
    assert sizes.getThenClear() == dict(enumerate(counts))
    assert sizes.get() == [0] * slots
    sizes[3] = [1] * CPUS if name == "cpu_sizes" else 1
    sizes.clear()
    assert sizes.get() == [0] * slots


def test_stacks_have_all_helpers(lbc: ClbcBase) -> None:
    stacks = lbc.maps.stacks
    getppid = ctypes.CDLL(LIBC).getppid
    lbc.traceUprobes("on_call", -1, f"{libc_path()}:getppid")
    getppid()
    lbc.skel.detach()
    found = stacks.get()
    assert found == dict(stacks.items())
    assert found
    assert stacks.getKeys() == list(found)
    for number, addresses in found.items():
        assert stacks.getKeyValue(number) == stacks.getArr(number) == addresses
    assert stacks.getThenClear() == found
    assert stacks.get() == {}
    lbc.traceUprobes("on_call", -1, f"{libc_path()}:getppid")
    getppid()
    lbc.skel.detach()
    assert stacks.get()
    stacks.clear()
    assert stacks.get() == {}


@pytest.mark.parametrize("name", ["attachUprobes", "attachUretprobes"])
def test_probes_attach_to_each_thread_of_a_process(lbc: ClbcBase, name: str) -> None:
    program = "on_call" if name == "attachUprobes" else b"on_return"
    getppid = ctypes.CDLL(LIBC).getppid
    with another_thread(getppid) as other:
        place = libc_path(), offset_of_getppid()
        getattr(lbc, name)(program, os.getpid(), *place)
        wanted = {threading.get_native_id(), other}
        assert works_until(lambda: wanted <= set(lbc.maps.calls), getppid)


def test_probes_without_a_process_attach_to_all(lbc: ClbcBase) -> None:
    lbc.attachUprobes("on_call", -1, libc_path(), offset_of_getppid())
    assert len(lbc.skel.links) == 1
    ctypes.CDLL(LIBC).getppid()
    assert threading.get_native_id() in lbc.maps.calls


def test_probes_attach_by_the_name_of_a_function(
    lbc: ClbcBase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    getppid = ctypes.CDLL(LIBC).getppid
    lbc.traceUprobes("on_call", os.getpid(), f"{LIBC}:getppid")
    getppid()
    assert threading.get_native_id() in lbc.maps.calls.getThenClear()
    lbc.skel.detach()
    # A file of the working folder comes before one of that name in PATH.
    (tmp_path / "bash").symlink_to(libc_path())
    monkeypatch.chdir(tmp_path)
    lbc.traceUretprobes("on_return", -1, b"bash:getppid")
    getppid()
    assert threading.get_native_id() in lbc.maps.calls
    for place, words in (
        ("getppid", "getppid is no file:function"),
        (f"{LIBC}:no_such_function", "no_such_function"),
    ):
        with pytest.raises(LbcError, match=words) as raised:
            lbc.traceUprobes("on_call", -1, place)
        assert raised.value.code == "attach-failed"


def test_perf_events_attach_to_each_thread_of_a_process(lbc: ClbcBase) -> None:
    every_millisecond = {
        "type": PerfType.SOFTWARE,
        "config": PerfSwIds.CPU_CLOCK,
        "freq": 1,
        "sample_freq": 1000,
    }

    def spin() -> int:
        return sum(range(100_000))

    with another_thread(spin) as other:
        lbc.attachPerfEvents("on_tick", every_millisecond, os.getpid())
        wanted = {threading.get_native_id(), other}
        assert works_until(lambda: wanted <= set(lbc.maps.calls), spin)


def test_a_thread_that_has_ended_is_left_out(
    lbc: ClbcBase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    with pytest.raises(LbcError, match=f"no process {child}") as raised:
        lbc.attachUprobes("on_call", child, libc_path(), offset_of_getppid())
    assert raised.value.code == "attach-failed"
    threads = [str(child), str(threading.get_native_id())]
    monkeypatch.setattr("os.listdir", lambda _path: threads)
    lbc.traceUprobes("on_call", os.getpid(), f"{libc_path()}:getppid")
    assert len(lbc.skel.links) == 1


def test_ctrl_c_calls_back_at_the_end_of_the_wait(lbc: ClbcBase) -> None:
    called = []

    def interrupt() -> None:
        while signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            time.sleep(0.001)
        os.kill(os.getpid(), signal.SIGINT)

    # As a shell leaves it for what runs in the background.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    thread = threading.Thread(target=interrupt)
    try:
        thread.start()
        lbc.waitInterrupt(lambda: called.append(True))
        thread.join()
    finally:
        signal.signal(signal.SIGINT, before)
    assert called == [True]


def test_a_signal_that_the_program_handles_ends_the_wait(lbc: ClbcBase) -> None:
    called = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: called.set())
    try:
        with another_thread(lambda: os.kill(os.getpid(), signal.SIGINT)):
            lbc.waitInterrupt()
    finally:
        signal.signal(signal.SIGINT, before)
    assert called.is_set()
