"""What every map has, whatever its kind."""

from __future__ import annotations

import enum
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from pylbc import _native

if TYPE_CHECKING:
    import builtins
    from os import PathLike

    from pylbc._native import Object

M = TypeVar("M", bound="Map")
T = TypeVar("T")


class Update(enum.IntFlag):
    """When ``update`` may write. See ``BPF_ANY`` in include/uapi/linux/bpf.h."""

    ANY = 0
    NOEXIST = 1
    EXIST = 2


class MapType(enum.IntEnum):
    """Kinds of maps. See ``enum bpf_map_type`` in include/uapi/linux/bpf.h."""

    HASH = 1
    ARRAY = 2
    PROG_ARRAY = 3
    PERF_EVENT_ARRAY = 4
    PERCPU_HASH = 5
    PERCPU_ARRAY = 6
    STACK_TRACE = 7
    CGROUP_ARRAY = 8
    LRU_HASH = 9
    LRU_PERCPU_HASH = 10
    LPM_TRIE = 11
    ARRAY_OF_MAPS = 12
    HASH_OF_MAPS = 13
    DEVMAP = 14
    SOCKMAP = 15
    CPUMAP = 16
    XSKMAP = 17
    SOCKHASH = 18
    CGROUP_STORAGE = 19
    REUSEPORT_SOCKARRAY = 20
    PERCPU_CGROUP_STORAGE = 21
    QUEUE = 22
    STACK = 23
    SK_STORAGE = 24
    DEVMAP_HASH = 25
    STRUCT_OPS = 26
    RINGBUF = 27
    INODE_STORAGE = 28
    TASK_STORAGE = 29
    BLOOM_FILTER = 30
    USER_RINGBUF = 31
    CGRP_STORAGE = 32
    ARENA = 33
    INSN_ARRAY = 34


class HasFileno(Protocol):
    """A program, a map, a socket, a file."""

    def fileno(self) -> int:
        """Give its descriptor."""


def descriptor(file: int | HasFileno) -> int:
    """The descriptor that a number is, or that an object has."""
    return file if isinstance(file, int) else file.fileno()


class Map:
    """What every map has."""

    def __init__(self, bpf: Object, name: str) -> None:
        """Find the map of that name, as the BPF source has it."""
        self.name = name
        self._map = bpf.map(name)
        self._settings = bpf.map_settings(name)

    def __repr__(self) -> str:
        """Show kind and name."""
        return f"<{type(self).__name__} {self.name}>"

    @property
    def type(self) -> MapType:
        """The kind of map."""
        return MapType(self._map.type_number)

    @property
    def max_entries(self) -> int:
        """How many entries it has room for, or how many bytes; settable before load."""
        return self._map.max_entries

    @max_entries.setter
    def max_entries(self, entries: int) -> None:
        self._settings.max_entries = entries

    @property
    def flags(self) -> int:
        """``BPF_F_*`` of include/uapi/linux/bpf.h; settable before load."""
        return self._settings.flags

    @flags.setter
    def flags(self, flags: int) -> None:
        self._settings.flags = flags

    @property
    def numa_node(self) -> int:
        """Where its memory is, with ``BPF_F_NUMA_NODE``; settable before load."""
        return self._settings.numa_node

    @numa_node.setter
    def numa_node(self, node: int) -> None:
        self._settings.numa_node = node

    @property
    def autocreate(self) -> bool:
        """Whether ``load()`` makes it; settable before load."""
        return self._settings.autocreate

    @autocreate.setter
    def autocreate(self, autocreate: bool) -> None:
        self._settings.autocreate = autocreate

    @property
    def pin_path(self) -> Path | None:
        """Where ``load()`` pins it, or finds it pinned; settable before load."""
        path = self._settings.pin_path
        return None if path is None else Path(path)

    @pin_path.setter
    def pin_path(self, path: str | PathLike[str] | None) -> None:
        self._settings.pin_path = path

    def reuse(self, other: int | HasFileno) -> None:
        """Before load: use a map that exists, which stays with its owner."""
        self._settings.reuse(descriptor(other))

    def set_inner(self, template: int | HasFileno) -> None:
        """Before load: the map that the maps in this one will be like."""
        self._settings.set_inner(descriptor(template))

    @property
    def id(self) -> int:
        """Its number in the kernel, as ``bpftool map`` shows it."""
        return self._map.id

    def fileno(self) -> int:
        """The kernel's descriptor; the skeleton closes it."""
        return self._map.fileno()

    def pin(self, path: str | PathLike[str]) -> None:
        """Keep the map under a path of the BPF file system."""
        self._map.pin(path)

    def unpin(self, path: str | PathLike[str]) -> None:
        """Take that path away; the map lives as long as somebody has it."""
        self._map.unpin(path)

    def at_pin(self: M, path: str | PathLike[str]) -> M:
        """The map that is pinned under a path, with the types of this one.

        It needs no ``load()``: a program of its own can show what another one that
        loaded the object counts. It is closed when it is collected.

        Raises:
            LbcError: ``pin-failed``, or ``wrong-object`` for a map of other sizes.

        """
        pinned = copy(self)
        pinned._map = _native.Map.from_pin(path, self._map)
        return pinned

    def in_arena(self, cls: builtins.type[T], address: int) -> T | None:
        """The struct in an arena that a pointer of a program leads to (Linux 6.9).

        It is read and written in place, as long as the skeleton is open. None for a
        null pointer, and for any other address that is not the arena's.

        Raises:
            LbcError: ``wrong-object`` where the map is no arena.

        """
        return self._map.in_arena(cls, address)

    def freeze(self) -> None:
        """Let user space change it no more; programs still may."""
        self._map.freeze()
