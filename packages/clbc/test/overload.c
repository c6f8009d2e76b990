/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* More is sent than can be read: every event is delivered or counted as lost, memory stays, the loop keeps its time. */
#include <pthread.h>
#include <time.h>
#include <unistd.h>
#include "test.h"
#include "maps.skel.h"

static const char packet[64];

struct producer {
	pthread_t thread;
	const struct bpf_program *prog;
	int cpu;
	int *stop;
};

struct tally {
	__u64 count, lost;
};

static void *produce(void *arg)
{
	const struct producer *producer = (const struct producer *)arg;
	struct bpf_test_run_opts opts = {
		.sz = sizeof(opts), .data_in = packet, .data_size_in = sizeof(packet), .repeat = 1000
	};

	stay_on(producer->cpu);
	while (!__atomic_load_n(producer->stop, __ATOMIC_RELAXED))
		CHECK_OK(bpf_prog_test_run_opts(bpf_program__fd(producer->prog), &opts));
	return NULL;
}

static int count_measurement(void *ctx, const struct measurement *sample, size_t size)
{
	CHECK(size == sizeof(*sample) && sample->rest == 0xabcdef && !strcmp(sample->comm, "sample"));
	((struct tally *)ctx)->count++;
	return 0;
}

static void count_lost(void *ctx, int cpu, __u64 count)
{
	(void)cpu;
	((struct tally *)ctx)->lost += count;
}

static long resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long pages;

	CHECK(file && fscanf(file, "%*d %ld", &pages) == 1);
	fclose(file);
	return pages * sysconf(_SC_PAGESIZE);
}

static double seconds_since(const struct timespec *begun)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - begun->tv_sec) + (double)(now.tv_nsec - begun->tv_nsec) / 1e9;
}

typedef int (*poll_fn)(struct maps_bpf *skel, maps_bpf__ring_fn on_event, clbc_lost_fn on_lost, void *ctx,
		       int timeout_ms);

/* Nobody reads yet: a fast reader alone could keep up with the producers, and nothing would be lost. */
static void wait_for_losses(struct maps_bpf *skel)
{
	struct timespec begun;

	clock_gettime(CLOCK_MONOTONIC, &begun);
	while (!CLBC_READ(skel->bss->dropped)) {
		CHECK(seconds_since(&begun) < 30);
		usleep(1000);
	}
}

/* Reads until nothing comes for a moment: the interrupt that wakes the reader may be late. */
static void drain(struct maps_bpf *skel, poll_fn poll, struct tally *tally)
{
	int read;

	while ((read = poll(skel, count_measurement, count_lost, tally, 100)) > 0)
		continue;
	CHECK_OK(read);
}

/* Loses events, then reads for some seconds while all CPUs send. */
static void overload(struct maps_bpf *skel, const struct bpf_program *prog, poll_fn poll, struct tally *tally)
{
	int seconds = from_environment("LBC_OVERLOAD_SECONDS", 5), cpus = clbc_cpu_count(), stop = 0;
	struct producer *producers = calloc(cpus, sizeof(*producers));
	double longest = 0, last = 0, now = 0;
	struct timespec begun;
	long early = 0;

	CHECK(producers);
	for (int cpu = 0; cpu < cpus; cpu++) {
		producers[cpu] = (struct producer){ 0, prog, cpu, &stop };
		CHECK(pthread_create(&producers[cpu].thread, NULL, produce, &producers[cpu]) == 0);
	}
	wait_for_losses(skel);
	clock_gettime(CLOCK_MONOTONIC, &begun);
	for (; now < seconds; last = now) {
		CHECK_OK(poll(skel, count_measurement, count_lost, tally, 100));
		now = seconds_since(&begun);
		longest = now - last > longest ? now - last : longest;
		if (!early && now > seconds / 5.0)
			early = resident_bytes();
	}
	CHECK(longest < 1);
	CHECK(resident_bytes() - early < 1 << 20);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (int cpu = 0; cpu < cpus; cpu++)
		CHECK(pthread_join(producers[cpu].thread, NULL) == 0);
	drain(skel, poll, tally);
	free(producers);
}

/* parity: events.bounded */
static void an_overloaded_ring_buffer_delivers_or_counts_every_event(void)
{
	struct maps_bpf *skel = maps_bpf__open_and_load();
	struct tally tally = { 0, 0 };

	CHECK(skel);
	overload(skel, skel->progs.fill_ring, maps_bpf__poll_ring, &tally);
	CHECK(tally.lost == 0);
	CHECK(tally.count + CLBC_READ(skel->bss->dropped) == CLBC_READ(skel->bss->produced));
	maps_bpf__destroy(skel);
}

/* parity: events.lost */
static void an_overloaded_perf_buffer_delivers_or_reports_every_event(void)
{
	struct maps_bpf *skel = maps_bpf__open_and_load();
	struct tally tally = { 0, 0 };
	cpu_set_t before;

	CHECK(skel && sched_getaffinity(0, sizeof(before), &before) == 0);
	overload(skel, skel->progs.fill_perf, maps_bpf__poll_perf, &tally);
	for (int cpu = 0; cpu < clbc_cpu_count();
	     cpu++) { /* the kernel tells of losses with the next record of a CPU */
		stay_on(cpu);
		run_once(skel->progs.fill_perf, packet, sizeof(packet));
	}
	CHECK(sched_setaffinity(0, sizeof(before), &before) == 0);
	drain(skel, maps_bpf__poll_perf, &tally);
	CHECK(tally.lost == CLBC_READ(skel->bss->dropped));
	CHECK(tally.lost == maps_bpf__lost_perf(skel));
	CHECK(tally.count + tally.lost == CLBC_READ(skel->bss->produced));
	maps_bpf__destroy(skel);
}

void test_overload(void)
{
	RUN(an_overloaded_ring_buffer_delivers_or_counts_every_event);
	RUN(an_overloaded_perf_buffer_delivers_or_reports_every_event);
}
