/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Every program that is executed: who ran it, with which arguments. */
#include "lbc.h"

#define ARGV_BYTES 256

struct event {
	u64 timestamp; /* nanoseconds since boot */
	u32 pid;
	u32 ppid;
	u32 uid;
	u32 argv_bytes; /* how much of argv is filled */
	char comm[16];
	char argv[ARGV_BYTES]; /* the arguments, each ended by a zero byte */
};

/* Only processes whose parent is this one; 0 is every process. */
const volatile u32 target_ppid = 0;

/* Programs executed since load, reported or not. */
u64 total = 0;

LBC_RINGBUF(events, struct event, 256 * 1024);
LBC_HASH(exec_counts, u32, u64, 1024);

static void count_exec(u32 uid)
{
	u64 one = 1, *count;

	__sync_fetch_and_add(&total, 1);
	count = bpf_map_lookup_elem(&exec_counts, &uid);
	if (count)
		__sync_fetch_and_add(count, 1);
	else
		bpf_map_update_elem(&exec_counts, &uid, &one, BPF_NOEXIST);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	u64 start = _(task->mm->arg_start), end = _(task->mm->arg_end);
	u32 ppid = task->real_parent->tgid, uid = (u32)bpf_get_current_uid_gid();
	u64 bytes = end - start;
	struct event *event;

	if (target_ppid && ppid != target_ppid)
		return 0;
	count_exec(uid);

	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event)
		return 0;
	event->timestamp = bpf_ktime_get_ns();
	event->pid = task->tgid;
	event->ppid = ppid;
	event->uid = uid;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	__builtin_memset(event->argv, 0, sizeof(event->argv));
	if (bytes > sizeof(event->argv))
		bytes = sizeof(event->argv);
	barrier_var(bytes); /* keeps the compiler from checking a copy, which the verifier would not see */
	event->argv_bytes = bpf_probe_read_user(event->argv, bytes, (void *)start) ? 0 : bytes;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
