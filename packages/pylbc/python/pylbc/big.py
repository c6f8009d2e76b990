"""C types of big-endian objects: what generated packages are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pylbc import _native
from pylbc.types import (
    OpenEnum,
    Section,
    Struct,
    Union,
    array,
    enum,
    flexible,
    per_cpu,
    raw,
    struct,
    text,
)

if TYPE_CHECKING:
    from pylbc._native import Codec

__all__ = [
    "OpenEnum",
    "Section",
    "Struct",
    "Union",
    "array",
    "bool8",
    "bool16",
    "bool32",
    "bool64",
    "enum",
    "f16",
    "f32",
    "f64",
    "flexible",
    "per_cpu",
    "pointer",
    "raw",
    "s8",
    "s16",
    "s32",
    "s64",
    "s128",
    "struct",
    "text",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
]

u8: Codec[int] = _native.Codec.integer(1, signed=False, big=True)
u16: Codec[int] = _native.Codec.integer(2, signed=False, big=True)
u32: Codec[int] = _native.Codec.integer(4, signed=False, big=True)
u64: Codec[int] = _native.Codec.integer(8, signed=False, big=True)
u128: Codec[int] = _native.Codec.integer(16, signed=False, big=True)
s8: Codec[int] = _native.Codec.integer(1, signed=True, big=True)
s16: Codec[int] = _native.Codec.integer(2, signed=True, big=True)
s32: Codec[int] = _native.Codec.integer(4, signed=True, big=True)
s64: Codec[int] = _native.Codec.integer(8, signed=True, big=True)
s128: Codec[int] = _native.Codec.integer(16, signed=True, big=True)
bool8: Codec[bool] = _native.Codec.boolean(1, big=True)
bool16: Codec[bool] = _native.Codec.boolean(2, big=True)
bool32: Codec[bool] = _native.Codec.boolean(4, big=True)
bool64: Codec[bool] = _native.Codec.boolean(8, big=True)
f16: Codec[float] = _native.Codec.floating(2, big=True)
f32: Codec[float] = _native.Codec.floating(4, big=True)
f64: Codec[float] = _native.Codec.floating(8, big=True)
pointer: Codec[int] = u64
