"""Hooks that not every kernel has: each test says what it needs.

tools/kernels runs them in QEMU, on kernels that have it.
"""

from __future__ import annotations

import enum
import errno
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import needs
import pytest
from kernel_objects import cgroups

from hooks import Hooks
from links import Links
from operations import Operations
from pylbc import LbcError
from pylbc.programs import KernelLink

XDP_PASS, XDP_TX = 2, 3


class Hook(enum.IntEnum):
    """``enum hook`` of the source, which no map or variable is of."""

    KPROBE_MULTI = 0
    KSYSCALL = 1
    LSM = 2
    LSM_CGROUP = 3
    FMOD_RET = 4
    MODULE = 5
    NETKIT = 6


# The kernel's own, which the module errno does not have: include/linux/errno.h.
ENOTSUPP = 524


@contextmanager
def loaded(name: str) -> Iterator[Hooks]:
    """The object with one of its programs, which watches this process."""
    with Hooks.open() as skel:
        skel.rodata.target_pid = os.getpid()
        skel.programs[name].autoload = True
        yield skel.load()


def open_a_file() -> None:
    os.close(os.open("/proc/self/stat", os.O_RDONLY))


def seen_until_detached(
    skel: Hooks,
    hook: Hook,
    link: KernelLink,
    happens: Callable[[], object],
) -> None:
    """A link's program sees what happens until it is detached."""
    before = skel.bss.hits[hook]
    happens()
    assert skel.bss.hits[hook] > before
    link.detach()
    seen = skel.bss.hits[hook]
    happens()
    assert skel.bss.hits[hook] == seen


# parity: links.kprobe-multi
def test_functions_are_watched_many_at_once_by_a_pattern_or_by_name() -> None:
    needs.skip_for(needs.function("register_fprobe"))
    with loaded("on_kprobe_multi") as skel:
        program = skel.programs.on_kprobe_multi
        seen_until_detached(skel, Hook.KPROBE_MULTI, program.attach(), open_a_file)
        functions = ["security_file_open", "security_file_permission"]
        link = program.attach(functions, cookies=[1, 2])
        seen_until_detached(skel, Hook.KPROBE_MULTI, link, open_a_file)


def test_what_the_kernel_is_too_old_for_is_told_when_it_refuses_it() -> None:
    if needs.version(6, 6) is None:
        pytest.skip("this kernel is not too old for tcx")
    with Links.open() as skel:
        for program in skel.programs:
            program.autoload = program is skel.programs.on_tcx
        with pytest.raises(LbcError) as raised:
            skel.load().programs.on_tcx.attach("lo")
    assert raised.value.since == (6, 6)
    words = "program on_tcx (tcx/ingress) needs Linux 6.6, not "
    assert (raised.value.hint or "").startswith(words)


# parity: links.ksyscall
def test_a_system_call_is_found_by_its_name() -> None:
    needs.skip_for(needs.file("/sys/bus/event_source/devices/kprobe"))
    with loaded("on_getpgid") as skel:
        for where in (None, "getpgid"):
            link = skel.programs.on_getpgid.attach(where)
            seen_until_detached(skel, Hook.KSYSCALL, link, lambda: os.getpgid(1))


def test_of_a_kernel_without_kprobes_the_error_says_so() -> None:
    needs.skip_for(needs.no_file("/sys/bus/event_source/devices/kprobe"))
    words = "on_getpgid: attach failed: this kernel has no kprobes"
    with loaded("on_getpgid") as skel, pytest.raises(LbcError, match=words) as raised:
        skel.programs.on_getpgid.attach("getpgid")
    assert (raised.value.code, raised.value.errno) == ("attach-failed", errno.ENOENT)
    assert "CONFIG_KPROBE_EVENTS" in (raised.value.hint or "")


def test_a_kernel_that_refuses_trampolines_to_root_is_named_with_other_ways() -> None:
    try:
        with loaded("on_fmod_ret"):
            # Its words of a refusal cannot be asked for: only such a kernel has them.
            pytest.skip("this kernel takes trampolines")
    except LbcError as error:
        refused = error
    if refused.errno not in (errno.EPERM, ENOTSUPP):
        # EINVAL, say, of a kernel that is built without error injection.
        pytest.skip(f"this kernel has another reason: {refused}")
    assert refused.code == "load-failed"
    hint = refused.hint
    assert hint is not None
    assert "this kernel, or the hypervisor under it, refuses trampolines" in hint
    assert "kprobe" in hint
    assert "tp_btf" in hint


# parity: links.fmod-ret
def test_what_a_function_returns_is_decided_before_it_runs() -> None:
    needs.skip_for(needs.trampolines())
    with loaded("on_fmod_ret") as skel:
        link = skel.programs.on_fmod_ret.attach()
        seen_until_detached(skel, Hook.FMOD_RET, link, open_a_file)


# parity: programs.load-target
def test_another_function_than_the_section_names_is_chosen_before_load() -> None:
    needs.skip_for(needs.trampolines())
    with Hooks.open() as skel:
        skel.rodata.target_pid = os.getpid()
        program = skel.programs.newer
        program.autoload = True
        program.set_attach_target("security_file_open")
        skel.load()
        open_a_file()
        before = skel.bss.hits[-1]
        program.attach()
        open_a_file()
        assert skel.bss.hits[-1] > before


# parity: links.module-function, core.module
def test_a_function_of_a_module_is_watched_by_the_modules_own_types() -> None:
    types = "/sys/kernel/btf/overlay"
    needs.skip_for(needs.file(types), needs.trampolines())
    with loaded("on_module") as skel:
        link = skel.programs.on_module.attach()
        read = Path("/etc/passwd").read_bytes
        seen_until_detached(skel, Hook.MODULE, link, read)
        size = skel.bss.module_type_size
    bpftool = shutil.which("bpftool", path=f"{os.environ['PATH']}:/usr/sbin")
    assert bpftool is not None
    words = ["btf", "dump", "file", types, "-B", "/sys/kernel/btf/vmlinux"]
    printed = subprocess.check_output([bpftool, *words], text=True)
    assert f"STRUCT 'ovl_fs' size={size} " in printed


# parity: links.lsm, programs.sleepable
@pytest.mark.parametrize("name", ["on_lsm", "on_sleepable_lsm"])
def test_decisions_of_security_modules_are_watched(name: str) -> None:
    since = needs.version(5, 11) if name == "on_sleepable_lsm" else None
    needs.skip_for(since, needs.security_programs())
    with loaded(name) as skel:
        link = skel.programs[name].attach_where_declared()
        seen_until_detached(skel, Hook.LSM, link, open_a_file)


@pytest.fixture
def cgroup() -> Iterator[Path]:
    """A control group of its own."""
    folder = cgroups() / f"lbc-{uuid4().hex}"
    folder.mkdir()
    yield folder
    folder.rmdir()


# parity: links.lsm-cgroup
def test_decisions_are_watched_in_one_control_group_alone(cgroup: Path) -> None:
    needs.skip_for(needs.version(6, 0), needs.security_programs())
    script = (
        "import os, socket, sys\n"
        "open(sys.argv[1] + '/cgroup.procs', 'w').write(str(os.getpid()))\n"
        "socket.socket().bind(('127.0.0.1', 0))"
    )

    def bind_inside() -> None:
        subprocess.run([sys.executable, "-c", script, cgroup], check=True)

    with loaded("on_lsm_cgroup") as skel:
        link = skel.programs.on_lsm_cgroup.attach(cgroup)
        with socket.socket() as outside:
            outside.bind(("127.0.0.1", 0))
        assert skel.bss.hits[Hook.LSM_CGROUP] == 0
        seen_until_detached(skel, Hook.LSM_CGROUP, link, bind_inside)


@contextmanager
def netkit() -> Iterator[str]:
    """One end of a netkit device."""
    name = f"lbc{uuid4().hex[:8]}"
    subprocess.run(["ip", "link", "add", name, "type", "netkit"], check=True)
    # 5: lbc01234567@nk0: <BROADCAST,…
    shown = subprocess.check_output(["ip", "link", "show", name], text=True)
    peer = shown.partition("@")[2].partition(":")[0]
    for end in (name, peer):
        subprocess.run(["ip", "link", "set", end, "up"], check=True)
    yield name
    subprocess.run(["ip", "link", "del", name], check=True)


# parity: links.netkit
def test_a_netkit_device_runs_a_program_for_each_packet() -> None:
    needs.skip_for(needs.function("netkit_prog_attach"))
    with loaded("on_netkit") as skel, netkit() as device:

        def send() -> None:
            with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
                sock.bind((device, 0))
                sock.send(b"\xff" * 60)

        link = skel.programs.on_netkit.attach(device)
        seen_until_detached(skel, Hook.NETKIT, link, send)


# parity: programs.freplace
def test_a_function_of_a_loaded_program_is_replaced_until_it_is_detached() -> None:
    needs.skip_for(needs.trampolines())
    with Links.open() as skel, Links.open() as other:
        target, replacement = (
            skel.programs.calls_replaceable,
            other.programs.replacement,
        )
        # Others need newer kernels.
        for program in (*skel.programs, *other.programs):
            program.autoload = program in (target, replacement)
        skel.load()
        packet = bytes(64)
        assert target.test_run(packet).return_value == XDP_PASS
        replacement.set_attach_target("replaceable", target)
        other.load()
        for attach in (
            replacement.attach,
            lambda: replacement.attach(target, "replaceable"),
        ):
            link = attach()
            assert target.test_run(packet).return_value == XDP_TX
            link.detach()
            assert target.test_run(packet).return_value == XDP_PASS


# parity: programs.sched-ext
def test_a_scheduler_takes_over_while_its_link_is_there() -> None:
    needs.skip_for(needs.file("/sys/kernel/sched_ext"))
    state = Path("/sys/kernel/sched_ext/state")
    with Operations.open() as skel:
        skel.maps.lbc_plain.autocreate = False
        skel.maps.lbc_scheduler.autocreate = True
        skel.load()
        link = skel.maps.lbc_scheduler.attach()
        assert state.read_text().strip() == "enabled"
        assert skel.bss.connections == 1
        link.detach()
        end = time.monotonic() + 10
        # The kernel gives the tasks back in its own time.
        while state.read_text().strip() != "disabled":
            assert time.monotonic() < end
            time.sleep(0.05)
