/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Every macro of lbc.h: compiled by every clang, loaded by every loader, run on the kernel. */
#include "lbc.h"
#include "lbc_fs.h"
#include "lbc_net.h"
#include "lbc_sched.h"

struct data_t {
	u64 stamp;
	u32 pid;
	u32 stack;
};

struct route {
	u32 prefixlen;
	u8 address[4];
};

LBC_CONFIG(u32, target_pid, 0);

/* As users of pylcc write them. */
LBC_PERF_OUTPUT(e_out, struct data_t, 128);
LBC_HASH(pid_cnt, u32, u32, 1024);
LBC_STACK(call_stack, 32);
LBC_HIST2(hist2);
LBC_HIST10(hist10);

LBC_MAP(any, BPF_MAP_TYPE_HASH, u32, struct data_t, 8);
LBC_LRU_HASH(lru, u32, u64, 8);
LBC_PERCPU_HASH(percpu, u32, u64, 8);
LBC_LRU_PERCPU_HASH(lru_percpu, u32, u64, 8);
LBC_ARRAY(array, u32, struct data_t, 8);
LBC_PERCPU_ARRAY(percpu_array, u32, u64, 8);
LBC_LPM_TRIE(routes, struct route, u32, 8);
LBC_QUEUE(queue, struct data_t, 8);
LBC_LIFO(lifo, struct data_t, 8);
LBC_BLOOM_FILTER(bloom, u64, 8);
LBC_TASK_STORAGE(tasks, struct data_t);
LBC_INODE_STORAGE(inodes, u64);
LBC_SK_STORAGE(sockets, u64);
LBC_CGRP_STORAGE(cgroups, u64);
LBC_HASH(even, u32, u64, 64);
typeof(even) odd SEC(".maps");
LBC_ARRAY_OF_MAPS(by_parity, 2, even) = { .values = { &even, &odd } };
LBC_HASH_OF_MAPS(by_key, u64, 2, even);
LBC_DEVMAP(devices, 4);
LBC_DEVMAP_HASH(device_table, 4);
LBC_CPUMAP(cpus, 4);
LBC_XSKMAP(xsks, 4);
LBC_SOCKMAP(sockmap, 4);
LBC_SOCKHASH(sockhash, u64, 4);
LBC_REUSEPORT_SOCKARRAY(reuseport, 4);
LBC_CGROUP_ARRAY(cgroup_array, 4);
LBC_HIST(slots, 5);
LBC_PERCPU_HIST2(percpu_hist2);
LBC_PERCPU_HIST10(percpu_hist10);
LBC_RINGBUF(ring, struct data_t, 4096);
LBC_RINGBUF(either, struct data_t, 4096);
LBC_USER_RINGBUF(commands, struct data_t, 4096);
#ifdef TEST_ARENA
LBC_ARENA(arena, 4);
#endif

u64 value = 0;
int logs[2] = {};

SEC("socket")
int first_slot(struct __sk_buff *skb)
{
	return skb->len;
}

LBC_PROG_ARRAY(handlers, 4) = { .values = { [1] = (void *)&first_slot } };

/* Counts `value` in every histogram. */
SEC("socket")
int push(struct __sk_buff *skb)
{
	logs[0] = fast_log2(value);
	logs[1] = fast_log10(value);
	hist2_push(&hist2, value);
	hist10_push(&hist10, value);
	hist2_push(&percpu_hist2, value);
	hist10_push(&percpu_hist10, value);
	add_hist(&slots, 3, 7);
	incr_hist(&slots, 4);
	lbc_debug("%d %d", logs[0], logs[1]);
	return skb->len;
}

/* Three events into `ring`, each another way; the fourth is given back. */
SEC("socket")
int send(struct __sk_buff *skb)
{
	struct data_t data = { .stamp = value, .pid = 1 }, *event;

	LBC_OUTPUT(ring, &data);
	for (int pid = 2; pid < 5; pid++) {
		event = LBC_RESERVE(ring);
		if (!event)
			return 0;
		*event = data;
		event->pid = pid;
		if (pid < 4)
			LBC_SUBMIT(event);
		else
			LBC_DISCARD(event);
	}
	return skb->len;
}

/* One event, wherever the kernel can take it. */
SEC("socket")
int emit(struct __sk_buff *skb)
{
	struct data_t data = { .stamp = value, .pid = 7 };

	LBC_EMIT(skb, either, &data);
	LBC_EMIT(skb, e_out, &data);
	return 0;
}

SEC("raw_tp/sched_process_exec")
int on_exec(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct task_struct *parent = _(task->real_parent);
	struct data_t data = { .pid = _(parent->tgid) };
	bool is_kernel = _(task->flags) & PF_KTHREAD;

	if (is_kernel || (target_pid && data.pid != target_pid))
		return 0;
	data.stamp = bpf_ktime_get_ns();
	data.stack = bpf_get_stackid(ctx, &call_stack, KERN_STACKID_FLAGS);
	bpf_get_stackid(ctx, &call_stack, USER_STACKID_FLAGS);
	bpf_perf_event_output(ctx, &e_out, BPF_F_CURRENT_CPU, &data, sizeof(data));
	return AF_INET + ETH_P_IP + S_IFREG;
}

char LICENSE[] SEC("license") = "GPL";
