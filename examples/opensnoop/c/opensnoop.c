/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* opensnoop [PID]: every file that is opened, or those that the process PID opens. */
#include <stdio.h>
#include <stdlib.h>
#include "clbc/tools.h"
#include "opensnoop.skel.h"

static int on_event(void *ctx __attribute__((unused)), const struct event *e, size_t size __attribute__((unused)))
{
	printf("%-8u%-17.*s%6d %s\n", e->pid, CLBC_TEXT(e->comm), e->result, e->path);
	return 0;
}

int main(int argc, char **argv)
{
	struct opensnoop_bpf *skel = opensnoop_bpf__open();
	char message[256];
	int err = skel ? 0 : -errno;

	setlinebuf(stdout);
	if (!err) {
		skel->rodata->target_pid = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
		err = opensnoop_bpf__load(skel);
	}
	if (!err)
		err = opensnoop_bpf__attach(skel);
	if (!err)
		printf("%-8s%-17s%6s %s\n", "PID", "COMM", "RESULT", "PATH");
	while (err >= 0)
		err = opensnoop_bpf__poll_events(skel, on_event, NULL, NULL, -1 /* no time limit */);
	fprintf(stderr, "opensnoop: %s\n", clbc_strerror(err, message, sizeof(message)));
	opensnoop_bpf__destroy(skel);
	return 1;
}
