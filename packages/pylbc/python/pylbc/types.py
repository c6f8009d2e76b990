"""C types in Python: what generated packages are made of.

A struct is a class whose attributes read and write bytes at fixed offsets. An
instance owns its bytes, or stands in memory that something else owns: a nested
struct in its parent's, a section's variable in the kernel's.
"""

from __future__ import annotations

import enum as _enum
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pylbc import _native
from pylbc.errors import LbcError

if TYPE_CHECKING:
    from collections.abc import MutableSequence

    from pylbc._native import Codec, Field

T = TypeVar("T")
S = TypeVar("S", bound="Struct")
E = TypeVar("E", bound="OpenEnum")


class OpenEnum(_enum.IntEnum):
    """A C enum: an ``int`` with names, which other numbers may be as well.

    A number without a name is a member whose ``name`` is the number's digits.
    """

    @classmethod
    def _missing_(cls, value: object) -> OpenEnum | None:
        if not isinstance(value, int):
            return None
        member = int.__new__(cls, value)
        member._name_ = str(int(value))
        member._value_ = int(value)
        return member

    def __str__(self) -> str:
        """Show the name in C; every version of Python has its own idea of it."""
        return self.name

    def __format__(self, spec: str) -> str:
        """Show the name, or the number where the format is one of numbers."""
        is_number = spec[-1:] in set("bcdeEfFgGnoxX%")
        return int.__format__(self, spec) if is_number else format(self.name, spec)


def _gaps(fields: dict[str, Field[Any]], size: int) -> list[tuple[int, int]]:
    """(start, end) of the bytes that no field covers."""
    gaps = []
    covered = 0
    for start, end in sorted((f.offset, f.offset + f.size) for f in fields.values()):
        if start > covered:
            gaps.append((covered, start))
        covered = max(covered, end)
    if covered > size:
        message = f"members end at {covered}, the type at {size}"
        raise LbcError("wrong-layout", message, hint="generate the package again")
    if covered < size:
        gaps.append((covered, size))
    return gaps


class Struct(_native.Struct):
    """Base of generated structs: attributes are members, ``SIZE`` is in bytes.

    Two are equal when all their bytes are, padding included. They can be keys of
    a ``dict`` as long as nobody changes them.
    """

    __slots__ = ()

    SIZE: ClassVar[int] = 0
    _fields: ClassVar[dict[str, Field[Any]]] = {}
    _codec: ClassVar[Codec[Any]]

    def __init_subclass__(
        cls,
        *,
        size: int,
        padding: tuple[tuple[int, int], ...] = (),
    ) -> None:
        """Prove the layout: fields and padding, (start, end) pairs, cover all bytes."""
        super().__init_subclass__()
        cls.SIZE = size
        cls._codec = _native.Codec.structure(cls, big=False)
        cls._fields = {
            name: value
            for name, value in vars(cls).items()
            if isinstance(value, _native.Field)
        }
        gaps = tuple(_gaps(cls._fields, size))
        if gaps != padding:
            message = f"{cls.__name__}: gaps at {gaps}, {padding} expected"
            raise LbcError("wrong-layout", message, hint="generate the package again")

    def __init__(self, **fields: object) -> None:
        """Make a value of zeros, then set the members that are given."""
        _native.allocate(self, self.SIZE)
        for name, value in fields.items():
            if name not in self._fields:
                message = f"{type(self).__name__} has no member {name}"
                raise TypeError(message)
            setattr(self, name, value)

    @classmethod
    def from_bytes(cls: type[S], data: bytes) -> S:
        """Copy the value from its bytes; ``ValueError`` where there are too few."""
        if len(data) < cls.SIZE:
            message = f"{cls.__name__}: {len(data)} bytes, {cls.SIZE} expected"
            raise ValueError(message)
        return struct(cls).decode_record(data)

    def to_bytes(self) -> bytes:
        """All bytes, as C has them; of an event those that arrived beyond its type."""
        return _native.bytes_of(self, 0, max(self.SIZE, _native.received(self)))

    def __eq__(self, other: object) -> bool:
        """Compare all bytes with another value of the same type."""
        if type(other) is not type(self):
            return NotImplemented
        return self.to_bytes() == other.to_bytes()

    def __hash__(self) -> int:
        """Hash all bytes."""
        return hash(self.to_bytes())

    def __repr__(self) -> str:
        """Show every member with its value."""
        members = (f"{name}={getattr(self, name)!r}" for name in self._fields)
        return f"{type(self).__name__}({', '.join(members)})"

    def __reduce__(self) -> tuple[Any, tuple[bytes]]:
        """Copy and pickle by the bytes."""
        return type(self).from_bytes, (self.to_bytes(),)


class Union(Struct, size=0):
    """Base of generated unions: every member begins at the first byte."""

    __slots__ = ()

    def __init_subclass__(
        cls,
        *,
        size: int,
        padding: tuple[tuple[int, int], ...] = (),
    ) -> None:
        """Prove the layout, as of a struct."""
        super().__init_subclass__(size=size, padding=padding)


class Section(Struct, size=0):
    """Base of generated sections: the attributes are the object's global variables.

    Before ``load()`` a section is what the program will start with; after it, it is
    the memory that the running program uses.
    """

    __slots__ = ()

    def __init_subclass__(
        cls,
        *,
        size: int,
        padding: tuple[tuple[int, int], ...] = (),
    ) -> None:
        """Prove the layout, as of a struct."""
        super().__init_subclass__(size=size, padding=padding)


def fields(value: Struct | type[Struct]) -> tuple[str, ...]:
    """Names of all members, in order."""
    return tuple(value._fields)


def raw_bytes(value: Struct, name: str) -> bytes:
    """The bytes of one member as they are; of a bit-field, those of its unit."""
    field = value._fields[name]
    return _native.bytes_of(value, field.offset, field.size)


def record_size(event: Struct) -> int:
    """How many bytes of an event arrived; what is missing reads as zeros."""
    return _native.received(event)


def text(length: int) -> Codec[str]:
    """``char[length]``: up to the first zero byte, as ``os.fsdecode`` would read it."""
    return _native.Codec.text(length)


def raw(length: int) -> Codec[bytes]:
    """``u8[length]``, or bytes whose type is not known."""
    return _native.Codec.raw(length)


def array(element: Codec[T], length: int) -> Codec[MutableSequence[T]]:
    """A C array; reading gives a sequence of fixed length, in place."""
    return _native.Codec.array(element, length)


def flexible(codec: Codec[T]) -> Codec[T]:
    """A flexible array member: up to the end of the memory that holds it."""
    return codec.to_the_end()


def struct(cls: type[S]) -> Codec[S]:
    """A nested struct or union, in place."""
    codec: Codec[S] = cls._codec
    return codec


def enum(cls: type[E], storage: Codec[int]) -> Codec[E]:
    """An enum that is stored in an integer."""
    return _native.Codec.enumeration(cls, storage)


def per_cpu(element: Codec[T]) -> Codec[list[T]]:
    """One value for each possible CPU, as per-CPU maps have them."""
    return _native.Codec.per_cpu(element)
