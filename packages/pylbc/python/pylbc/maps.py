"""Maps of a loaded object, typed by their keys and values."""

from __future__ import annotations

from mmap import MAP_SHARED, PAGESIZE, PROT_READ, PROT_WRITE, mmap
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, overload

from pylbc import _native
from pylbc.map_base import HasFileno, Map, MapType, Update, descriptor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pylbc._native import Codec, Link, Object

__all__ = [
    "ArrayMap",
    "BloomFilter",
    "HasFileno",
    "HashMap",
    "Map",
    "MapSet",
    "MapType",
    "Queue",
    "ReferenceMap",
    "StructOps",
    "Update",
    "UserRing",
    "descriptor",
    "struct_ops",
]

K = TypeVar("K")
V = TypeVar("V")
Index = TypeVar("Index", bound=int)


class HashMap(Map, Generic[K, V]):
    """A map from keys to values; values are copies, safe to keep.

    Of per-CPU maps a value is a list with one value for each possible CPU.
    Walking gives the entries that were there while it began.
    """

    def __init__(
        self,
        bpf: Object,
        name: str,
        key: Codec[K],
        value: Codec[V],
    ) -> None:
        """Find the map of that name."""
        super().__init__(bpf, name)
        self._key = key
        self._value = value

    def lookup(self, key: K) -> V | None:
        """The value, None where there is none."""
        value = self._map.lookup(self._key.encode(key))
        return None if value is None else self._value.decode(value)

    def __getitem__(self, key: K) -> V:
        """The value; ``KeyError`` where there is none."""
        value = self.lookup(key)
        if value is None:
            raise KeyError(key)
        return value

    def __contains__(self, key: K) -> bool:
        """Whether the key has a value."""
        return self._map.lookup(self._key.encode(key)) is not None

    def update(self, key: K, value: V, flags: Update = Update.ANY) -> None:
        """Set a value.

        ``LbcError`` ``exists`` or ``full``, ``KeyError`` where ``EXIST`` finds none.
        """
        encoded = self._key.encode(key), self._value.encode(value)
        if not self._map.update(*encoded, flags):
            raise KeyError(key)

    def __setitem__(self, key: K, value: V) -> None:
        """Set a value, whether there was one or not."""
        self.update(key, value)

    def delete(self, key: K) -> bool:
        """Delete an entry; False where there was none."""
        return self._map.delete(self._key.encode(key))

    def __delitem__(self, key: K) -> None:
        """Delete an entry; ``KeyError`` where there was none."""
        if not self.delete(key):
            raise KeyError(key)

    def take(self, key: K) -> V | None:
        """The value, deleted in the same step (Linux 5.14 or newer)."""
        value = self._map.take(self._key.encode(key))
        return None if value is None else self._value.decode(value)

    def items(self) -> Iterator[tuple[K, V]]:
        """All entries, in no order."""
        for key, value in self._map.entries():
            yield self._key.decode(key), self._value.decode(value)

    def keys(self) -> Iterator[K]:
        """All keys, in no order."""
        return (self._key.decode(key) for key, _ in self._map.entries())

    def values(self) -> Iterator[V]:
        """All values, in no order."""
        return (self._value.decode(value) for _, value in self._map.entries())

    def __iter__(self) -> Iterator[K]:
        """All keys, as a dict gives them."""
        return self.keys()

    def clear(self) -> None:
        """Delete all entries that are there now."""
        for key, _ in self._map.entries():
            self._map.delete(key)

    def update_many(self, entries: Iterable[tuple[K, V]]) -> int:
        """Set many values in one system call (Linux 5.6 or newer); how many."""
        keys, values = bytearray(), bytearray()
        for key, value in entries:
            keys += self._key.encode(key)
            values += self._value.encode(value)
        return self._map.update_batch(bytes(keys), bytes(values)) if keys else 0

    def delete_many(self, keys: Iterable[K]) -> int:
        """Delete many entries in one system call (Linux 5.6 or newer); how many.

        It ends at the first key that has no value.
        """
        encoded = b"".join(self._key.encode(key) for key in keys)
        return self._map.delete_batch(encoded) if encoded else 0

    def drain(self) -> dict[K, V]:
        """All entries, each deleted in the step that reads it (Linux 5.6 or newer)."""
        decode_key, decode = self._key.decode, self._value.decode
        return {decode_key(key): decode(value) for key, value in self._map.drain()}


class ArrayMap(Map, Generic[Index, V]):
    """A map of ``max_entries`` values by index; values are copies, safe to keep.

    Of per-CPU arrays a value is a list with one value for each possible CPU.
    Where the indices are members of an enum, any other integer will do as well.
    """

    def __init__(
        self,
        bpf: Object,
        name: str,
        key: Codec[Index],
        value: Codec[V],
    ) -> None:
        """Find the map of that name."""
        super().__init__(bpf, name)
        self._key = key
        self._value = value

    def __len__(self) -> int:
        """How many values it has."""
        return self.max_entries

    def __getitem__(self, index: int) -> V:
        """The value at an index; ``IndexError`` beyond the end."""
        value = self._map.lookup(self._encoded(index))
        if value is None:
            message = f"index {index} in a map of {len(self)}"
            raise IndexError(message)
        return self._value.decode(value)

    def __setitem__(self, index: int, value: V) -> None:
        """Set the value at an index; ``IndexError`` beyond the end."""
        if not 0 <= index < len(self):
            message = f"index {index} in a map of {len(self)}"
            raise IndexError(message)
        self._map.update(self._encoded(index), self._value.encode(value))

    def __iter__(self) -> Iterator[V]:
        """All values, by index."""
        return (value for _, value in self.items())

    def items(self) -> Iterator[tuple[Index, V]]:
        """All indices with their values."""
        for key, value in self._map.entries():
            yield self._key.decode(key), self._value.decode(value)

    def mapped(self) -> memoryview:
        """The memory of an array with ``BPF_F_MMAPABLE``, shared with the programs.

        Values stand 8 bytes, or a multiple of it, apart. It is unmapped when the
        last view of it is gone, and stays valid beyond the skeleton.
        """
        stride = (self._map.value_size + 7) // 8 * 8
        size = stride * len(self)
        whole_pages = (size + PAGESIZE - 1) // PAGESIZE * PAGESIZE
        protection = PROT_READ | PROT_WRITE
        memory = mmap(self.fileno(), whole_pages, MAP_SHARED, protection)
        return memoryview(memory)[:size]

    def _encoded(self, index: int) -> bytes:
        return self._key.encode(cast("Index", index))


class Queue(Map, Generic[V]):
    """A queue or stack."""

    def __init__(self, bpf: Object, name: str, value: Codec[V]) -> None:
        """Find the map of that name."""
        super().__init__(bpf, name)
        self._value = value

    def push(self, value: V, *, replace: bool = False) -> None:
        """Add a value; ``LbcError`` ``full``, unless it may replace the oldest one."""
        flags = Update.EXIST if replace else Update.ANY
        self._map.update(None, self._value.encode(value), flags)

    def pop(self) -> V | None:
        """The next value, taken out; None where there is none."""
        value = self._map.take(None)
        return None if value is None else self._value.decode(value)

    def peek(self) -> V | None:
        """The next value, left there; None where there is none."""
        value = self._map.peek(bytes(self._map.value_size))
        return None if value is None else self._value.decode(value)


class BloomFilter(Map, Generic[V]):
    """A set that may say yes to what was never added."""

    def __init__(self, bpf: Object, name: str, value: Codec[V]) -> None:
        """Find the map of that name."""
        super().__init__(bpf, name)
        self._value = value

    def add(self, value: V) -> None:
        """Add a value."""
        self._map.update(None, self._value.encode(value))

    def __contains__(self, value: V) -> bool:
        """Whether the value may have been added."""
        return self._map.peek(self._value.encode(value)) is not None


class StructOps(Map):
    """Functions of the kernel that programs of the object take over."""

    def __init__(self, bpf: Object, name: str) -> None:
        """Find the map of that name."""
        super().__init__(bpf, name)
        self._link: Link | None = None

    @property
    def links(self) -> list[Link]:
        """What holds them now."""
        link = self._link
        return [] if link is None or not link.attached else [link]

    def attach(self) -> Link:
        """Register them with the kernel, until the link is detached or collected."""
        self._link = self._map.attach_struct_ops()
        return self._link

    def detach(self) -> None:
        """Take them back."""
        for link in self.links:
            link.detach()


class ReferenceMap(HashMap[K, int]):
    """Programs, maps, sockets, devices: a value is a descriptor, or what has one.

    What is looked up is the number of the program or map in the kernel.
    """

    def update(
        self,
        key: K,
        value: int | HasFileno,
        flags: Update = Update.ANY,
    ) -> None:
        """Set a value, as that of any map."""
        super().update(key, descriptor(value), flags)

    def __setitem__(self, key: K, value: int | HasFileno) -> None:
        """Set a value, whether there was one or not."""
        self.update(key, value)


class UserRing(Map, Generic[V]):
    """A ring buffer that programs read by ``bpf_user_ringbuf_drain()`` (Linux 6.1)."""

    @overload
    def __init__(self: UserRing[bytes], bpf: Object, name: str) -> None: ...

    @overload
    def __init__(self, bpf: Object, name: str, record: Codec[V]) -> None: ...

    def __init__(
        self,
        bpf: Object,
        name: str,
        record: Codec[V] | None = None,
    ) -> None:
        """Find the map of that name; without a type records are bytes."""
        super().__init__(bpf, name)
        self._record = record
        self._ring: _native.UserRing | None = None

    def send(self, record: V | bytes) -> None:
        """Append a record, or its bytes; ``LbcError`` ``full`` until programs read."""
        if self._ring is None:
            self._ring = _native.UserRing.open(self._map)
        if self._record is not None and not isinstance(record, bytes):
            record = self._record.encode(record)
        self._ring.send(cast("bytes", record))

    def close(self) -> None:
        """Free the memory; the skeleton does it when it is closed."""
        if self._ring is not None:
            self._ring.close()


class MapSet:
    """The maps of an object, each an attribute; ``[...]`` by their C name."""

    def __iter__(self) -> Iterator[Map]:
        """All maps, in order of declaration."""
        return (value for value in vars(self).values() if isinstance(value, Map))

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401
        """The map of that C name; ``KeyError`` where there is none."""
        for value in self:
            if value.name == name:
                return value
        raise KeyError(name)


def struct_ops(maps: MapSet) -> list[StructOps]:
    """The struct_ops among an object's maps."""
    return [each for each in maps if isinstance(each, StructOps)]
