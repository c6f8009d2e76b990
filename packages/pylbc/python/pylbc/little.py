"""Numbers in little-endian byte order, for objects that are little-endian."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pylbc import _native

if TYPE_CHECKING:
    from pylbc._native import Codec

u8: Codec[int] = _native.Codec.integer(1, signed=False, big=False)
u16: Codec[int] = _native.Codec.integer(2, signed=False, big=False)
u32: Codec[int] = _native.Codec.integer(4, signed=False, big=False)
u64: Codec[int] = _native.Codec.integer(8, signed=False, big=False)
u128: Codec[int] = _native.Codec.integer(16, signed=False, big=False)
s8: Codec[int] = _native.Codec.integer(1, signed=True, big=False)
s16: Codec[int] = _native.Codec.integer(2, signed=True, big=False)
s32: Codec[int] = _native.Codec.integer(4, signed=True, big=False)
s64: Codec[int] = _native.Codec.integer(8, signed=True, big=False)
s128: Codec[int] = _native.Codec.integer(16, signed=True, big=False)
bool8: Codec[bool] = _native.Codec.boolean(1, big=False)
bool16: Codec[bool] = _native.Codec.boolean(2, big=False)
bool32: Codec[bool] = _native.Codec.boolean(4, big=False)
bool64: Codec[bool] = _native.Codec.boolean(8, big=False)
f16: Codec[float] = _native.Codec.floating(2, big=False)
f32: Codec[float] = _native.Codec.floating(4, big=False)
f64: Codec[float] = _native.Codec.floating(8, big=False)
pointer: Codec[int] = u64
