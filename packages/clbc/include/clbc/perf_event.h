/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* perf_event programs on all CPUs: profiles at a frequency, and other events of perf_event_open(2). */
#ifndef CLBC_PERF_EVENT_H
#define CLBC_PERF_EVENT_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>
#include <linux/perf_event.h>
#include <bpf/libbpf.h>
#include "error.h"

/* One link for each online CPU, which end together. */
struct clbc_cpu_links {
	size_t count;
	struct bpf_link *links[];
};

/* Detaches all and frees them; NULL is allowed. */
static inline void clbc_cpu_links__destroy(struct clbc_cpu_links *links)
{
	if (!links)
		return;
	for (size_t i = 0; i < links->count; i++)
		bpf_link__destroy(links->links[i]);
	free(links);
}

/* Opens an event on one CPU and attaches to it; the link closes the event. */
static inline struct bpf_link *clbc_program__attach_on_cpu(const struct bpf_program *prog,
							   const struct perf_event_attr *attr, pid_t pid, int cpu)
{
	int fd = (int)syscall(SYS_perf_event_open, attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC), err;
	struct bpf_link *link;

	if (fd < 0)
		return NULL;
	link = bpf_program__attach_perf_event(prog, fd);
	if (!link) {
		err = errno;
		close(fd);
		errno = err;
	}
	return link;
}

/* Attaches on the CPUs of a list such as "0-3,8"; a CPU that is offline meanwhile is left out. */
static inline int clbc_cpu_links__attach(struct clbc_cpu_links *links, size_t capacity, FILE *list,
					 const struct bpf_program *prog, const struct perf_event_attr *attr, pid_t pid)
{
	int first, last;

	while (fscanf(list, "%d", &first) == 1) {
		if (fscanf(list, "-%d", &last) != 1)
			last = first;
		for (int cpu = first; cpu <= last && links->count < capacity; cpu++) {
			struct bpf_link *link = clbc_program__attach_on_cpu(prog, attr, pid, cpu);

			if (link)
				links->links[links->count++] = link;
			else if (errno != ENODEV)
				return -errno;
		}
		if (fgetc(list) != ',')
			break;
	}
	return links->count ? 0 : -ENODEV;
}

/*
 * Opens an event on every online CPU, of one process or (pid -1) of all, and attaches to all of them. The caller
 * destroys the links before the program's skeleton. NULL with errno where that fails.
 */
static inline struct clbc_cpu_links *clbc_program__attach_perf_events(const struct bpf_program *prog,
								      const struct perf_event_attr *attr, pid_t pid)
{
	int cpus = libbpf_num_possible_cpus(), err;
	struct clbc_cpu_links *links;
	FILE *list;

	if (cpus < 0) {
		errno = -cpus;
		return NULL;
	}
	links = (struct clbc_cpu_links *)calloc(1, sizeof(*links) + cpus * sizeof(links->links[0]));
	list = links ? fopen("/sys/devices/system/cpu/online", "re") : NULL;
	err = list ? clbc_cpu_links__attach(links, cpus, list, prog, attr, pid) : -errno;
	if (list)
		fclose(list);
	if (err) {
		clbc_cpu_links__destroy(links);
		errno = -err;
		return NULL;
	}
	return links;
}

/*
 * Runs the program on every online CPU, that many times a second while the CPU works; 99 is usual, as it does not beat
 * with what happens each millisecond. The kernel limits it to kernel.perf_event_max_sample_rate.
 */
static inline struct clbc_cpu_links *clbc_program__attach_profile(const struct bpf_program *prog, __u64 hertz)
{
	struct perf_event_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.size = sizeof(attr);
	attr.type = PERF_TYPE_SOFTWARE;
	attr.config = PERF_COUNT_SW_CPU_CLOCK;
	attr.sample_freq = hertz;
	attr.freq = 1;
	return clbc_program__attach_perf_events(prog, &attr, -1);
}

#endif /* CLBC_PERF_EVENT_H */
