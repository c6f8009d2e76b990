"""What tools need besides maps and events, with the programs in helpers.bpf.o."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest

from helpers import Helpers
from pylbc import (
    Histogram,
    LbcError,
    Scale,
    Symbolizer,
    TracePipe,
    boot_time,
    ipv4,
    ipv6,
    monotonic_time,
    set_print,
    text_of,
)

# A socket filter sees what follows the Ethernet header.
ETH_HLEN = 14


@pytest.fixture
def skel() -> Iterator[Helpers]:
    with Helpers.open() as skel:
        skel.rodata.target_pid = os.getpid()
        yield skel.load()


def used(histogram: Histogram) -> list[tuple[int, int, int]]:
    buckets = histogram.buckets()
    return [(b.start, b.end, b.count) for b in buckets if b.count > 0]


# parity: helpers.histogram
def test_powers_of_two_print_as_bcc_prints_them() -> None:
    assert str(Histogram(Scale.LOG2, [2, 4, 0, 1, 0], "usecs")).splitlines() == [
        "     usecs               : count    distribution",
        f"         0 -> 1          : 2        |{'*' * 20:40}|",
        f"         2 -> 3          : 4        |{'*' * 40:40}|",
        f"         4 -> 7          : 0        |{'*' * 0:40}|",
        f"         8 -> 15         : 1        |{'*' * 10:40}|",
    ]


def test_linear_slots_are_one_value_a_line() -> None:
    assert Histogram(Scale.LINEAR, [1, 2], "CPU").text(width=4).splitlines() == [
        "     CPU   : count    distribution",
        "         0 : 1        |**  |",
        "         1 : 2        |****|",
    ]


def test_wide_values_and_counts_stay_in_their_columns() -> None:
    text = str(Histogram(Scale.LOG2, [0] * 39 + [2**64 - 1]))
    head, *rows = text.splitlines()
    assert {len(row) for row in rows} == {len(rows[0])}
    assert head.index(" : ") == rows[0].index(" : ")
    assert rows[-1].endswith(f" : {2**64 - 1} |{'*' * 20}|")
    assert list(Histogram(Scale.LOG10, [1] * 20).buckets())[-1].end == 2**64 - 1
    assert str(Histogram(Scale.LOG2, [0] * 64)) == ""


def test_histograms_count_what_programs_push_on_every_scale(skel: Helpers) -> None:
    for size in (64, 65, 127, 200, 1000):
        skel.programs.count_length.test_run(bytes(ETH_HLEN + size))
    by_two = [(64, 127, 3), (128, 255, 1), (512, 1023, 1)]
    for counters in (skel.maps.latency, skel.maps.percpu_latency):
        assert used(counters.read()) == by_two
        counters.clear()
        assert counters.read().total == 0
    sizes = skel.maps.sizes.read()
    assert used(sizes) == [(10, 99, 2), (100, 999, 2), (1000, 9999, 1)]
    kinds = skel.maps.kinds.read()
    assert used(kinds) == [(0, 0, 3), (1, 1, 1), (3, 3, 1)]


# parity: links.perf-event, maps.stack-traces, helpers.process-symbols
def test_a_program_at_a_frequency_samples_stacks_with_names(skel: Helpers) -> None:
    links = skel.programs.on_clock.attach_at_frequency(999)
    assert links
    end = time.monotonic() + 10
    sample = None
    while sample is None or sample.user_stack < 0:
        assert time.monotonic() < end, "no sample has a stack of this process"
        sum(range(100_000))
        sample = skel.maps.samples.read(timeout=0)
    skel.detach()
    stacks = skel.maps.stacks
    addresses = stacks[sample.user_stack]
    assert 0 not in addresses
    assert sample.user_stack in stacks
    frames = Symbolizer().process(os.getpid(), addresses)
    assert [frame.address for frame in frames] == addresses
    assert any(frame.function is not None for frame in frames)
    assert stacks.delete(sample.user_stack)
    assert stacks.lookup(sample.user_stack) is None
    assert stacks.lookup(-14) is None
    stacks.clear()
    assert list(stacks) == []


# parity: helpers.kernel-symbols
def test_stacks_of_the_kernel_are_named(skel: Helpers) -> None:
    skel.programs.on_fork.attach()
    subprocess.run(["true"], check=True)
    sample = skel.maps.samples.read(timeout=5)
    stacks = skel.maps.stacks
    frames = Symbolizer().kernel(stacks[sample.kernel_stack])
    assert frames
    assert all(frame.function is not None for frame in frames)
    function, offset = frames[-1].function, frames[-1].offset
    assert str(frames[-1]).startswith(f"{function}+{offset:#x}")


def test_addresses_without_a_symbol_stay_numbers() -> None:
    (frame,) = Symbolizer().process(os.getpid(), [0x10])
    assert (frame.function, str(frame)) == (None, "0x10")
    (beyond,) = Symbolizer().kernel([2**64 - 1])
    assert (beyond.function, beyond.offset, str(beyond)) == (
        None,
        0,
        "0xffffffffffffffff",
    )
    with pytest.raises(LbcError) as raised:
        Symbolizer().process(2**31 - 1, [0x10])
    assert raised.value.code == "symbolize-failed"


def test_one_symbolizer_may_be_used_by_several_threads() -> None:
    symbolizer = Symbolizer()
    symbolizer.process(os.getpid(), [id(symbolizer)])
    found: list[int] = []

    def look_up() -> None:
        found.extend(len(symbolizer.kernel([1, 2])) for _ in range(20))

    threads = [threading.Thread(target=look_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [2] * 80


# parity: helpers.addresses, helpers.clocks
def test_clocks_and_addresses_become_pythons(skel: Helpers) -> None:
    before = datetime.now(timezone.utc)
    skel.programs.tell_time.test_run(bytes(64))
    after = datetime.now(timezone.utc)
    moment = skel.maps.moments.read(timeout=5)
    # The wall clock may be adjusted while the test runs.
    tolerance = timedelta(milliseconds=500)
    for when in (monotonic_time(moment.monotonic), boot_time(moment.boot)):
        assert before - tolerance < when < after + tolerance
    assert str(ipv4(moment.v4)) == "127.0.0.1"
    assert str(ipv6(moment.v6)) == "::1"


def test_an_address_is_its_bytes_whatever_type_they_have() -> None:
    assert str(ipv4(b"\x0a\0\0\xff")) == str(ipv4([10, 0, 0, 255])) == "10.0.0.255"
    words = [int.from_bytes(b"\x20\x01\x0d\xb8", "little"), 0, 0, 1 << 24]
    number = int.from_bytes(ipv6(words).packed, "little")
    assert str(ipv6(words)) == str(ipv6(number)) == "2001:db8::1"
    for wrong in (b"\0\0\0", [1, 2, 3], b""):
        with pytest.raises(ValueError, match="4 expected"):
            ipv4(wrong)


# parity: helpers.text
def test_text_ends_at_the_first_zero_byte() -> None:
    assert text_of(b"cat\0ghost") == "cat"
    assert text_of(b"\xff") == "\udcff"


# parity: helpers.printk
def test_printed_lines_arrive_until_the_reader_is_stopped(skel: Helpers) -> None:
    with TracePipe() as lines:
        end = time.monotonic() + 30
        line: str | None = None
        # Other tests of this machine may print as well, or take the line away.
        while line is None or not line.endswith("lbc fixture: 78 bytes"):
            assert time.monotonic() < end
            if line is None:
                skel.programs.print_length.test_run(bytes(ETH_HLEN + 78))
            line = lines.read(timeout=0.1)
        threading.Timer(0.05, lines.stop).start()
        assert all(isinstance(line, str) for line in lines)
    lines.close()


def test_a_signal_handler_may_stop_the_wait_for_lines() -> None:
    with TracePipe() as lines:
        before = signal.signal(signal.SIGALRM, lambda *_: lines.stop())
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            assert all(isinstance(line, str) for line in lines)
        finally:
            signal.signal(signal.SIGALRM, before)


# parity: helpers.messages
def test_what_libbpf_says_goes_to_the_callback() -> None:
    said: list[tuple[int, str]] = []
    set_print(lambda level, message: said.append((level, message)), logging.DEBUG)
    try:
        with Helpers.open() as skel:
            skel.load()
    finally:
        set_print(None)
    assert {level for level, _ in said} <= {logging.DEBUG, logging.INFO}
    assert any(message.startswith("libbpf: loading") for _, message in said)
    heard = len(said)
    Helpers.open().close()
    assert len(said) == heard
