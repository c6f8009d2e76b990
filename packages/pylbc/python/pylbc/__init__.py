"""Load BPF objects and read their maps, globals and events, typed.

``lbc gen --lang python`` makes a package from a BPF object; what it gives stands on
this module. The names below are for user programs; ``pylbc.types``, ``pylbc.little``
and ``pylbc.big`` are for generated code.
"""

from __future__ import annotations

from pathlib import Path

from pylbc._native import possible_cpus
from pylbc.arrays import column, dtype
from pylbc.errors import LbcError
from pylbc.events import EventStream, FixedEventStream, RawEventStream
from pylbc.maps import ArrayMap, BloomFilter, HashMap, Map, MapType, Queue, Update
from pylbc.programs import Link, Program, TestRun
from pylbc.skeleton import Skeleton
from pylbc.types import OpenEnum, Struct, fields, raw_bytes, record_size

__all__ = [
    "ArrayMap",
    "BloomFilter",
    "EventStream",
    "FixedEventStream",
    "HashMap",
    "LbcError",
    "Link",
    "Map",
    "MapType",
    "OpenEnum",
    "Program",
    "Queue",
    "RawEventStream",
    "Skeleton",
    "Struct",
    "TestRun",
    "Update",
    "column",
    "dtype",
    "fields",
    "include_dir",
    "possible_cpus",
    "raw_bytes",
    "record_size",
]


def include_dir() -> Path:
    """The folder of ``lbc.h``, for clang's ``-I``."""
    return Path(__file__).resolve().parent / "include"
