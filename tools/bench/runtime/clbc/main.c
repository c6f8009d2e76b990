/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* main events|maps OBJECT: the skeleton that lbc generates of runtime.bpf.c. */
#include "measure.h"
#include "runtime.skel.h"

static struct event batch[4096];

static struct runtime_bpf *open_loaded(void)
{
	struct runtime_bpf *skel = runtime_bpf__open_and_load();

	must(skel != NULL, "runtime_bpf__open_and_load");
	return skel;
}

static int64_t sum_of(const struct event *event)
{
	return event->number + event->time + event->pid + event->cpu + event->result + event->flags;
}

static int on_event(void *context, const struct event *event, size_t size)
{
	(void)size;
	*(int64_t *)context += sum_of(event);
	return 0;
}

/* Polls and batches hand out some at a time: each gives how many, and adds to the sum. */
static int poll_some(struct runtime_bpf *skel, int64_t *sum)
{
	return runtime_bpf__poll_events(skel, on_event, NULL, sum, 0);
}

static int read_some(struct runtime_bpf *skel, int64_t *sum)
{
	int count = runtime_bpf__read_events(skel, batch, sizeof(batch) / sizeof(*batch), 0);

	for (int i = 0; i < count; i++)
		*sum += sum_of(&batch[i]);
	return count;
}

static void drain(const char *measure, int (*some)(struct runtime_bpf *skel, int64_t *sum))
{
	struct runtime_bpf *skel = open_loaded();
	char packet[64] = { 0 };
	uint64_t elapsed = 0;
	int64_t sum = 0;

	for (int round = 0; round < ROUNDS; round++) {
		LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet, .data_size_in = sizeof(packet),
			    .repeat = EVENTS);
		uint64_t started;

		must(!bpf_prog_test_run_opts(bpf_program__fd(skel->progs.fill), &options), "bpf_prog_test_run_opts");
		started = now();
		for (int left = EVENTS, count; left > 0; left -= count) {
			count = some(skel, &sum);
			must(count > 0, measure);
		}
		elapsed += now() - started;
	}
	print(measure, (uint64_t)ROUNDS * EVENTS, elapsed, sum);
	runtime_bpf__destroy(skel);
}

static int add_entry(void *context, const __u32 *key, const __u64 *value)
{
	*(int64_t *)context += *key + *value;
	return 0;
}

static void operations(struct runtime_bpf *skel)
{
	uint64_t started = now();
	int64_t sum = 0;

	for (__u32 round = 0; round < ROUNDS; round++) {
		for (__u32 key = 0; key < ENTRIES; key++) {
			__u64 value = key + round;

			must(!runtime_bpf__update_counts(skel, &key, &value, BPF_ANY), "update");
		}
	}
	print("update", (uint64_t)ROUNDS * ENTRIES, now() - started, 0);
	started = now();
	for (int round = 0; round < ROUNDS; round++) {
		for (__u32 key = 0; key < ENTRIES; key++) {
			__u64 value;

			must(!runtime_bpf__lookup_counts(skel, &key, &value), "lookup");
			sum += value;
		}
	}
	print("lookup", (uint64_t)ROUNDS * ENTRIES, now() - started, sum);
}

static void batches(struct runtime_bpf *skel)
{
	static __u32 keys[ENTRIES];
	static __u64 values[ENTRIES];
	uint64_t started;
	int64_t sum = 0;

	for (__u32 key = 0; key < ENTRIES; key++)
		values[key] = keys[key] = key;
	started = now();
	for (int round = 0; round < ROUNDS; round++)
		must(clbc_map__update_all(skel->maps.counts, keys, sizeof(*keys), values, sizeof(*values), ENTRIES,
					  BPF_ANY) == ENTRIES,
		     "batch update");
	print("batch update", (uint64_t)ROUNDS * ENTRIES, now() - started, 0);
	started = now();
	for (int round = 0; round < ROUNDS; round++)
		must(!runtime_bpf__for_each_counts(skel, add_entry, &sum), "batch lookup");
	print("batch lookup", (uint64_t)ROUNDS * ENTRIES, now() - started, sum);
}

int main(int argc, char **argv)
{
	struct runtime_bpf *skel;

	if (argc != 3)
		return 2;
	if (!strcmp(argv[1], "events")) {
		drain("single events", poll_some);
		drain("batches", read_some);
		return 0;
	}
	skel = open_loaded();
	operations(skel);
	batches(skel);
	runtime_bpf__destroy(skel);
	return 0;
}
