"""LBC_EMIT on kernels with and without ring buffers, which differ in their BTF here."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from emit import Emit
from maps import Maps
from pylbc import MapType


def kernel_btf(folder: Path, *enumerators: str) -> Path:
    """A file: the BTF of a kernel whose enum bpf_map_type has these enumerators.

    See https://docs.kernel.org/bpf/btf.html
    """
    strings = b"\0bpf_map_type\0"
    enum_kind = 6
    words = [1, enum_kind << 24 | len(enumerators), 4]
    for value, name in enumerate(enumerators):
        words += [len(strings), value]
        strings += name.encode() + b"\0"
    types = struct.pack(f"={len(words)}I", *words)
    magic_and_version, header_size = 0x1_EB9F, 24
    sizes = (0, len(types), len(types), len(strings))
    path = folder / "vmlinux.btf"
    path.write_bytes(
        struct.pack("=6I", magic_and_version, header_size, *sizes) + types + strings,
    )
    return path


# parity: events.fallback
@pytest.mark.parametrize(
    ("enumerator", "kind"),
    [
        ("BPF_MAP_TYPE_RINGBUF", MapType.RINGBUF),
        ("BPF_MAP_TYPE_HASH", MapType.PERF_EVENT_ARRAY),
    ],
)
def test_messages_arrive_with_and_without_ring_buffers(
    tmp_path: Path,
    enumerator: str,
    kind: MapType,
) -> None:
    with Emit.open(btf=kernel_btf(tmp_path, "BPF_MAP_TYPE_UNSPEC", enumerator)) as skel:
        skel.load()
        assert skel.maps.messages.type is kind
        for _ in range(3):
            skel.programs.emit.test_run(bytes(64))
        events = [skel.maps.messages.read(timeout=5) for _ in range(3)]
        # The test may move to another CPU, whose events are read in their turn.
        assert sorted(event.number for event in events) == [0, 1, 2]
        assert {event.text for event in events} == {"emitted"}
        assert (skel.bss.sent, skel.maps.messages.lost) == (3, 0)


# parity: core.btf-file
def test_the_environment_may_name_the_file_with_the_kernels_types(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    types = kernel_btf(tmp_path, "BPF_MAP_TYPE_UNSPEC", "BPF_MAP_TYPE_HASH")
    monkeypatch.setenv("LBC_BTF", str(types))
    with Emit.open() as skel:
        assert skel.load().maps.messages.type is MapType.PERF_EVENT_ARRAY


def test_a_ring_buffer_without_another_way_stays_one(tmp_path: Path) -> None:
    with Maps.open(btf=kernel_btf(tmp_path, "BPF_MAP_TYPE_HASH")) as skel:
        assert skel.load().maps.ring.type is MapType.RINGBUF
