"""Kinds of hooks that take more than a name, and what their links can do."""

from __future__ import annotations

import ctypes
import enum
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import needs
import pytest
from kernel_objects import cgroups

from links import Links
from operations import Operations
from pylbc import LbcError
from pylbc.programs import KernelLink, TcDirection, XdpMode

NFPROTO_IPV4, NF_INET_LOCAL_IN = 2, 1


class Hook(enum.IntEnum):
    """``enum hook`` of the source, which no map or variable is of."""

    TRACEPOINT = 0
    USDT = 5
    TC = 6
    TCX = 7
    CGROUP = 8
    MULTI = 10


@pytest.fixture
def skel() -> Iterator[Links]:
    with Links.open() as skel:
        yield skel.load()


@pytest.fixture
def device() -> Iterator[str]:
    """One end of a pair of virtual Ethernet devices."""
    name = f"lbc{uuid4().hex[:8]}"
    add = ["ip", "link", "add", name, "type", "veth", "peer", "name", f"{name}p"]
    subprocess.run(add, check=True)
    for end in (name, f"{name}p"):
        subprocess.run(["ip", "link", "set", end, "up"], check=True)
    yield name
    subprocess.run(["ip", "link", "del", name], check=True)


@pytest.fixture
def cgroup() -> Iterator[Path]:
    """A control group with this process in it."""
    root = cgroups()
    before = Path("/proc/self/cgroup").read_text().split("0::/")[1].strip()
    folder = root / f"lbc-{uuid4().hex}"
    folder.mkdir()
    (folder / "cgroup.procs").write_text(str(os.getpid()))
    yield folder
    (root / before / "cgroup.procs").write_text(str(os.getpid()))
    folder.rmdir()


def send_to(device: str) -> None:
    """One packet into the other end."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind((f"{device}p", 0))
        sock.send(b"\xff" * 6 + bytes(54))


# parity: links.tc
def test_a_filter_of_tc_sees_packets_until_it_is_removed(
    skel: Links,
    device: str,
) -> None:
    link = skel.programs.on_tc.attach(device, TcDirection.INGRESS, priority=7)
    assert (link.priority, link.attached) == (7, True)
    send_to(device)
    assert skel.bss.hits[Hook.TC] > 0
    link.detach()
    link.detach()
    seen = skel.bss.hits[Hook.TC]
    send_to(device)
    assert skel.bss.hits[Hook.TC] == seen
    again = skel.programs.on_tc.attach(device, TcDirection.EGRESS)
    assert again.handle > 0
    assert skel.programs.on_tc.links == [again]


# parity: links.tcx
def test_programs_of_tcx_stand_before_and_after_others(device: str) -> None:
    needs.skip_for(needs.version(6, 6))
    with Links.open() as skel:
        skel.programs.on_tcx.autoload = True
        skel.load()
        program = skel.programs.on_tcx
        first = program.attach(device)
        send_to(device)
        assert skel.bss.hits[Hook.TCX] > 0
        with Links.open() as other:
            other.programs.on_tcx.autoload = True
            other.load()
            other.programs.on_tcx.attach(device, before=first)
            other.programs.on_tcx.detach()
            other.programs.on_tcx.attach(device, after=program)
            other.programs.on_tcx.detach()
            other.programs.on_tcx.attach(device, before=True)
            with pytest.raises(ValueError, match="before one"):
                other.programs.on_tcx.attach(device, before=first, after=first)


# parity: links.xdp, links.update, links.info
def test_xdp_runs_in_the_mode_that_is_asked_for_and_is_replaced_in_place(
    skel: Links,
    device: str,
) -> None:
    link = skel.programs.pass_first.attach(device, XdpMode.GENERIC)
    shown = subprocess.check_output(["ip", "link", "show", device], text=True)
    assert "xdpgeneric" in shown
    kind, number, program = link.info()
    skel.programs.drop_all.replace_in(link)
    after = link.info()
    assert after[:2] == (kind, number)
    assert after[2] != program
    link.detach()
    with pytest.raises(LbcError) as raised:
        link.info()
    assert raised.value.code == "closed"


# parity: links.pin
def test_a_link_that_is_pinned_outlives_its_skeleton(device: str) -> None:
    pin = Path("/sys/fs/bpf") / f"pylbc-{uuid4().hex}"
    with Links.open() as skel:
        skel.load()
        skel.programs.drop_all.attach(device, XdpMode.GENERIC).pin(pin)
    try:
        shown = subprocess.check_output(["ip", "link", "show", device], text=True)
        assert "xdpgeneric" in shown
        assert KernelLink.from_pin(pin).attached
    finally:
        pin.unlink()
    for _ in range(100):
        shown = subprocess.check_output(["ip", "link", "show", device], text=True)
        if "xdpgeneric" not in shown:
            break
        time.sleep(0.05)
    assert "xdpgeneric" not in shown


# parity: links.detach
def test_a_link_that_is_pinned_is_detached_all_the_same(
    skel: Links,
    device: str,
) -> None:
    pin = Path("/sys/fs/bpf") / f"pylbc-{uuid4().hex}"
    link = skel.programs.drop_all.attach(device, XdpMode.GENERIC)
    link.pin(pin)
    try:
        link.force_detach()
        shown = subprocess.check_output(["ip", "link", "show", device], text=True)
        assert "xdpgeneric" not in shown
        assert not link.attached
        link.force_detach()
    finally:
        pin.unlink()
    tracepoint = skel.programs.on_raw_tracepoint.attach()
    with pytest.raises(LbcError) as raised:
        tracepoint.force_detach()
    assert raised.value.code == "link-failed"
    assert tracepoint.attached


# parity: links.cgroup
def test_a_program_at_a_cgroup_sees_its_processes(
    skel: Links,
    cgroup: Path,
) -> None:
    assert skel.bss.hits[Hook.CGROUP] == 0
    link = skel.programs.on_socket.attach(cgroup)
    socket.socket().close()
    seen = skel.bss.hits[Hook.CGROUP]
    assert seen > 0
    link.detach()
    socket.socket().close()
    assert skel.bss.hits[Hook.CGROUP] == seen


# parity: links.iterator
def test_iterators_print_what_they_walk_over(skel: Links) -> None:
    numbers = skel.maps.numbers
    numbers.update_many([(1, 10), (2, 20)])
    program = skel.programs.list_numbers
    link = program.attach(over=numbers)
    assert sorted(program.output(link).splitlines()) == ["1 10", "2 20"]
    numbers[3] = 30
    assert len(program.output(link).splitlines()) == 3


# parity: links.iterator-parameters
def test_an_iterator_of_tasks_walks_over_those_of_one_process(skel: Links) -> None:
    needs.skip_for(needs.version(6, 1))
    tasks = skel.programs.list_tasks
    own = tasks.output(tasks.attach(process=os.getpid())).splitlines()
    assert f"{os.getpid()} {os.getpid()}" in own
    assert all(line.split()[0] == str(os.getpid()) for line in own)
    assert len(tasks.output(tasks.attach()).splitlines()) > len(own)


# parity: links.sk-lookup, links.flow-dissector
def test_programs_attach_to_a_namespace(skel: Links) -> None:
    link = skel.programs.choose_socket.attach("/proc/self/ns/net")
    assert link.attached
    skel.programs.dissect.attach("/proc/self/ns/net").detach()


# parity: links.netfilter
def test_a_netfilter_hook_takes_a_program() -> None:
    needs.skip_for(needs.version(6, 4))
    with Links.open() as skel:
        skel.programs.filter_packet.autoload = True
        skel.load()
        link = skel.programs.filter_packet.attach(
            NFPROTO_IPV4,
            NF_INET_LOCAL_IN,
            priority=-128,
        )
        assert link.attached


# parity: links.cookie, links.uprobe-multi
def test_cookies_reach_the_program() -> None:
    needs.skip_for(needs.version(6, 6))
    with Links.open() as skel:
        skel.rodata.target_pid = os.getpid()
        skel.programs.on_uprobe_multi.autoload = True
        skel.load()
        skel.programs.on_tracepoint.attach("sched", "sched_process_fork", cookie=5)
        os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)
        assert skel.bss.cookies[Hook.TRACEPOINT] == 5
        multi = skel.programs.on_uprobe_multi
        path = libc_path()
        multi.attach(path, ["getppid", "getpgid"], cookies=[6, 7])
        os.getppid()
        assert skel.bss.cookies[Hook.MULTI] == 6
        os.getpgid(0)
        assert skel.bss.cookies[Hook.MULTI] == 7


def libc_path() -> str:
    with open("/proc/self/maps") as maps:
        return next(line.split()[-1] for line in maps if "/libc." in line)


# A probe with its arguments in two registers and in the note itself. See
# https://sourceware.org/systemtap/wiki/UserSpaceProbeImplementation
SHOP = r"""
void sell(int small, long large)
{
    __asm__ volatile("990: nop\n"
        ".pushsection .note.stapsdt, \"\", \"note\"\n"
        ".balign 4\n"
        ".4byte 992f-991f, 994f-993f, 3\n"
        "991: .asciz \"stapsdt\"\n"
        "992: .balign 4\n"
        "993: .8byte 990b, 0, 0\n"
        ".asciz \"shop\"\n"
        ".asciz \"sold\"\n"
        ".asciz \"-4@%%ecx 8@%%rdx -4@$-3\"\n"
        "994: .balign 4\n"
        ".popsection" :: "c"(small), "d"(large));
}
"""


# parity: links.usdt
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the probe is x86-64's")
def test_a_marked_probe_gives_its_arguments_and_the_cookie(
    skel: Links,
    tmp_path: Path,
) -> None:
    (tmp_path / "shop.c").write_text(SHOP)
    library = tmp_path / "libshop.so"
    words = ["cc", "-shared", "-fPIC", "-o", library, tmp_path / "shop.c"]
    subprocess.run(words, check=True)
    sell = ctypes.CDLL(str(library)).sell
    sell.argtypes = [ctypes.c_int, ctypes.c_long]
    usdt = skel.programs.on_usdt
    link = usdt.attach(library, "shop", "sold", pid=os.getpid(), cookie=77)
    sell(-7, 1 << 40)
    assert list(skel.bss.arguments) == [-7, 1 << 40, -3]
    assert skel.bss.argument_count == 3
    assert (skel.bss.cookies[Hook.USDT], skel.bss.hits[Hook.USDT]) == (77, 1)
    link.detach()
    sell(1, 1)
    assert skel.bss.hits[Hook.USDT] == 1
    with pytest.raises(LbcError) as raised:
        usdt.attach(library, "shop", "bought", pid=os.getpid())
    assert raised.value.code == "attach-failed"


# parity: programs.struct-ops
def test_operations_of_the_kernel_are_registered_by_attach() -> None:
    available = Path("/proc/sys/net/ipv4/tcp_available_congestion_control")
    with Operations.open() as skel:
        # In an optional section libbpf 1.7 takes its first map as optional only.
        skel.maps.lbc_scheduler.autocreate = False
        skel.load().attach()
        assert "lbc_plain" in available.read_text().split()
        assert skel.links == skel.maps.lbc_plain.links
        skel.attach()
        assert len(skel.links) == 1
        skel.detach()
        assert skel.links == []
        assert "lbc_plain" not in available.read_text().split()
