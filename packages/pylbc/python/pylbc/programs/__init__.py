"""Programs of an object, by how they attach, and the links that hold them."""

from __future__ import annotations

from pylbc.programs.base import (
    AutoProgram,
    Link,
    Program,
    ProgramSet,
    TestRun,
)
from pylbc.programs.network import (
    CgroupProgram,
    NetnsProgram,
    SocketFilterLink,
    SocketFilterProgram,
    TcxProgram,
    XdpProgram,
)
from pylbc.programs.probes import (
    HasFileno,
    KprobeMultiProgram,
    KprobeProgram,
    KsyscallProgram,
    PerfEventProgram,
    RawTracepointProgram,
    TracepointProgram,
    UprobeMultiProgram,
    UprobeProgram,
    UsdtProgram,
)

__all__ = [
    "AutoProgram",
    "CgroupProgram",
    "HasFileno",
    "KprobeMultiProgram",
    "KprobeProgram",
    "KsyscallProgram",
    "Link",
    "NetnsProgram",
    "PerfEventProgram",
    "Program",
    "ProgramSet",
    "RawTracepointProgram",
    "SocketFilterLink",
    "SocketFilterProgram",
    "TcxProgram",
    "TestRun",
    "TracepointProgram",
    "UprobeMultiProgram",
    "UprobeProgram",
    "UsdtProgram",
    "XdpProgram",
]
