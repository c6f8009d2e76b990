"""Programs at their hooks: those that a kernel without kprobes has."""

from __future__ import annotations

import ctypes.util
import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from attach import Attach, Hit, Hook
from pylbc import LbcError

LIBC = "libc.so.6"
XDP_DROP, XDP_PASS = 1, 2


@pytest.fixture
def skel() -> Iterator[Attach]:
    with Attach.open() as skel:
        skel.rodata.target_pid = os.getpid()
        yield skel.load()


def libc_path() -> str:
    with open("/proc/self/maps") as maps:
        return next(line.split()[-1] for line in maps if "/libc." in line)


def fork_and_exit(status: int) -> int:
    """Fork; the child leaves through libc's exit()."""
    pid = os.fork()
    if pid == 0:
        ctypes.CDLL(LIBC).exit(status)
    os.waitpid(pid, 0)
    return pid


def hits(skel: Attach) -> list[Hit]:
    found = []
    while (hit := skel.maps.events.read(timeout=0.05)) is not None:
        found.append(hit)
    return found


# parity: links.tracepoint, links.raw-tracepoint, links.tp-btf
def test_attach_attaches_what_its_section_says(skel: Attach) -> None:
    skel.attach()
    assert len(skel.links) == 3
    assert all(link.attached for link in skel.links)
    fork_and_exit(0)
    found = {hit.hook: hit for hit in hits(skel)}
    assert set(found) == {Hook.TRACEPOINT, Hook.RAW_TRACEPOINT, Hook.TP_BTF}
    for hit in found.values():
        assert (hit.pid, hit.value) == (os.getpid(), os.getpid())
    assert [count > 0 for count in skel.bss.hits[:3]] == [True, True, True]


def test_a_second_attach_attaches_nothing_twice(skel: Attach) -> None:
    skel.attach().attach()
    assert len(skel.links) == 3


# parity: links.again
def test_attach_attaches_again_what_was_detached_and_nothing_else(
    skel: Attach,
) -> None:
    first = {link: link.fileno() for link in skel.attach().links}
    skel.programs.on_tp_btf.links[0].detach()
    assert len(skel.links) == 2
    skel.attach()
    assert len(skel.links) == 3
    kept = [link for link in skel.links if link in first]
    assert [first[link] for link in kept] == [link.fileno() for link in kept]
    assert len(kept) == 2
    fork_and_exit(0)
    assert Hook.TP_BTF in {hit.hook for hit in hits(skel)}


# parity: programs.autoattach
def test_attach_leaves_out_what_it_is_told_to(skel: Attach) -> None:
    skel.programs.on_tp_btf.autoattach = False
    assert len(skel.attach().links) == 2
    assert skel.programs.on_tp_btf.links == []


def test_links_that_are_gone_are_not_kept(skel: Attach) -> None:
    program = skel.programs.on_tp_btf
    for _ in range(100):
        program.attach().detach()
    assert (program.links, program._links) == ([], [])
    program.attach()
    assert len(program._links) == 1


# parity: links.rollback
def test_an_attach_that_fails_keeps_what_was_attached_before(
    skel: Attach,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = skel.programs.on_raw_tracepoint.attach()
    # It comes last among those that attach by themselves, and its section has no place.
    monkeypatch.setattr(skel.programs.on_uprobe, "autoattach", True)
    for _ in range(3):
        with pytest.raises(LbcError):
            skel.attach()
        assert skel.links == [before]
    monkeypatch.undo()
    assert len(skel.attach().links) == 3


def test_a_program_that_was_not_loaded_says_so() -> None:
    with Attach.open() as skel:
        skel.programs.on_xdp.autoload = False
        skel.load()
        for use in (
            lambda: skel.programs.on_xdp.test_run(bytes(64)),
            lambda: skel.programs.on_xdp.attach("lo"),
            skel.programs.on_xdp.fileno,
        ):
            with pytest.raises(LbcError, match="on_xdp was not loaded") as raised:
                use()
            assert raised.value.code == "not-loaded"
            assert "autoload" in (raised.value.hint or "")


def test_programs_attach_and_detach_one_by_one(skel: Attach) -> None:
    link = skel.programs.on_tp_btf.attach()
    fork_and_exit(0)
    assert {hit.hook for hit in hits(skel)} == {Hook.TP_BTF}
    link.detach()
    link.detach()
    assert not link.attached
    fork_and_exit(0)
    assert hits(skel) == []
    skel.programs.on_raw_tracepoint.attach("sched_process_fork")
    skel.programs.on_tracepoint.attach("sched", "sched_process_fork")
    fork_and_exit(0)
    assert {hit.hook for hit in hits(skel)} == {Hook.TRACEPOINT, Hook.RAW_TRACEPOINT}
    skel.detach()
    assert skel.links == []


# parity: links.uprobe, helpers.target
def test_a_probe_attaches_to_a_function_of_user_space() -> None:
    with Attach.open() as skel:
        skel.rodata.target_pid = 0
        skel.load()
        skel.programs.on_uprobe.attach(libc_path(), "exit")
        child = fork_and_exit(3)
        (hit,) = (hit for hit in hits(skel) if hit.pid == child)
        assert (hit.hook, hit.value) == (Hook.UPROBE, 3)


def test_a_return_probe_sees_the_result(skel: Attach) -> None:
    skel.programs.on_uretprobe.attach(libc_path(), "getppid", pid=os.getpid())
    ctypes.CDLL(LIBC).getppid()
    found = hits(skel)
    assert [(hit.hook, hit.value) for hit in found] == [
        (Hook.URETPROBE, os.getppid()),
    ]


# parity: links.socket-filter
def test_a_socket_filter_sees_the_packets_of_its_socket(skel: Attach) -> None:
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with receiver, sender:
        receiver.bind(("127.0.0.1", 0))
        link = skel.programs.on_packet.attach(receiver)
        sender.sendto(b"12345", receiver.getsockname())
        assert receiver.recv(100) == b"12345"
        (hit,) = hits(skel)
        assert (hit.hook, hit.value) == (Hook.SOCKET_FILTER, 8 + 5)
        link.detach()
        sender.sendto(b"12345", receiver.getsockname())
        assert receiver.recv(100) == b"12345"
        assert hits(skel) == []


# parity: programs.test-run
def test_xdp_runs_on_a_packet_without_an_interface(skel: Attach) -> None:
    dropped = skel.programs.on_xdp.test_run(b"\xff" + bytes(63))
    assert (dropped.return_value, len(dropped.data)) == (XDP_DROP, 64)
    passed = skel.programs.on_xdp.test_run(bytes(100), repeat=10)
    assert passed.return_value == XDP_PASS
    assert [hit.value for hit in hits(skel)] == [64] + [100] * 10


def test_xdp_attaches_to_an_interface(skel: Attach) -> None:
    link = skel.programs.on_xdp.attach("lo")
    try:
        subprocess.run(
            [
                sys.executable,
                "-c",
                "import socket; s = socket.socket(2, 2); "
                "s.sendto(b'x', ('127.0.0.1', 9))",
            ],
            check=True,
        )
        assert {hit.hook for hit in hits(skel)} == {Hook.XDP_HOOK}
    finally:
        link.detach()


def test_a_hook_that_is_not_there_is_an_error(skel: Attach) -> None:
    uprobe = skel.programs.on_uprobe
    for attach, words in (
        (
            lambda: skel.programs.on_tracepoint.attach("sched", "no_such_event"),
            "sched/no_such_event",
        ),
        (
            lambda: skel.programs.on_raw_tracepoint.attach("no_such_event"),
            "no_such_event",
        ),
        (lambda: uprobe.attach("/no/such/file", "exit"), "open /no/such/file"),
        (lambda: uprobe.attach("nolib.so", "exit"), "nolib.so"),
        (lambda: uprobe.attach(libc_path(), "no_such_function"), "no_such_function"),
        (lambda: uprobe.attach("/etc/passwd", "exit"), "format invalid.*/etc/passwd"),
        (uprobe.attach, "tell attach\\(\\) a target"),
    ):
        with pytest.raises(LbcError, match=words) as raised:
            attach()
        assert raised.value.code == "attach-failed"
    with pytest.raises(OSError, match="no interface"):
        skel.programs.on_xdp.attach("no-such-if")
