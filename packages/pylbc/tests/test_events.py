"""Ring buffers and perf event arrays: events one by one, in batches, by callback."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType

import pytest

import pylbc
from maps import Color, Maps, Measurement
from pylbc import EventStream, FixedEventStream, LbcError, Program
from pylbc import little as le

PACKET = bytes(64)
ALLOWED = os.sched_getaffinity(0)


@pytest.fixture(autouse=True)
def on_one_cpu() -> Iterator[None]:
    # Perf events are in order on each CPU, not between two.
    os.sched_setaffinity(0, {min(ALLOWED)})
    yield
    os.sched_setaffinity(0, ALLOWED)


@pytest.fixture
def skel() -> Iterator[Maps]:
    with Maps.open() as skel:
        skel.rodata.step = 2
        yield skel.load()


def fill(program: Program, events: int) -> None:
    program.test_run(PACKET, repeat=events)


def expected(seq: int, sample: Measurement) -> None:
    assert sample.seq == seq
    assert 0 <= sample.cpu < pylbc.possible_cpus()
    assert (sample.kind, sample.level, sample.rest) == (seq & 7, -(seq & 15), 0xABCDEF)
    assert sample.addr.bytes_ == bytes([127, 0, 0, 1])
    assert sample.color is Color.GREEN
    assert sample.comm == "sample"


def both(skel: Maps) -> list[tuple[Program, FixedEventStream[Measurement]]]:
    programs = skel.programs
    return [
        (programs.fill_ring, skel.maps.ring),
        (programs.fill_perf, skel.maps.perf),
    ]


# parity: events.ring, events.perf
def test_iteration_gives_typed_events_that_are_safe_to_keep(skel: Maps) -> None:
    start = 0
    for program, stream in both(skel):
        fill(program, 20)
        kept = [event for _, event in zip(range(20), stream)]
        fill(program, 5)  # overwrites nothing that was given out
        for index, event in enumerate(kept):
            expected(2 * (start + index), event)
            assert pylbc.record_size(event) == Measurement.SIZE
        start += 25


def test_batches_are_numpy_arrays_of_the_same_values(skel: Maps) -> None:
    start = 0
    for program, stream in both(skel):
        fill(program, 100)
        batch = next(stream.batches())
        assert batch["seq"].tolist() == [2 * (start + n) for n in range(100)]
        assert set(batch["comm"].tolist()) == {b"sample"}
        levels = pylbc.column(batch, Measurement.level).tolist()
        assert levels == [-(2 * (start + n) & 15) for n in range(100)]
        start += 100


def test_what_an_iteration_read_ahead_is_the_first_batch(skel: Maps) -> None:
    fill(skel.programs.fill_ring, 10)
    first = next(iter(skel.maps.ring))
    assert first.seq == 0
    batches = skel.maps.ring.batches(timeout=0.01)
    assert next(batches)["seq"].tolist() == [2 * n for n in range(1, 10)]
    assert list(batches) == []


def test_a_callback_gets_the_event_and_its_size(skel: Maps) -> None:
    fill(skel.programs.fill_perf, 3)
    got: list[tuple[int, int]] = []
    # A perf sample carries padding, which is not part of the event.
    called = skel.maps.perf.poll(lambda event, size: got.append((event.seq, size)))
    assert called == 3
    assert got == [(0, 40), (2, 40), (4, 40)]
    assert skel.maps.perf.poll(lambda *_: None, timeout=0.01) == 0


def test_events_without_a_type_are_bytes_of_their_length(skel: Maps) -> None:
    fill(skel.programs.fill_records, 40)
    for index in range(40):
        assert skel.maps.records.read(1) == bytes(range(index % 32 + 1))


def test_a_record_that_is_too_short_is_an_error_and_the_next_one_is_read(
    skel: Maps,
) -> None:
    from pylbc.little import u64

    stream = EventStream(skel.bpf, "records", u64, least=8, most=None)
    fill(skel.programs.fill_records, 9)
    for length in range(1, 8):
        with pytest.raises(LbcError, match=f"{length} bytes, at least 8") as raised:
            stream.read(1)
        assert raised.value.code == "wrong-length"
    assert stream.read(1) == int.from_bytes(bytes(range(8)), "little")
    assert stream.read(1) == int.from_bytes(bytes(range(8)), "little")
    stream.close()


def test_a_flexible_array_ends_where_the_record_ends_within_the_padding_of_its_struct(
    skel: Maps,
) -> None:
    class Tail(le.Struct, size=8, padding=((5, 8),)):
        __slots__ = ()
        head = le.u32.at(0)
        tail = le.u8.at(4)
        data = le.flexible(le.raw(0)).at(5)

    stream = EventStream(skel.bpf, "records", le.struct(Tail), least=1, most=None)
    fill(skel.programs.fill_records, 10)
    for length in range(1, 11):
        event = stream.read(1)
        assert event is not None
        assert event.data == bytes(range(5, length))


def test_a_batch_ends_before_a_record_of_another_length_which_is_an_error(
    skel: Maps,
) -> None:
    from pylbc.little import u8

    stream = FixedEventStream(skel.bpf, "records", u8)
    fill(skel.programs.fill_records, 2)
    batches = stream.batches(timeout=1)
    assert next(batches).tolist() == [0]
    with pytest.raises(LbcError, match="2 bytes") as raised:
        next(batches)
    assert raised.value.code == "wrong-length"
    assert list(stream.batches(timeout=0)) == []
    stream.close()


def test_a_wait_ends_after_its_timeout(skel: Maps) -> None:
    for _, stream in both(skel):
        began = time.monotonic()
        assert stream.read(timeout=0.15) is None
        assert 0.14 < time.monotonic() - began < 10
        assert stream.read(timeout=0) is None


@pytest.mark.parametrize("how", ["stop", "close"])
def test_a_wait_ends_from_another_thread(skel: Maps, how: str) -> None:
    timer = threading.Timer(0.1, getattr(skel.maps.ring, how))
    timer.start()
    began = time.monotonic()
    assert list(skel.maps.ring) == []
    assert time.monotonic() - began < 10
    timer.join()
    assert skel.maps.ring.read() is None


def test_closing_the_skeleton_ends_the_waits_of_other_threads() -> None:
    with Maps.open() as skel:
        skel.load()
        skel.maps.ring.open()  # the thread may begin after the end of the block
        ended = threading.Event()

        def read() -> None:
            list(skel.maps.ring)
            ended.set()

        thread = threading.Thread(target=read)
        thread.start()
        time.sleep(0.05)
    thread.join(timeout=10)
    assert ended.is_set()


# parity: events.stop
@pytest.mark.parametrize(
    "wait",
    [
        lambda skel: next(iter(skel.maps.ring)),
        lambda skel: next(skel.maps.perf.batches()),
        lambda skel: skel.maps.ring.poll(lambda *_: None),
    ],
)
def test_a_signal_ends_a_wait(skel: Maps, wait: Callable[[Maps], object]) -> None:
    timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))

    def interrupted() -> None:
        timer.start()
        wait(skel)

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert time.monotonic() - began < 10
    timer.join()


def test_a_signal_handler_may_stop_or_close(skel: Maps) -> None:
    def handler(_number: int, _frame: FrameType | None) -> None:
        skel.close()

    before = signal.signal(signal.SIGUSR1, handler)
    try:
        timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1))
        timer.start()
        assert list(skel.maps.ring) == []
    finally:
        signal.signal(signal.SIGUSR1, before)


# parity: events.one-reader
def test_two_threads_cannot_read_one_stream_at_once(skel: Maps) -> None:
    thread = threading.Thread(target=lambda: list(skel.maps.ring))
    thread.start()

    def read_often() -> None:
        # The other thread may not have begun, or be between two waits.
        end = time.monotonic() + 10
        while time.monotonic() < end:
            skel.maps.ring.read(timeout=0)

    with pytest.raises(LbcError) as raised:
        read_often()
    assert raised.value.code == "busy"
    skel.maps.ring.stop()
    thread.join()


# parity: events.several
def test_one_wait_may_be_for_several_streams(skel: Maps) -> None:
    ready = select.poll()
    streams = {stream.event_fileno(): stream for _, stream in both(skel)}
    for descriptor in streams:
        ready.register(descriptor, select.POLLIN)
    assert ready.poll(0) == []
    for number, (program, stream) in enumerate(both(skel)):
        fill(program, 1)
        ((descriptor, _),) = ready.poll(1000)
        assert streams[descriptor] is stream
        event = stream.read(timeout=0)
        assert event is not None
        assert event.seq == 2 * number


def test_an_exception_in_a_callback_is_the_callers(skel: Maps) -> None:
    fill(skel.programs.fill_ring, 2)
    with pytest.raises(ZeroDivisionError):
        skel.maps.ring.poll(lambda event, _: 1 // event.seq)
    assert skel.maps.ring.read(1) is not None


# parity: helpers.lost
def test_what_a_perf_buffer_had_no_room_for_is_counted() -> None:
    with Maps.open() as skel:
        skel.maps.perf.pages = 1
        skel.load()
        lost: list[int] = []
        skel.maps.perf.on_lost(lambda _cpu, count: lost.append(count))
        fill(skel.programs.fill_perf, 2000)  # of 64 bytes; pages have up to 64 KiB
        got = []
        while (event := skel.maps.perf.read(timeout=0.1)) is not None:
            got.append(event.seq)
        # The kernel tells of the loss when the next event of that CPU finds room.
        fill(skel.programs.fill_perf, 1)
        while (event := skel.maps.perf.read(timeout=0.1)) is not None:
            got.append(event.seq)
        assert skel.maps.perf.lost == sum(lost) > 0
        assert len(got) + skel.maps.perf.lost == skel.bss.produced == 2001


def test_what_a_ring_buffer_has_no_room_for_is_the_programs_to_count(
    skel: Maps,
) -> None:
    fill(skel.programs.fill_ring, 5000)
    got = sum(len(batch) for batch in skel.maps.ring.batches(timeout=0.05))
    assert got + skel.bss.dropped == skel.bss.produced == 5000
    assert skel.bss.dropped > 0
    assert skel.maps.ring.lost == 0


def test_an_event_loop_can_watch_the_descriptor(skel: Maps) -> None:
    fd = skel.maps.ring.event_fileno()
    assert select.select([fd], [], [], 0)[0] == []
    fill(skel.programs.fill_ring, 1)
    assert select.select([fd], [], [], 1)[0] == [fd]
    assert skel.maps.ring.read(timeout=0) is not None


def test_the_descriptor_is_readable_as_long_as_events_wait(skel: Maps) -> None:
    fd = skel.maps.ring.event_fileno()
    fill(skel.programs.fill_ring, 3)
    for _ in range(3):
        assert select.select([fd], [], [], 1)[0] == [fd]
        assert skel.maps.ring.read(timeout=0) is not None
    assert select.select([fd], [], [], 0)[0] == []


def test_the_descriptor_tells_of_events_that_were_taken_before_it_was_asked_for(
    skel: Maps,
) -> None:
    fill(skel.programs.fill_ring, 2)
    assert skel.maps.ring.read(timeout=0) is not None
    fd = skel.maps.ring.event_fileno()
    assert select.select([fd], [], [], 0)[0] == [fd]
    assert len(next(skel.maps.ring.batches())) == 1
    assert select.select([fd], [], [], 0)[0] == []


def test_asyncio_gets_every_event_though_it_reads_one_for_each_call(skel: Maps) -> None:
    async def read(stream: FixedEventStream[Measurement], count: int) -> list[int]:
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        got: list[int] = []

        def take_one() -> None:
            event = stream.read(timeout=0)
            if event is not None:
                got.append(event.seq // 2)
            if len(got) == count:
                done.set_result(None)

        descriptor = stream.event_fileno()
        loop.add_reader(descriptor, take_one)
        try:
            await asyncio.wait_for(done, 10)
        finally:
            loop.remove_reader(descriptor)
        return got

    for index, (program, stream) in enumerate(both(skel)):
        cpus = sorted(ALLOWED)[:2]
        for cpu in cpus:
            os.sched_setaffinity(0, {cpu})
            fill(program, 10)
        first = index * 10 * len(cpus)
        everything = list(range(first, first + 10 * len(cpus)))
        assert sorted(asyncio.run(read(stream, len(everything)))) == everything


def test_each_perf_event_tells_its_cpu(skel: Maps) -> None:
    stream = skel.maps.perf
    assert stream.cpu is None
    for cpu in sorted(ALLOWED)[:2]:
        os.sched_setaffinity(0, {cpu})
        fill(skel.programs.fill_perf, 2)
    while (event := stream.read(timeout=0)) is not None:
        assert stream.cpu == event.cpu
    fill(skel.programs.fill_ring, 1)
    assert skel.maps.ring.read(1) is not None
    assert skel.maps.ring.cpu is None
