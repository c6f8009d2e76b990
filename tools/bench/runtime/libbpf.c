/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* libbpf events|maps|load OBJECT: the peer by which the others are measured. See peer.ts for what it prints. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 10
#define EVENTS 200000
#define ENTRIES 10000
#define LOADS 20

struct event {
	uint64_t number;
	uint64_t time;
	uint32_t pid;
	uint32_t cpu;
	int32_t result;
	uint32_t flags;
};

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static void print(const char *measure, uint64_t count, uint64_t nanoseconds, int64_t sum)
{
	printf("{\"measure\":\"%s\",\"count\":%llu,\"nanoseconds\":%llu,\"sum\":%lld}\n", measure,
	       (unsigned long long)count, (unsigned long long)nanoseconds, (long long)sum);
}

static int fail(const char *what)
{
	fprintf(stderr, "%s failed\n", what);
	return 1;
}

static int on_event(void *context, void *data, size_t size)
{
	const struct event *event = data;
	int64_t *sum = context;

	(void)size;
	*sum += event->number + event->time + event->pid + event->cpu + event->result + event->flags;
	return 0;
}

static int events(struct bpf_object *object)
{
	int program = bpf_program__fd(bpf_object__find_program_by_name(object, "fill"));
	int map = bpf_object__find_map_fd_by_name(object, "events");
	char packet[64] = { 0 };
	int64_t sum = 0;
	struct ring_buffer *ring = ring_buffer__new(map, on_event, &sum, NULL);
	uint64_t elapsed = 0;

	if (!ring)
		return fail("ring_buffer__new");
	for (int round = 0; round < ROUNDS; round++) {
		LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet, .data_size_in = sizeof(packet),
			    .repeat = EVENTS);
		uint64_t started;

		if (bpf_prog_test_run_opts(program, &options))
			return fail("bpf_prog_test_run_opts");
		started = now();
		if (ring_buffer__consume(ring) != EVENTS)
			return fail("ring_buffer__consume");
		elapsed += now() - started;
	}
	print("single events", (uint64_t)ROUNDS * EVENTS, elapsed, sum);
	ring_buffer__free(ring);
	return 0;
}

static int maps(struct bpf_object *object)
{
	static uint32_t keys[ENTRIES];
	static uint64_t values[ENTRIES];
	int map = bpf_object__find_map_fd_by_name(object, "counts");
	int64_t sum = 0;
	uint64_t started = now();
	uint32_t cursor, count = ENTRIES;

	for (int round = 0; round < ROUNDS; round++) {
		for (uint32_t key = 0; key < ENTRIES; key++) {
			uint64_t value = key + round;

			if (bpf_map_update_elem(map, &key, &value, BPF_ANY))
				return fail("bpf_map_update_elem");
		}
	}
	print("update", (uint64_t)ROUNDS * ENTRIES, now() - started, 0);
	started = now();
	for (int round = 0; round < ROUNDS; round++) {
		for (uint32_t key = 0; key < ENTRIES; key++) {
			uint64_t value;

			if (bpf_map_lookup_elem(map, &key, &value))
				return fail("bpf_map_lookup_elem");
			sum += value;
		}
	}
	print("lookup", (uint64_t)ROUNDS * ENTRIES, now() - started, sum);
	for (uint32_t key = 0; key < ENTRIES; key++) {
		keys[key] = key;
		values[key] = key;
	}
	started = now();
	for (int round = 0; round < ROUNDS; round++) {
		if (bpf_map_update_batch(map, keys, values, &count, NULL))
			return fail("bpf_map_update_batch");
	}
	print("batch update", (uint64_t)ROUNDS * ENTRIES, now() - started, 0);
	sum = 0;
	started = now();
	for (int round = 0; round < ROUNDS; round++) {
		count = ENTRIES;
		/* The end of the map is ENOENT, with all entries read. */
		bpf_map_lookup_batch(map, NULL, &cursor, keys, values, &count, NULL);
		for (uint32_t index = 0; index < count; index++)
			sum += keys[index] + values[index];
	}
	print("batch lookup", (uint64_t)ROUNDS * ENTRIES, now() - started, sum);
	return 0;
}

static int load_once(const char *path)
{
	struct bpf_object *object = bpf_object__open(path);
	struct bpf_program *program;

	if (!object || bpf_object__load(object))
		return fail("bpf_object__load");
	bpf_object__for_each_program(program, object)
	{
		if (!bpf_program__attach(program))
			return fail("bpf_program__attach");
	}
	bpf_object__close(object);
	return 0;
}

static int load(const char *path)
{
	uint64_t started = now();

	if (load_once(path))
		return 1;
	print("first load", 1, now() - started, 0);
	started = now();
	for (int count = 0; count < LOADS; count++) {
		if (load_once(path))
			return 1;
	}
	print("load again", LOADS, now() - started, 0);
	return 0;
}

int main(int argc, char **argv)
{
	struct bpf_object *object;

	if (argc != 3)
		return 2;
	libbpf_set_print(NULL);
	if (!strcmp(argv[1], "load"))
		return load(argv[2]);
	object = bpf_object__open(argv[2]);
	if (!object || bpf_object__load(object))
		return fail("bpf_object__load");
	return strcmp(argv[1], "events") ? maps(object) : events(object);
}
