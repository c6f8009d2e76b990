"""Programs of an object, by how they attach, and the links that hold them."""

from __future__ import annotations

from pylbc._native import Link as KernelLink
from pylbc.programs.base import (
    AutoProgram,
    Link,
    Program,
    ProgramSet,
    TestRun,
)
from pylbc.programs.kernel import FreplaceProgram, IterProgram
from pylbc.programs.network import (
    CgroupProgram,
    NetfilterProgram,
    NetkitProgram,
    NetnsProgram,
    SocketFilterLink,
    SocketFilterProgram,
    SockmapProgram,
    TcDirection,
    TcLink,
    TcProgram,
    TcxProgram,
    XdpMode,
    XdpProgram,
)
from pylbc.programs.probes import (
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
    "FreplaceProgram",
    "IterProgram",
    "KernelLink",
    "KprobeMultiProgram",
    "KprobeProgram",
    "KsyscallProgram",
    "Link",
    "NetfilterProgram",
    "NetkitProgram",
    "NetnsProgram",
    "PerfEventProgram",
    "Program",
    "ProgramSet",
    "RawTracepointProgram",
    "SocketFilterLink",
    "SocketFilterProgram",
    "SockmapProgram",
    "TcDirection",
    "TcLink",
    "TcProgram",
    "TcxProgram",
    "TestRun",
    "TracepointProgram",
    "UprobeMultiProgram",
    "UprobeProgram",
    "UsdtProgram",
    "XdpMode",
    "XdpProgram",
]
