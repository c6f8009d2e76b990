/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* runqlat [PID]: how long threads wait for a CPU, all of them or those of the process PID, until Ctrl-C. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include "clbc/tools.h"
#include "runqlat.skel.h"

static int report(const struct runqlat_bpf *skel)
{
	int cpus = clbc_cpu_count(), slots, err;
	struct waits waits[cpus];
	__u64 counts[64];

	slots = clbc_histogram__read(skel->maps.latency, counts, 64);
	if (slots < 0)
		return slots;
	err = clbc_histogram__print(stdout, CLBC_LOG2, counts, slots, "usecs");
	if (!err)
		err = runqlat_bpf__lookup_cpus(skel, 0, waits, cpus);
	for (int cpu = 0; !err && cpu < cpus; cpu++)
		printf("CPU %d: %llu waits, %llu us\n", cpu, waits[cpu].count, waits[cpu].nanoseconds / 1000);
	return err;
}

int main(int argc, char **argv)
{
	struct runqlat_bpf *skel = runqlat_bpf__open();
	char message[256];
	int err = skel ? 0 : -errno, signal;
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	if (!err) {
		skel->rodata->target_pid = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
		err = runqlat_bpf__load(skel);
	}
	if (!err)
		err = runqlat_bpf__attach(skel);
	if (!err) {
		fprintf(stderr, "tracing waits for a CPU, Ctrl-C ends it\n");
		sigwait(&signals, &signal);
		err = report(skel);
	}
	if (err)
		fprintf(stderr, "runqlat: %s\n", clbc_strerror(err, message, sizeof(message)));
	runqlat_bpf__destroy(skel);
	return err ? 1 : 0;
}
