"""Load BPF objects and read their maps, globals and events, typed.

``lbc gen --lang python`` makes a package from a BPF object; what it gives stands on
this module. The names below are for user programs; ``pylbc.types``, ``pylbc.little``
and ``pylbc.big`` are for generated code.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Callable

from pylbc import _native
from pylbc._native import possible_cpus
from pylbc.arrays import column, dtype
from pylbc.compiler import from_file, from_source
from pylbc.errors import LbcError
from pylbc.events import EventStream, FixedEventStream, RawEventStream
from pylbc.histogram import Bucket, Histogram, HistogramMap, Scale
from pylbc.maps import ArrayMap, BloomFilter, HashMap, Map, MapType, Queue, Update
from pylbc.programs import Link, Program, TestRun
from pylbc.skeleton import Skeleton
from pylbc.stacks import Frame, StackTraces, Symbolizer
from pylbc.trace_pipe import TracePipe
from pylbc.types import OpenEnum, Struct, fields, raw_bytes, record_size
from pylbc.values import boot_time, ipv4, ipv6, monotonic_time, text_of

__all__ = [
    "ArrayMap",
    "BloomFilter",
    "Bucket",
    "EventStream",
    "FixedEventStream",
    "Frame",
    "HashMap",
    "Histogram",
    "HistogramMap",
    "LbcError",
    "Link",
    "Map",
    "MapType",
    "OpenEnum",
    "Program",
    "Queue",
    "RawEventStream",
    "Scale",
    "Skeleton",
    "StackTraces",
    "Struct",
    "Symbolizer",
    "TestRun",
    "TracePipe",
    "Update",
    "boot_time",
    "column",
    "dtype",
    "fields",
    "from_file",
    "from_source",
    "include_dir",
    "ipv4",
    "ipv6",
    "monotonic_time",
    "possible_cpus",
    "raw_bytes",
    "record_size",
    "set_print",
    "text_of",
]


def include_dir() -> Path:
    """The folder of ``lbc.h``, for clang's ``-I``."""
    return Path(__file__).resolve().parent / "include"


def set_print(
    callback: Callable[[int, str], object] | None,
    level: int = logging.INFO,
) -> None:
    """Have ``callback(level, message)`` called with what libbpf says, or nobody.

    Levels are those of ``logging``, so that this shows all of it::

        set_print(logging.getLogger("libbpf").log, logging.DEBUG)

    It is called when the call of libbpf has ended. Errors carry libbpf's warnings
    in ``LbcError.log`` in any case.
    """
    _native.set_print(callback, level)
