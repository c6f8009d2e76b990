/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What all runtimes are timed with: a ring that one run of `fill` adds an event to, and a map. */
#include "lbc.h"

/* 32 bytes, each of which follows from the event's number: whoever read every field of every event has the same sum. */
struct event {
	u64 number;
	u64 time;
	u32 pid;
	u32 cpu;
	s32 result;
	u32 flags;
};

u64 filled = 0;

LBC_RINGBUF(events, struct event, 16 * 1024 * 1024);
LBC_HASH(counts, u32, u64, 16384);

SEC("socket")
int fill(struct __sk_buff *skb)
{
	u64 number = __sync_fetch_and_add(&filled, 1);
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event)
		return 0;
	event->number = number;
	event->time = number * 1000;
	event->pid = number & 0xffff;
	event->cpu = number & 7;
	event->result = -(s32)(number & 63);
	event->flags = 1;
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
