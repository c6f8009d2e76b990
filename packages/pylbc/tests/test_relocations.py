"""What CO-RE fills in at load: each kind of relocation against the kernel's types."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from conftest import FIXTURES

from idioms import Idioms
from pylbc import LbcError

# All that the programs ask for, so that no file of the kernel's is needed.
CONFIGURATION = "CONFIG_GIVEN=250\nCONFIG_OF_NO_KERNEL=n\n"


@pytest.fixture
def skel() -> Iterator[Idioms]:
    with Idioms.open(kconfig=CONFIGURATION) as skel:
        skel.rodata.target_ppid = os.getpid()
        yield skel.load()


def types_of(file: object) -> str:
    """The types in a file, as bpftool prints them."""
    bpftool = shutil.which("bpftool", path=f"{os.environ['PATH']}:/usr/sbin")
    assert bpftool is not None
    words = [bpftool, "btf", "dump", "file", str(file)]
    return subprocess.check_output(words, text=True)


def id_and_size(types: str, name: str) -> tuple[int, int]:
    """Of a struct; the size is in bytes."""
    found = re.search(rf"^\[(\d+)\] STRUCT '{name}' size=(\d+) ", types, re.MULTILINE)
    assert found is not None
    return int(found[1]), int(found[2])


# parity: core.kinds
def test_each_kind_of_relocation_is_filled_in_as_the_kernel_has_it(
    skel: Idioms,
) -> None:
    kernel = types_of("/sys/kernel/btf/vmlinux")
    own = types_of(FIXTURES / "idioms.bpf.o")
    task_id, task_size = id_and_size(kernel, "task_struct")
    expected = {
        "core_read": os.getpid(),
        "core_read_chain": os.getppid(),
        "struct_flavor": os.getpid(),
        "field_exists": 1,
        "field_size": 16,  # TASK_COMM_LEN
        "type_exists": 1,
        "type_size": task_size,
        "type_id_kernel": task_id,
        "type_id_local": id_and_size(own, "task_struct___v46")[0],
        "type_matches": 1,
        "enum_value_exists": int("'BPF_MAP_TYPE_ARENA'" in kernel),
        "enum_value": 27,  # BPF_MAP_TYPE_RINGBUF
        "kconfig_option": 250,
    }
    programs = skel.programs
    found = {name: programs[name].test_run().return_value for name in expected}
    assert found == expected


def test_bit_fields_are_read_where_the_kernel_has_them(skel: Idioms) -> None:
    """Shifts to the left and to the right, signed or not."""
    skel.programs.direct_read.attach()
    child = subprocess.Popen(["true"])
    assert child.wait() == 0
    skel.detach()
    seen = skel.bss.executed
    assert (seen.tgid, seen.runs) == (child.pid, 1)
    assert (seen.is_in_exec_direct, seen.is_in_exec_probed) == (1, 1)


def test_an_option_that_nobody_has_set_is_named() -> None:
    with Idioms.open() as skel, pytest.raises(LbcError) as raised:
        skel.load()
    assert "CONFIG_GIVEN" in raised.value.log
