/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The skeleton that lbc generates of execsnoop.bpf.c: opened, loaded, attached and destroyed. */
#include "measure.h"
#include "execsnoop.skel.h"

static void load_once(void)
{
	struct execsnoop_bpf *skel = execsnoop_bpf__open_and_load();

	must(skel && !execsnoop_bpf__attach(skel), "execsnoop_bpf__attach");
	execsnoop_bpf__destroy(skel);
}

int main(void)
{
	uint64_t started = now();

	load_once();
	print("first load", 1, now() - started, 0);
	started = now();
	for (int count = 0; count < LOADS; count++)
		load_once();
	print("load again", LOADS, now() - started, 0);
	return 0;
}
