/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Every file that is opened: by whom, and what came of it. */
#include "lbc.h"

struct event {
	u32 pid;
	s32 result; /* a file descriptor, or a negative error number */
	char comm[16];
	char path[256];
};

/* Only what this process opens; 0 is every process. */
LBC_CONFIG(u32, target_pid, 0);

LBC_RINGBUF(events, struct event, 256 * 1024);
/* By thread: the path of the call that it is in. */
LBC_HASH(paths, u32, const char *, 10240);

static int enter(const char *path)
{
	u64 id = bpf_get_current_pid_tgid();
	u32 tid = id;

	if (!target_pid || target_pid == id >> 32)
		bpf_map_update_elem(&paths, &tid, &path, BPF_ANY);
	return 0;
}

static int leave(s32 result)
{
	u64 id = bpf_get_current_pid_tgid();
	u32 tid = id;
	const char **path = bpf_map_lookup_elem(&paths, &tid);
	struct event *event = path ? LBC_RESERVE(events) : NULL;

	if (event) {
		event->pid = id >> 32;
		event->result = result;
		bpf_get_current_comm(event->comm, sizeof(event->comm));
		/* The call has just read the path: it is in memory now, which on entry it need not be. */
		if (bpf_probe_read_user_str(event->path, sizeof(event->path), *path) < 0)
			event->path[0] = '\0';
		LBC_SUBMIT(event);
	}
	bpf_map_delete_elem(&paths, &tid);
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_open")
int enter_open(struct trace_event_raw_sys_enter *ctx)
{
	return enter((const char *)ctx->args[0]);
}

SEC("tracepoint/syscalls/sys_enter_openat")
int enter_openat(struct trace_event_raw_sys_enter *ctx)
{
	return enter((const char *)ctx->args[1]);
}

SEC("tracepoint/syscalls/sys_exit_open")
int exit_open(struct trace_event_raw_sys_exit *ctx)
{
	return leave(ctx->ret);
}

SEC("tracepoint/syscalls/sys_exit_openat")
int exit_openat(struct trace_event_raw_sys_exit *ctx)
{
	return leave(ctx->ret);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
