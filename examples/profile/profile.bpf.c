/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Where CPUs spend their time: the stacks of what runs, sampled. */
#include "lbc.h"

struct stack_sample {
	char comm[16];
	u32 pid;
	s32 user_stack; /* below zero: there is none */
	s32 kernel_stack;
};

/* Only this process; 0 is every process. */
LBC_CONFIG(u32, target_pid, 0);

LBC_STACK(stacks, 16384);
LBC_HASH(counts, struct stack_sample, u64, 16384);

SEC("perf_event")
int on_clock(struct bpf_perf_event_data *ctx)
{
	u32 pid = bpf_get_current_pid_tgid() >> 32;
	struct stack_sample sample = { .pid = pid };
	u64 one = 1, *count;

	/* The idle task is process 0. */
	if (pid == 0 || (target_pid && target_pid != pid))
		return 0;
	bpf_get_current_comm(sample.comm, sizeof(sample.comm));
	sample.user_stack = bpf_get_stackid(ctx, &stacks, USER_STACKID_FLAGS);
	sample.kernel_stack = bpf_get_stackid(ctx, &stacks, KERN_STACKID_FLAGS);
	count = bpf_map_lookup_elem(&counts, &sample);
	if (count)
		__sync_fetch_and_add(count, 1);
	else
		bpf_map_update_elem(&counts, &sample, &one, BPF_NOEXIST);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
