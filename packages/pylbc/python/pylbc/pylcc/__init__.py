"""The names of coolbpf's pylcc, over skeletons of pylbc.

A program for pylcc changes its import line: ``from pylbc.pylcc import ClbcBase``. The
source is compiled on this machine, once, and everything is typed: maps are those of
``pylbc`` with pylcc's methods beside their own.
"""

from __future__ import annotations

from pylbc.pylcc.base import CeventThread, ClbcBase
from pylbc.pylcc.maps import (
    CmapsArray,
    CmapsEvent,
    CmapsHash,
    CmapsHist,
    CmapsStack,
    getKStacks,
)
from pylbc.pylcc.perf import PerfHwIds, PerfSwIds, PerfType

__all__ = [
    "CeventThread",
    "ClbcBase",
    "CmapsArray",
    "CmapsEvent",
    "CmapsHash",
    "CmapsHist",
    "CmapsStack",
    "PerfHwIds",
    "PerfSwIds",
    "PerfType",
    "getKStacks",
]
