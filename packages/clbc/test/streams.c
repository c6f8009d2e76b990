/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Ring and perf buffers of the fixture maps.bpf.c through its skeleton. */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <sys/time.h>
#include "test.h"
#include "maps.skel.h"

static const char packet[64];

struct seen {
	__u64 next_seq;
	int count;
	int stop_after;
	__u64 lost;
};

static struct maps_bpf *open_loaded(void)
{
	struct maps_bpf *skel = maps_bpf__open_and_load();

	CHECK(skel);
	return skel;
}

static void fill(const struct bpf_program *prog, int times)
{
	for (int i = 0; i < times; i++)
		run_once(prog, packet, sizeof(packet));
}

static int on_measurement(void *ctx, const struct measurement *sample, size_t size)
{
	struct seen *seen = (struct seen *)ctx;

	CHECK(size == sizeof(*sample) && (size_t)sample % 8 == 0);
	CHECK(sample->seq == seen->next_seq++);
	CHECK(sample->kind == (sample->seq & 7) && sample->level == -(int)(sample->seq & 15));
	CHECK(sample->rest == 0xabcdef && sample->color == GREEN && !strcmp(sample->comm, "sample"));
	CHECK(sample->addr.bytes[0] == 127 && sample->addr.bytes[3] == 1);
	return ++seen->count == seen->stop_after ? -ECANCELED : 0;
}

static void on_lost(void *ctx, int cpu, __u64 count)
{
	CHECK(cpu >= 0);
	((struct seen *)ctx)->lost += count;
}

/* parity: events.ring */
static void a_poll_delivers_what_is_there_and_waits_for_nothing_else(void)
{
	struct maps_bpf *skel = open_loaded();
	struct seen seen = { 0, 0, 0, 0 };

	CHECK(maps_bpf__poll_ring(skel, on_measurement, on_lost, &seen, 0) == 0);
	fill(skel->progs.fill_ring, 20);
	CHECK(maps_bpf__poll_ring(skel, on_measurement, on_lost, &seen, -1) == 20);
	CHECK(maps_bpf__poll_ring(skel, on_measurement, on_lost, &seen, 20) == 0);
	CHECK(seen.count == 20 && seen.lost == 0);
	maps_bpf__destroy(skel);
}

static void a_negative_result_of_the_callback_ends_the_poll_and_loses_nothing(void)
{
	struct maps_bpf *skel = open_loaded();
	struct seen seen = { 0, 0, 5, 0 };

	fill(skel->progs.fill_ring, 8);
	CHECK(maps_bpf__poll_ring(skel, on_measurement, NULL, &seen, 0) == -ECANCELED && seen.count == 5);
	CHECK(maps_bpf__poll_ring(skel, on_measurement, NULL, &seen, 0) == 3 && seen.count == 8);
	maps_bpf__destroy(skel);
}

/* Records of several CPUs come in no order: only their number and content are checked. */
static int on_any_measurement(void *ctx, const struct measurement *sample, size_t size)
{
	struct seen *seen = (struct seen *)ctx;

	CHECK(size == sizeof(*sample) && (size_t)sample % 8 == 0 && sample->rest == 0xabcdef);
	return ++seen->count == seen->stop_after ? -ECANCELED : 0;
}

/* parity: events.perf */
static void a_perf_record_is_as_long_as_its_type_and_a_poll_stops_between_two(void)
{
	struct maps_bpf *skel = open_loaded();
	struct seen seen = { 0, 0, 3, 0 };

	CHECK(maps_bpf__poll_perf(skel, on_any_measurement, on_lost, &seen, 0) == 0);
	fill(skel->progs.fill_perf, 10);
	CHECK(maps_bpf__poll_perf(skel, on_any_measurement, on_lost, &seen, -1) == -ECANCELED && seen.count == 3);
	while (seen.count < 10)
		CHECK_OK(maps_bpf__poll_perf(skel, on_any_measurement, on_lost, &seen, 1000));
	CHECK(seen.count == 10 && seen.lost == 0 && maps_bpf__lost_perf(skel) == 0);
	CHECK(CLBC_READ(skel->bss->dropped) == 0);
	maps_bpf__destroy(skel);
}

static void what_is_sent_before_the_first_poll_is_kept(void)
{
	struct maps_bpf *skel = open_loaded();
	struct seen seen = { 0, 0, 0, 0 };

	fill(skel->progs.fill_perf, 3);
	CHECK(maps_bpf__poll_perf(skel, on_any_measurement, NULL, &seen, 0) == 3);
	maps_bpf__destroy(skel);
}

/* parity: helpers.lost */
static void a_full_perf_buffer_reports_what_it_lost(void)
{
	struct maps_bpf *skel = open_loaded();
	struct seen seen = { 0, 0, 0, 0 };
	cpu_set_t all;
	__u64 refused = 0, sent = 0;

	CHECK(sched_getaffinity(0, sizeof(all), &all) == 0);
	stay_on(0);
	for (; sent < 1000 * 1000 && !refused; sent += 1000) {
		fill(skel->progs.fill_perf, 1000);
		refused = CLBC_READ(skel->bss->dropped);
	}
	while ((__u64)seen.count < sent - refused)
		CHECK(maps_bpf__poll_perf(skel, on_any_measurement, on_lost, &seen, 1000) > 0);
	fill(skel->progs.fill_perf, 1); /* with which the kernel tells the loss */
	CHECK(maps_bpf__poll_perf(skel, on_any_measurement, on_lost, &seen, 1000) == 1);
	CHECK(refused > 0 && seen.lost == refused && maps_bpf__lost_perf(skel) == refused);
	CHECK(sched_setaffinity(0, sizeof(all), &all) == 0);
	maps_bpf__destroy(skel);
}

/* Whether a record of the CPU `other` comes while each read takes less than `busy` sends. */
static bool comes_in_turn(int busy, int other)
{
	struct maps_bpf *skel = open_loaded();
	struct measurement samples[4];
	bool came = false;

	stay_on(other);
	fill(skel->progs.fill_perf, 1);
	stay_on(busy);
	for (int i = 0; i < 20 && !came; i++) {
		fill(skel->progs.fill_perf, 5);
		CHECK(maps_bpf__read_perf(skel, samples, 4, 0) > 0);
		came = samples[0].cpu == (__u32)other;
	}
	maps_bpf__destroy(skel);
	return came;
}

static void a_busy_cpu_does_not_keep_the_records_of_another_one_waiting(void)
{
	int first = -1, last = -1;
	cpu_set_t all;

	CHECK(sched_getaffinity(0, sizeof(all), &all) == 0);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &all))
			continue;
		last = cpu;
		if (first < 0)
			first = cpu;
	}
	CHECK(comes_in_turn(first, last) && comes_in_turn(last, first));
	CHECK(sched_setaffinity(0, sizeof(all), &all) == 0);
}

static void batches_fill_an_array_and_leave_the_rest(void)
{
	struct maps_bpf *skel = open_loaded();
	struct measurement samples[8];

	fill(skel->progs.fill_ring, 11);
	CHECK(maps_bpf__read_ring(skel, samples, 8, -1) == 8);
	CHECK(samples[0].seq == 0 && samples[7].seq == 7 && samples[7].level == -7);
	CHECK(maps_bpf__read_ring(skel, samples, 8, -1) == 3 && samples[2].seq == 10);
	CHECK(maps_bpf__read_ring(skel, samples, 8, 10) == 0);
	CHECK(maps_bpf__read_ring(skel, samples, 0, 10) == -EINVAL);
	maps_bpf__destroy(skel);
}

static int on_record(void *ctx, const void *record, size_t size)
{
	int *count = (int *)ctx;

	CHECK(size == (size_t)(*count % 32) + 1);
	for (size_t i = 0; i < size; i++)
		CHECK(((const unsigned char *)record)[i] == i);
	++*count;
	return 0;
}

static void records_without_a_type_are_bytes_of_their_own_length(void)
{
	struct maps_bpf *skel = open_loaded();
	int count = 0;

	fill(skel->progs.fill_records, 40);
	CHECK(maps_bpf__poll_records(skel, on_record, NULL, &count, -1) == 40);
	maps_bpf__destroy(skel);
}

static int on_never(void *ctx, const void *record, size_t size)
{
	(void)ctx, (void)record;
	CHECK(size >= 8);
	return 0;
}

static void a_record_below_the_minimum_is_an_error_and_is_skipped(void)
{
	struct maps_bpf *skel = open_loaded();
	struct clbc_stream *stream = NULL;
	struct clbc_stop stop;
	char batch[2][8];

	CHECK_OK(clbc_stop__init(&stop));
	CHECK_OK(clbc_stream__ensure(&stream, skel->maps.records, &stop, 8, 32));
	fill(skel->progs.fill_records, 9); /* 1 to 9 bytes: seven are too short */
	for (int i = 0; i < 7; i++)
		CHECK(clbc_stream__poll(stream, on_never, NULL, NULL, 0) == -CLBC_SHORT_RECORD);
	CHECK(clbc_stream__poll(stream, on_never, NULL, NULL, 0) == 2);

	/* a batch hands out what came before the error, then the error */
	CLBC_WRITE(skel->bss->produced, 31);
	fill(skel->progs.fill_records, 2);
	CHECK(clbc_stream__read(stream, batch, 2, 0) == 1);
	CHECK(clbc_stream__read(stream, batch, 2, 0) == -CLBC_SHORT_RECORD);
	CHECK(clbc_stream__read(stream, batch, 2, 0) == 0);
	clbc_stream__free(stream);
	clbc_stop__close(&stop);
	maps_bpf__destroy(skel);
}

static void *stop_soon(void *skel)
{
	struct timespec pause = { 0, 50 * 1000 * 1000 };

	nanosleep(&pause, NULL);
	maps_bpf__stop((struct maps_bpf *)skel);
	return NULL;
}

/* parity: events.stop */
static void a_stop_ends_a_wait_without_limit_and_every_later_one(void)
{
	struct maps_bpf *skel = open_loaded();
	struct seen seen = { 0, 0, 0, 0 };
	pthread_t thread;

	CHECK(pthread_create(&thread, NULL, stop_soon, skel) == 0);
	CHECK(maps_bpf__poll_ring(skel, on_measurement, NULL, &seen, -1) == -CLBC_STOPPED);
	CHECK(maps_bpf__poll_perf(skel, on_measurement, NULL, &seen, -1) == -CLBC_STOPPED);
	CHECK(pthread_join(thread, NULL) == 0);
	maps_bpf__destroy(skel);
}

static void on_alarm(int signal)
{
	(void)signal;
}

static void a_signal_ends_a_wait(void)
{
	struct maps_bpf *skel = open_loaded();
	struct itimerval soon = { { 0, 20000 }, { 0, 20000 } }, never = { { 0, 0 }, { 0, 0 } };
	struct sigaction action;
	struct seen seen = { 0, 0, 0, 0 };

	memset(&action, 0, sizeof(action));
	action.sa_handler = on_alarm;
	CHECK(sigaction(SIGALRM, &action, NULL) == 0);
	CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0);
	CHECK(maps_bpf__poll_ring(skel, on_measurement, NULL, &seen, -1) == -EINTR);
	CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
	maps_bpf__destroy(skel);
}

static void a_descriptor_is_readable_when_events_wait(void)
{
	struct maps_bpf *skel = open_loaded();
	struct pollfd fd = { maps_bpf__fd_ring(skel), POLLIN, 0 };
	struct seen seen = { 0, 0, 0, 0 };

	CHECK(fd.fd >= 0);
	CHECK(poll(&fd, 1, 0) == 0);
	fill(skel->progs.fill_ring, 1);
	CHECK(poll(&fd, 1, 1000) == 1);
	CHECK(maps_bpf__poll_ring(skel, on_measurement, NULL, &seen, 0) == 1);
	CHECK(poll(&fd, 1, 0) == 0);
	maps_bpf__destroy(skel);
}

/* parity: events.several */
static void one_wait_is_for_several_streams(void)
{
	struct maps_bpf *skel = open_loaded();
	struct clbc_stream *streams[CLBC_STREAMS_MAX + 1];
	struct seen seen = { 0, 0, 0, 0 };

	CHECK(maps_bpf__fd_ring(skel) >= 0 && maps_bpf__fd_perf(skel) >= 0);
	streams[0] = skel->streams.ring;
	streams[1] = skel->streams.perf;
	CHECK(clbc_streams__wait(streams, 2, 0) == 0);
	fill(skel->progs.fill_perf, 1);
	CHECK(clbc_streams__wait(streams, 2, -1) == 1);
	CHECK(maps_bpf__poll_perf(skel, on_any_measurement, NULL, &seen, 0) == 1);
	fill(skel->progs.fill_perf, 1);
	fill(skel->progs.fill_ring, 1);
	CHECK(clbc_streams__wait(streams, 2, -1) > 0); /* the interrupts that tell of records come one by one */
	CHECK(maps_bpf__poll_perf(skel, on_any_measurement, NULL, &seen, 0) == 1);
	CHECK(maps_bpf__poll_ring(skel, on_any_measurement, NULL, &seen, 0) == 1);
	maps_bpf__stop(skel);
	CHECK(clbc_streams__wait(streams, 2, -1) == -CLBC_STOPPED);
	CHECK(clbc_streams__wait(streams, 0, 0) == -EINVAL);
	CHECK(clbc_streams__wait(streams, CLBC_STREAMS_MAX + 1, 0) == -EINVAL);
	maps_bpf__destroy(skel);
}

void test_streams(void)
{
	RUN(a_poll_delivers_what_is_there_and_waits_for_nothing_else);
	RUN(a_negative_result_of_the_callback_ends_the_poll_and_loses_nothing);
	RUN(a_perf_record_is_as_long_as_its_type_and_a_poll_stops_between_two);
	RUN(what_is_sent_before_the_first_poll_is_kept);
	RUN(a_full_perf_buffer_reports_what_it_lost);
	RUN(a_busy_cpu_does_not_keep_the_records_of_another_one_waiting);
	RUN(batches_fill_an_array_and_leave_the_rest);
	RUN(records_without_a_type_are_bytes_of_their_own_length);
	RUN(a_record_below_the_minimum_is_an_error_and_is_skipped);
	RUN(a_stop_ends_a_wait_without_limit_and_every_later_one);
	RUN(a_signal_ends_a_wait);
	RUN(a_descriptor_is_readable_when_events_wait);
	RUN(one_wait_is_for_several_streams);
}
