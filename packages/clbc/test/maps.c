/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Maps and globals of the fixture maps.bpf.c through its skeleton. */
#include "test.h"
#include "externs.skel.h"
#include "maps.skel.h"

static const char packet[64];

static struct maps_bpf *open_touched(void)
{
	struct maps_bpf *skel = maps_bpf__open_and_load();

	CHECK(skel);
	CHECK(run_once(skel->progs.touch_maps, packet, sizeof(packet)) == 42 + 'h');
	return skel;
}

/* parity: data.constants, data.live, data.sections */
static void globals_are_set_before_load_and_live_after_it(void)
{
	struct maps_bpf *skel = maps_bpf__open();

	CHECK(skel);
	CHECK(skel->rodata->step == 1 && !strcmp(skel->rodata->greeting, "hello"));
	CHECK(skel->data->tuned == 7 && skel->data_config->limits.limit == 42 && skel->data_config->limits.mode == 3);
	skel->rodata->greeting[0] = 'J';
	CHECK_OK(maps_bpf__load(skel));
	CHECK(run_once(skel->progs.touch_maps, packet, sizeof(packet)) == 42 + 'J');
	CHECK(CLBC_READ(skel->bss->produced) == 1);
	CHECK(skel->bss->slots[1].delta == -5 && skel->bss->slots[1].color == BLUE);

	CLBC_WRITE(skel->data_config->limits.limit, 100);
	CLBC_WRITE(skel->bss->produced, 41);
	CHECK(run_once(skel->progs.touch_maps, packet, sizeof(packet)) == 100 + 'J');
	CHECK(CLBC_READ(skel->bss->produced) == 42);
	maps_bpf__destroy(skel);
}

/* parity: maps.hash, maps.update-modes */
static void a_hash_map_is_read_written_and_deleted_by_type(void)
{
	struct maps_bpf *skel = open_touched();
	struct flow_key key = { .id = 1, .port = 80 };
	struct flow flow;

	CHECK_OK(maps_bpf__lookup_hash_map(skel, &key, &flow));
	CHECK(flow.count == 1 && flow.delta == -5 && flow.color == BLUE && !strcmp(flow.name, "touched"));
	flow.count = 99;
	CHECK(maps_bpf__update_hash_map(skel, &key, &flow, BPF_NOEXIST) == -EEXIST);
	CHECK_OK(maps_bpf__update_hash_map(skel, &key, &flow, BPF_EXIST));
	CHECK_OK(maps_bpf__delete_hash_map(skel, &key));
	CHECK(maps_bpf__lookup_hash_map(skel, &key, &flow) == -ENOENT);
	CHECK(maps_bpf__delete_hash_map(skel, &key) == -ENOENT);
	maps_bpf__destroy(skel);
}

/* parity: maps.take */
static void an_entry_is_taken_out_of_a_hash_map(void)
{
	struct maps_bpf *skel = open_touched();
	struct flow_key key = { .id = 1, .port = 80 };
	struct flow flow;

	CHECK_OK(maps_bpf__take_hash_map(skel, &key, &flow));
	CHECK(flow.count == 1 && flow.delta == -5);
	CHECK(maps_bpf__take_hash_map(skel, &key, &flow) == -ENOENT);
	maps_bpf__destroy(skel);
}

/* parity: maps.array */
static void an_lru_hash_and_an_array_are_read_by_type(void)
{
	struct maps_bpf *skel = open_touched();
	struct flow flow;
	__u32 one = 1;
	__u64 count;

	CHECK_OK(maps_bpf__lookup_lru_map(skel, &one, &count));
	CHECK(count == 1);
	CHECK_OK(maps_bpf__lookup_array_map(skel, 1, &flow));
	CHECK(flow.count == 1 && flow.color == BLUE);
	flow.color = GREEN;
	CHECK_OK(maps_bpf__update_array_map(skel, 3, &flow, BPF_ANY));
	CHECK_OK(maps_bpf__lookup_array_map(skel, 3, &flow));
	CHECK(flow.color == GREEN);
	CHECK(maps_bpf__lookup_array_map(skel, 4, &flow) == -ENOENT);
	maps_bpf__destroy(skel);
}

/* parity: maps.per-cpu */
static void per_cpu_values_come_as_one_array(void)
{
	struct maps_bpf *skel = open_touched();
	int cpus = clbc_cpu_count();
	__u32 one = 1, *narrow, total = 0;
	__u64 *wide, sum = 0;

	CHECK(cpus > 0);
	narrow = (__u32 *)calloc(cpus + 1, sizeof(*narrow));
	wide = (__u64 *)calloc(cpus, sizeof(*wide));
	CHECK(narrow && wide);

	/* touch_maps counted once, on one CPU */
	CHECK_OK(maps_bpf__lookup_percpu_map(skel, &one, wide, cpus));
	for (int cpu = 0; cpu < cpus; cpu++)
		sum += wide[cpu];
	CHECK(sum == 1);

	/* values of 4 bytes stand 8 bytes apart in the kernel's answer: the array after them stays as it is */
	narrow[cpus] = 0xdecade;
	CHECK_OK(maps_bpf__lookup_percpu_slots(skel, 1, narrow, cpus));
	for (int cpu = 0; cpu < cpus; cpu++)
		total += narrow[cpu];
	CHECK(total == 7 && narrow[cpus] == 0xdecade);
	for (int cpu = 0; cpu < cpus; cpu++)
		narrow[cpu] = 10 + cpu;
	CHECK_OK(maps_bpf__update_percpu_slots(skel, 0, narrow, cpus, BPF_ANY));
	memset(narrow, 0, cpus * sizeof(*narrow));
	CHECK_OK(maps_bpf__lookup_percpu_slots(skel, 0, narrow, cpus));
	for (int cpu = 0; cpu < cpus; cpu++)
		CHECK(narrow[cpu] == 10 + (__u32)cpu);
	CHECK(maps_bpf__lookup_percpu_slots(skel, 0, narrow, cpus - 1) == -CLBC_TOO_FEW_VALUES);

	CHECK_OK(maps_bpf__lookup_lru_percpu_map(skel, &one, narrow, cpus));
	free(narrow);
	free(wide);
	maps_bpf__destroy(skel);
}

static int delete_if_even(void *ctx, const __u32 *key, const __u64 *value)
{
	CHECK(*value == *key * 10);
	return *key % 2 ? 0 : maps_bpf__delete_lru_map((const struct maps_bpf *)ctx, key);
}

static int count_entry(void *ctx, const __u32 *key, const __u64 *value)
{
	(void)value;
	CHECK(*key % 2 == 1);
	++*(int *)ctx;
	return 0;
}

static int stop_at_first(void *ctx, const __u32 *key, const __u64 *value)
{
	(void)key, (void)value;
	++*(int *)ctx;
	return 17;
}

/* parity: maps.iterate */
static void a_walk_may_delete_the_entry_it_is_at(void)
{
	struct maps_bpf *skel = maps_bpf__open_and_load();
	int entries = 0, visited = 0;

	CHECK(skel);
	for (__u32 key = 0; key < 40; key++) {
		__u64 value = key * 10;

		CHECK_OK(maps_bpf__update_lru_map(skel, &key, &value, BPF_ANY));
	}
	CHECK_OK(maps_bpf__for_each_lru_map(skel, delete_if_even, skel));
	CHECK_OK(maps_bpf__for_each_lru_map(skel, count_entry, &entries));
	CHECK(entries == 20);
	CHECK(maps_bpf__for_each_lru_map(skel, stop_at_first, &visited) == 17 && visited == 1);
	maps_bpf__destroy(skel);
}

static int sum_all_cpus(void *ctx, const __u32 *key, const __u32 *values)
{
	for (int cpu = 0; cpu < clbc_cpu_count(); cpu++)
		((__u32 *)ctx)[*key] += values[cpu];
	return 0;
}

static void a_walk_over_per_cpu_values_gives_those_of_all_cpus(void)
{
	struct maps_bpf *skel = open_touched();
	__u32 sums[2] = { 0, 0 };

	CHECK_OK(maps_bpf__for_each_percpu_slots(skel, sum_all_cpus, sums));
	CHECK(sums[0] == 0 && sums[1] == 7);
	maps_bpf__destroy(skel);
}

static void before_load_maps_tell_that_they_are_not_loaded(void)
{
	struct maps_bpf *skel = maps_bpf__open();
	__u32 one = 1;
	__u64 value;
	int visited = 0;

	CHECK(skel);
	CHECK(maps_bpf__lookup_lru_map(skel, &one, &value) == -CLBC_NOT_LOADED);
	CHECK(maps_bpf__update_lru_map(skel, &one, &value, BPF_ANY) == -CLBC_NOT_LOADED);
	CHECK(maps_bpf__delete_lru_map(skel, &one) == -CLBC_NOT_LOADED);
	CHECK(maps_bpf__for_each_lru_map(skel, count_entry, &visited) == -CLBC_NOT_LOADED);
	CHECK(maps_bpf__poll_ring(skel, NULL, NULL, NULL, 0) == -CLBC_NOT_LOADED);
	maps_bpf__destroy(skel);
}

/* libbpf has a descriptor of another file in place of a map that is not made, from 1.4 on. */
static bool is_a_map(int fd)
{
	struct bpf_map_info info = { 0 };
	__u32 length = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &length) == 0;
}

/* parity: maps.max-entries, maps.autocreate, programs.autoload */
static void sizes_and_autoload_are_chosen_before_load(void)
{
	struct maps_bpf *skel = maps_bpf__open();
	__u64 value = 0;

	CHECK(skel);
	CHECK(!bpf_program__autoload(skel->progs.optional));
	CHECK_OK(maps_bpf__set_autoload_optional(skel, true));
	CHECK_OK(maps_bpf__set_autoload_fill_perf(skel, false));
	CHECK_OK(bpf_map__set_autocreate(skel->maps.perf, false));
	CHECK_OK(maps_bpf__set_max_entries_lru_percpu_map(skel, 128));
	CHECK_OK(maps_bpf__set_max_entries_hash_map(skel, 1));
	CHECK_OK(maps_bpf__load(skel));
	CHECK(run_once(skel->progs.optional, packet, sizeof(packet)) == 7);
	CHECK(bpf_program__fd(skel->progs.fill_perf) < 0);
	CHECK(!is_a_map(bpf_map__fd(skel->maps.perf)) && is_a_map(bpf_map__fd(skel->maps.hash_map)));
	for (__u32 id = 0; id < 2; id++) {
		struct flow_key key = { .id = id, .port = 0 };
		struct flow flow = { .count = value, .delta = 0, .color = RED, .name = "" };

		CHECK(maps_bpf__update_hash_map(skel, &key, &flow, BPF_ANY) == (id ? -E2BIG : 0));
	}
	maps_bpf__destroy(skel);
}

/* parity: data.kconfig, data.ksym, data.kfunc */
static void externs_are_resolved_and_missing_weak_ones_are_zero(void)
{
	struct externs_bpf *skel = externs_bpf__open_and_load();

	CHECK(skel);
	run_once(skel->progs.read_externs, packet, sizeof(packet));
	CHECK(skel->bss->version >= 5 << 16 && skel->bss->hz >= 100 && skel->bss->address != 0);
	CHECK(skel->bss->has_bpf == 1 && skel->bss->has_option == 0);
	CHECK(skel->bss->has_symbol == 0 && skel->bss->has_function == 0);
	externs_bpf__destroy(skel);
}

void test_maps(void)
{
	RUN(globals_are_set_before_load_and_live_after_it);
	RUN(a_hash_map_is_read_written_and_deleted_by_type);
	RUN_SINCE(5, 14, an_entry_is_taken_out_of_a_hash_map, "taking entries of hash maps");
	RUN(an_lru_hash_and_an_array_are_read_by_type);
	RUN(per_cpu_values_come_as_one_array);
	RUN(a_walk_may_delete_the_entry_it_is_at);
	RUN(a_walk_over_per_cpu_values_gives_those_of_all_cpus);
	RUN(before_load_maps_tell_that_they_are_not_loaded);
	RUN(sizes_and_autoload_are_chosen_before_load);
	RUN(externs_are_resolved_and_missing_weak_ones_are_zero);
}
