/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* How long threads that could run wait for a CPU. */
#include "lbc.h"

/* On one CPU. */
struct waits {
	u64 count;
	u64 nanoseconds;
};

/* Only the threads of this process; 0 is every process. */
LBC_CONFIG(u32, target_pid, 0);

LBC_HIST2(latency); /* in microseconds */
LBC_PERCPU_ARRAY(cpus, u32, struct waits, 1);
/* By thread: since when it has been waiting. */
LBC_HASH(queued, u32, u64, 10240);

/* Before Linux 5.14. */
struct task_struct___old {
	long state;
};

static bool is_runnable(struct task_struct *task)
{
	if (bpf_core_field_exists(task->__state))
		return task->__state == 0;
	return _(((struct task_struct___old *)task)->state) == 0;
}

static int enqueue(struct task_struct *task)
{
	u64 now = bpf_ktime_get_ns();
	u32 tid = task->pid;

	if (tid && (!target_pid || target_pid == task->tgid))
		bpf_map_update_elem(&queued, &tid, &now, BPF_ANY);
	return 0;
}

SEC("tp_btf/sched_wakeup")
int BPF_PROG(on_wakeup, struct task_struct *task)
{
	return enqueue(task);
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(on_new, struct task_struct *task)
{
	return enqueue(task);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(on_switch, bool preempted, struct task_struct *prev, struct task_struct *next)
{
	u32 tid = next->pid, zero = 0;
	struct waits *waits;
	u64 *since, waited;

	if (preempted || is_runnable(prev))
		enqueue(prev);
	since = bpf_map_lookup_elem(&queued, &tid);
	waits = bpf_map_lookup_elem(&cpus, &zero);
	if (!since || !waits)
		return 0;
	waited = bpf_ktime_get_ns() - *since;
	bpf_map_delete_elem(&queued, &tid);
	hist2_push(&latency, waited / 1000);
	waits->count++;
	waits->nanoseconds += waited;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
