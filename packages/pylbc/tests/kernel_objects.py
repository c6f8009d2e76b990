"""What this process holds in the kernel, and what is left of it."""

from __future__ import annotations

import ctypes
import gc
import os
import struct
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

# x86-64, and what all newer architectures share. See bpf(2).
_SYS_BPF = 321 if os.uname().machine == "x86_64" else 280
# Commands that open an object by its id. See include/uapi/linux/bpf.h.
_OPEN_BY_ID = {"prog_id": 13, "map_id": 14, "btf_id": 19, "link_id": 30}

Held = tuple[str, int]


class Footprint(NamedTuple):
    """Descriptors and mapped kernel memory of this process."""

    descriptors: int
    mappings: int


def footprint() -> Footprint:
    """How much this process has now."""
    gc.collect()
    maps = Path("/proc/self/maps").read_text().splitlines()
    mapped = sum("bpf-map" in line or "perf_event" in line for line in maps)
    return Footprint(len(os.listdir("/proc/self/fd")), mapped)


def held() -> set[Held]:
    """Every BPF object that this process has a descriptor of."""
    found = set()
    for fd in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):
            for line in Path(f"/proc/self/fdinfo/{fd}").read_text().splitlines():
                kind, _, number = line.partition(":")
                if kind in _OPEN_BY_ID:
                    found.add((kind, int(number)))
    return found


def survivors(objects: Iterable[Held]) -> list[Held]:
    """Those that the kernel still has, once it had time to free them."""
    left = list(objects)
    for _ in range(100):
        left = [each for each in left if _exists(*each)]
        if not left:
            break
        time.sleep(0.05)
    return left


def _exists(kind: str, number: int) -> bool:
    attributes = struct.pack("=III", number, 0, 0)
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.syscall(_SYS_BPF, _OPEN_BY_ID[kind], attributes, len(attributes))
    if fd >= 0:
        os.close(fd)
    return bool(fd >= 0)


def cgroups() -> Path:
    """Where control groups of version 2 are mounted. See cgroups(7)."""
    mounts = (line.split() for line in Path("/proc/mounts").read_text().splitlines())
    return next(Path(path) for _, path, kind, *_ in mounts if kind == "cgroup2")
