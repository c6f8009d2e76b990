"""``bcc_peer.py events|maps OBJECT``: BCC, which compiles what runtime.bpf.c has, in its own words."""

from __future__ import annotations

import ctypes as c
import sys

from bcc import BPF
from fill import filler
from measure import ENTRIES, ROUNDS, drained, report, timed

SOURCE = r"""
#include <uapi/linux/bpf.h>

struct event {
	u64 number;
	u64 time;
	u32 pid;
	u32 cpu;
	s32 result;
	u32 flags;
};

BPF_RINGBUF_OUTPUT(events, 4096);
BPF_ARRAY(filled, u64, 1);
BPF_HASH(counts, u32, u64, 16384);

int fill(struct __sk_buff *skb)
{
	int first = 0;
	u64 *count = filled.lookup(&first);
	struct event *event;
	u64 number;

	if (!count)
		return 0;
	number = __sync_fetch_and_add(count, 1);
	event = events.ringbuf_reserve(sizeof(*event));
	if (!event)
		return 0;
	event->number = number;
	event->time = number * 1000;
	event->pid = number & 0xffff;
	event->cpu = number & 7;
	event->result = -(s32)(number & 63);
	event->flags = 1;
	events.ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return 0;
}
"""


def events(bpf: BPF) -> None:
    ring = bpf["events"]
    total = 0

    def on_event(_context: int, data: int, _size: int) -> None:
        nonlocal total
        event = ring.event(data)
        total += event.number + event.time + event.pid
        total += event.cpu + event.result + event.flags

    def drain() -> int:
        nonlocal total
        total = 0
        bpf.ring_buffer_consume()
        return total

    ring.open_ring_buffer(on_event)
    fill = bpf.load_func("fill", BPF.SOCKET_FILTER)
    drained("single events", filler(fill.fd), drain)


def maps(bpf: BPF) -> None:
    counts = bpf["counts"]
    total = 0

    def update() -> None:
        for number in range(ROUNDS):
            for key in range(ENTRIES):
                counts[c.c_uint32(key)] = c.c_uint64(key + number)

    def lookup() -> None:
        nonlocal total
        for _ in range(ROUNDS):
            for key in range(ENTRIES):
                total += counts[c.c_uint32(key)].value

    report("update", ROUNDS * ENTRIES, timed(update))
    nanoseconds = timed(lookup)
    report("lookup", ROUNDS * ENTRIES, nanoseconds, total)


if __name__ == "__main__":
    {"events": events, "maps": maps}[sys.argv[1]](BPF(text=SOURCE))
