/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* execsnoop [PPID]: every program that is executed, or those that the process PPID executes. */
#include <signal.h>
#include <stdio.h>
#include "execsnoop.skel.h"

static struct execsnoop_bpf *skel;

static void on_signal(int signal __attribute__((unused)))
{
	execsnoop_bpf__stop(skel);
}

static int on_event(void *ctx __attribute__((unused)), const struct event *e, size_t size __attribute__((unused)))
{
	printf("%llu\t%u\t%u\t%u\t%.16s\t", e->timestamp, e->pid, e->ppid, e->uid, e->comm);
	for (__u32 i = 0; i < e->argv_bytes; i++)
		if (e->argv[i] || i + 1 < e->argv_bytes)
			putchar(e->argv[i] ? e->argv[i] : ' ');
	putchar('\n');
	return fflush(stdout) ? -errno : 0;
}

static int on_count(void *ctx __attribute__((unused)), const __u32 *uid, const __u64 *count)
{
	printf("count\t%u\t%llu\n", *uid, *count);
	return 0;
}

int main(int argc, char **argv)
{
	char message[256];
	int err;

	skel = execsnoop_bpf__open();
	err = skel ? 0 : -errno;
	if (!err) {
		skel->rodata->target_ppid = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
		signal(SIGINT, on_signal);
		signal(SIGTERM, on_signal);
		err = execsnoop_bpf__load(skel);
	}
	if (!err)
		err = execsnoop_bpf__attach(skel);
	if (!err)
		fprintf(stderr, "tracing exec, Ctrl-C ends it\n");
	while (err >= 0 || err == -EINTR)
		err = execsnoop_bpf__poll_events(skel, on_event, NULL, NULL, -1);
	if (err == -CLBC_STOPPED)
		err = execsnoop_bpf__for_each_exec_counts(skel, on_count, NULL);
	if (err)
		fprintf(stderr, "execsnoop: %s\n", clbc_strerror(err, message, sizeof(message)));
	else
		printf("total\t%llu\n", CLBC_READ(skel->bss->total));
	execsnoop_bpf__destroy(skel);
	return err ? 1 : 0;
}
