"""What an object takes from the kernel: configuration, symbols, functions, types."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

import needs
import pytest
from conftest import FIXTURES

from attach import Attach
from externs import Externs
from hooks import Hooks
from kinds import Kinds
from links import Links
from pylbc import LbcError

PACKET = bytes(64)
# Slots of `hits` in hooks.bpf.c.
MESSAGE, VARIANT = 7, 9


@pytest.fixture(scope="module")
def values() -> dict[str, int]:
    """What the program found, by the names of its variables."""
    with Externs.open() as skel:
        skel.load().programs.read_externs.test_run(PACKET)
        bss = skel.bss
        names = [name for name in dir(type(bss)) if not name.startswith("_")]
        found = {name: getattr(bss, name) for name in names}
    return {name: value for name, value in found.items() if isinstance(value, int)}


# parity: data.kconfig
def test_options_of_the_kernel_are_values_and_zero_where_weak_and_missing(
    values: dict[str, int],
) -> None:
    major, minor = map(int, re.findall(r"\d+", os.uname().release)[:2])
    assert values["version"] >> 8 == major << 8 | minor
    assert values["hz"] in (100, 250, 300, 1000)
    assert (values["has_bpf"], values["has_option"]) == (1, 0)


# parity: data.ksym
def test_symbols_of_the_kernel_are_addresses_and_zero_where_weak_and_missing(
    values: dict[str, int],
) -> None:
    symbols = Path("/proc/kallsyms").read_text()
    found = re.search(r"^([0-9a-f]+) . vfs_read$", symbols, re.MULTILINE)
    assert found is not None
    assert values["address"] == int(found[1], 16)
    assert values["has_symbol"] == 0


# parity: data.kfunc
def test_functions_of_the_kernel_are_called_where_they_are_there(
    values: dict[str, int],
) -> None:
    needs.skip_for(needs.version(6, 2))
    assert (values["called"], values["has_function"]) == (1, 0)


# parity: core.min-btf
def test_a_file_with_the_types_that_an_object_needs_is_enough(tmp_path: Path) -> None:
    types, bpf_object = tmp_path / "min.btf", tmp_path / "attach.bpf.o"
    shutil.copy(FIXTURES / "attach.bpf.o", bpf_object)
    bpftool = shutil.which("bpftool", path=f"{os.environ['PATH']}:/usr/sbin")
    assert bpftool is not None
    words = ["gen", "min_core_btf", "/sys/kernel/btf/vmlinux", types, bpf_object]
    subprocess.run([bpftool, *words], check=True)
    assert types.stat().st_size < 10_000
    with Attach.open(btf=types) as skel:
        assert len(skel.load().attach().links) == 3


# parity: links.sockmap
def test_messages_of_sockets_in_a_map_go_to_its_programs() -> None:
    with Hooks.open() as skel, socket.create_server(("127.0.0.1", 0)) as server:
        skel.programs.on_message.autoload = True
        skel.load()
        link = skel.programs.on_message.attach(skel.maps.sockets)
        with socket.create_connection(server.getsockname()) as client:
            accepted, _ = server.accept()
            skel.maps.sockets[0] = client
            client.send(b"hello")
            assert accepted.recv(5) == b"hello"
            assert skel.bss.hits[MESSAGE] > 0
            accepted.close()
        link.detach()


# parity: programs.variants
def test_of_programs_that_do_the_same_the_first_that_the_kernel_takes_is_loaded() -> (
    None
):
    for variant in ("newer", "older"):
        skel = Hooks.open()
        skel.rodata.target_pid = os.getpid()
        skel.programs[variant].autoload = True
        with suppress(LbcError):
            skel.load()
            break
    with skel:
        skel.attach()
        assert skel.links == skel.programs.older.links
        assert len(skel.links) == 1
        subprocess.run(["true"], check=True)
        assert skel.bss.hits[VARIANT] > 0


# parity: errors.since
def test_what_an_older_kernel_lacks_is_named_with_the_version_that_has_it() -> None:
    with Kinds.open() as kinds, Links.open() as links:
        assert kinds.missing_on(6, 9) is None
        assert kinds.missing_on(5, 10) is not None
        for newer in (kinds.maps.seen, kinds.maps.by_cgroup, kinds.maps.commands):
            newer.autocreate = False
        storage = "map by_task (TaskStorage) needs Linux 5.11, not 5.10"
        assert kinds.missing_on(5, 10) == storage
        links.programs.on_tcx.autoload = True
        tcx = "program on_tcx (tcx/ingress) needs Linux 6.6, not 6.1"
        assert links.missing_on(6, 1) == tcx
        assert links.missing_on(6, 6) is None
        links.programs.on_tcx.autoload = False
        links.load()
        with pytest.raises(LbcError) as raised:
            links.missing_on(6, 6)
        assert raised.value.code == "already-loaded"


# parity: errors.unresolved
def test_a_target_that_the_kernel_lacks_is_named() -> None:
    with Hooks.open() as skel:
        skel.programs.newer.autoload = True
        with pytest.raises(LbcError, match="no_such_function") as raised:
            skel.load()
        assert raised.value.code in ("load-failed", "permission-denied")
