"""What tools make of the kernel's numbers: text, addresses and times."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from ipaddress import IPv4Address, IPv6Address
from typing import Union

from pylbc.types import Struct

# A number, bytes, an array of bytes or words, or a struct such as in_addr.
Address = Union[int, bytes, Sequence[int], Struct]


def text_of(data: bytes) -> str:
    """The text in bytes: up to the first zero byte, as ``os.fsdecode`` reads it."""
    return os.fsdecode(data.split(b"\0", 1)[0])


def ipv4(address: Address) -> IPv4Address:
    """The address in a ``__be32``, a ``struct in_addr`` or a ``u8[4]``.

    The kernel keeps addresses in network byte order, so the bytes are taken as they
    lie in memory. ``ValueError`` where there are not four.
    """
    return IPv4Address(_bytes(address, 4))


def ipv6(address: Address) -> IPv6Address:
    """The address in a ``struct in6_addr``, a ``u8[16]``, ``__be32[4]`` or u128.

    ``ValueError`` where there are not sixteen bytes.
    """
    return IPv6Address(_bytes(address, 16))


def _bytes(address: Address, size: int) -> bytes:
    if isinstance(address, Struct):
        data = address.to_bytes()
    elif isinstance(address, int):
        data = address.to_bytes(size, sys.byteorder)
    elif isinstance(address, bytes):
        data = address
    else:
        word = size // max(len(address), 1)
        data = b"".join(part.to_bytes(word, sys.byteorder) for part in address)
    if len(data) != size:
        message = f"an address of {len(data)} bytes, {size} expected"
        raise ValueError(message)
    return data


def monotonic_time(nanoseconds: int) -> datetime:
    """The time of ``bpf_ktime_get_ns()``, which stands still in suspend, in UTC."""
    return _wall_clock(time.CLOCK_MONOTONIC, nanoseconds)


def boot_time(nanoseconds: int) -> datetime:
    """The time of ``bpf_ktime_get_boot_ns()``, in UTC."""
    return _wall_clock(time.CLOCK_BOOTTIME, nanoseconds)


def _wall_clock(clock: int, nanoseconds: int) -> datetime:
    """As the wall clock is set now: it counts how long ago the moment was."""
    ago = time.clock_gettime_ns(clock) - nanoseconds
    return datetime.now(timezone.utc) - timedelta(microseconds=ago / 1000)
