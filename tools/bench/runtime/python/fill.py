"""Runs the program that fills the ring, for the peers that have no call for it."""

from __future__ import annotations

import ctypes as c
from collections.abc import Callable

from measure import EVENTS

libbpf = c.CDLL("libbpf.so.1", use_errno=True)
PACKET = c.create_string_buffer(64)


class TestRun(c.Structure):
    """``struct bpf_test_run_opts`` of bpf/bpf.h."""

    _fields_ = (
        ("sz", c.c_size_t),
        ("data_in", c.c_void_p),
        ("data_out", c.c_void_p),
        ("data_size_in", c.c_uint32),
        ("data_size_out", c.c_uint32),
        ("ctx_in", c.c_void_p),
        ("ctx_out", c.c_void_p),
        ("ctx_size_in", c.c_uint32),
        ("ctx_size_out", c.c_uint32),
        ("retval", c.c_uint32),
        ("repeat", c.c_int),
        ("duration", c.c_uint32),
        ("flags", c.c_uint32),
        ("cpu", c.c_uint32),
        ("batch_size", c.c_uint32),
    )


def filler(fd: int) -> Callable[[], None]:
    """Runs the program of this descriptor as often as one round has events."""
    data = c.cast(PACKET, c.c_void_p)
    run = TestRun(
        sz=c.sizeof(TestRun), data_in=data, data_size_in=len(PACKET), repeat=EVENTS
    )

    def fill() -> None:
        if libbpf.bpf_prog_test_run_opts(fd, c.byref(run)) != 0:
            raise OSError(c.get_errno(), "cannot run the program")

    return fill
