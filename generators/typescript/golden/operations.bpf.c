/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Kernel operations with data and without, and an arena with pointers in it. */
typedef unsigned int u32;
typedef unsigned long long u64;

#define SEC(name) __attribute__((section(name), used))
#define __uint(name, value) int(*name)[value]
#define __arena __attribute__((address_space(1)))

struct sock;

struct tcp_congestion_ops {
	u32 (*ssthresh)(struct sock *sk);
	u32 flags;
	char name[16];
};

struct bpf_dummy_ops {
	int (*test_1)(void *state);
};

SEC("struct_ops") u32 half(struct sock *sk)
{
	return 1;
}

SEC("struct_ops") int one(void *state)
{
	return 1;
}

SEC(".struct_ops.link")
struct tcp_congestion_ops lbc_control = {
	.ssthresh = half,
	.name = "lbc_control",
};

SEC("?.struct_ops")
struct bpf_dummy_ops lbc_dummy = {
	.test_1 = one,
};

struct node {
	u64 value;
	struct node __arena *next;
};

struct {
	__uint(type, 33);
	__uint(map_flags, 1024);
	__uint(max_entries, 16);
} memory SEC(".maps");

struct node __arena *__arena first = 0;
struct node __arena nodes[4] = {};

char LICENSE[] SEC("license") = "GPL";
