"""``ctypes_peer.py events|maps|load OBJECT``: ctypes over libbpf.so, as one writes it without a runtime."""

from __future__ import annotations

import ctypes as c
import sys

from fill import filler, libbpf
from measure import ENTRIES, ROUNDS, drained, loaded, report, timed

for name in (
    "bpf_object__open_file",
    "bpf_object__find_program_by_name",
    "bpf_object__find_map_by_name",
    "bpf_object__next_program",
    "bpf_program__attach",
    "ring_buffer__new",
):
    getattr(libbpf, name).restype = c.c_void_p


class Event(c.Structure):
    """As runtime.bpf.c has it."""

    _fields_ = (
        ("number", c.c_uint64),
        ("time", c.c_uint64),
        ("pid", c.c_uint32),
        ("cpu", c.c_uint32),
        ("result", c.c_int32),
        ("flags", c.c_uint32),
    )


CALLBACK = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_void_p, c.c_size_t)


def opened(path: str) -> c.c_void_p:
    """An object in the kernel."""
    bpf_object = c.c_void_p(libbpf.bpf_object__open_file(path.encode(), None))
    if libbpf.bpf_object__load(bpf_object) != 0:
        raise OSError(c.get_errno(), "cannot load", path)
    return bpf_object


def map_of(bpf_object: c.c_void_p, name: bytes) -> int:
    found = c.c_void_p(libbpf.bpf_object__find_map_by_name(bpf_object, name))
    return int(libbpf.bpf_map__fd(found))


def events(path: str) -> None:
    bpf_object = opened(path)
    program = c.c_void_p(libbpf.bpf_object__find_program_by_name(bpf_object, b"fill"))
    total = 0

    @CALLBACK
    def on_event(_context: int, data: int, _size: int) -> int:
        nonlocal total
        event = c.cast(data, c.POINTER(Event)).contents
        total += event.number + event.time + event.pid
        total += event.cpu + event.result + event.flags
        return 0

    ring = c.c_void_p(
        libbpf.ring_buffer__new(map_of(bpf_object, b"events"), on_event, None, None)
    )

    def drain() -> int:
        nonlocal total
        total = 0
        libbpf.ring_buffer__consume(ring)
        return total

    drained("single events", filler(libbpf.bpf_program__fd(program)), drain)


def maps(path: str) -> None:
    fd = map_of(opened(path), b"counts")
    key, value = c.c_uint32(), c.c_uint64()
    at_key, at_value = c.byref(key), c.byref(value)
    total = 0

    def update() -> None:
        for number in range(ROUNDS):
            for each in range(ENTRIES):
                key.value, value.value = each, each + number
                libbpf.bpf_map_update_elem(fd, at_key, at_value, c.c_uint64(0))

    def lookup() -> None:
        nonlocal total
        for _ in range(ROUNDS):
            for each in range(ENTRIES):
                key.value = each
                libbpf.bpf_map_lookup_elem(fd, at_key, at_value)
                total += value.value

    report("update", ROUNDS * ENTRIES, timed(update))
    nanoseconds = timed(lookup)
    report("lookup", ROUNDS * ENTRIES, nanoseconds, total)


def load(path: str) -> None:
    def once() -> None:
        bpf_object = opened(path)
        links, program = [], None
        while program := libbpf.bpf_object__next_program(
            bpf_object, c.c_void_p(program)
        ):
            links.append(c.c_void_p(libbpf.bpf_program__attach(c.c_void_p(program))))
        for link in links:
            libbpf.bpf_link__destroy(link)
        libbpf.bpf_object__close(bpf_object)

    loaded(once)


if __name__ == "__main__":
    {"events": events, "maps": maps, "load": load}[sys.argv[1]](sys.argv[2])
