"""Why a test cannot run on this kernel; None where it can."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

import pytest
from conftest import FIXTURES

from pylbc import LbcError
from pylbc._native import Object


def skip_for(*reasons: str | None) -> None:
    """Leave the test out, and name what is missing."""
    for reason in reasons:
        if reason is not None:
            pytest.skip(reason)


def function(name: str) -> str | None:
    """A part of the kernel, known by one of its functions."""
    lines = Path("/proc/kallsyms").read_text().splitlines()
    found = any(line.split()[2] == name for line in lines)
    return None if found else f"this kernel was built without {name}()"


def file(path: str) -> str | None:
    """A part of the kernel, known by a file."""
    return None if Path(path).exists() else f"this kernel has no {path}"


def no_file(path: str) -> str | None:
    """The absence of a part of the kernel, known by a file."""
    return f"this kernel has {path}" if Path(path).exists() else None


def version(major: int, minor: int) -> str | None:
    """What came with a version of Linux; on a newer kernel the test has to pass."""
    release = os.uname().release
    own = tuple(map(int, re.findall(r"\d+", release)[:2]))
    return (
        None if own >= (major, minor) else f"needs Linux {major}.{minor}, not {release}"
    )


@cache
def trampolines() -> str | None:
    """Programs that the kernel calls by trampolines: fentry, fmod_ret, lsm, freplace.

    A kernel may be built without them, or forbid them to root too.
    """
    bpf = Object.open((FIXTURES / "probes.bpf.o").read_bytes(), "probes")
    for other in ("on_kprobe", "on_kretprobe", "on_fexit"):
        bpf.program(other).autoload = False
    try:
        bpf.load()
    except LbcError as error:
        return f"this kernel refuses fentry programs: {error}"
    finally:
        bpf.close()
    return None


def security_programs() -> str | None:
    """Programs of security modules."""
    modules = Path("/sys/kernel/security/lsm")
    asked = modules.read_text().strip() if modules.exists() else "none"
    if "bpf" in asked.split(","):
        return trampolines()
    return f"the kernel asks these security modules only: {asked}"
