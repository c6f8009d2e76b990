/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The kinds of maps of the fixture kinds.bpf.c through its skeleton, in a BPF file system of the tests' own. */
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "test.h"
#include "kinds.skel.h"

static const char packet[2048];
static char folder[] = "/tmp/clbc-bpf-XXXXXX";

/* Leaves out a map, and a program that uses it, on kernels before a version. */
static void need(int major, int minor, struct bpf_map *map, struct bpf_program *prog)
{
	if (!kernel_is_before(major, minor))
		return;
	CHECK_OK(bpf_map__set_autocreate(map, false));
	if (prog)
		CHECK_OK(bpf_program__set_autoload(prog, false));
}

static struct kinds_bpf *open_in_folder(void)
{
	struct bpf_object_open_opts opts = { .sz = sizeof(opts), .pin_root_path = folder };
	struct kinds_bpf *skel = kinds_bpf__open_opts(&opts);

	CHECK(skel);
	need(5, 11, skel->maps.by_task, skel->progs.mark_task);
	need(5, 16, skel->maps.seen, skel->progs.remember);
	need(6, 1, skel->maps.commands, skel->progs.take_commands);
	need(6, 2, skel->maps.by_cgroup, NULL);
	return skel;
}

static struct kinds_bpf *open_loaded(void)
{
	struct kinds_bpf *skel = open_in_folder();

	CHECK_OK(kinds_bpf__load(skel));
	return skel;
}

/* Runs a program on a packet of that length, before which stands an Ethernet header. */
static int run_length(const struct bpf_program *prog, __u32 length)
{
	return run_once(prog, packet, length + 14);
}

static int count_entries(void *ctx, const struct prefix *key, const __u32 *value)
{
	CHECK(*value == key->bits);
	++*(int *)ctx;
	return 0;
}

/* parity: maps.lpm */
static void the_longest_prefix_of_a_trie_wins(void)
{
	struct kinds_bpf *skel = open_loaded();
	struct prefix wide = { 8, { 10 } }, narrow = { 24, { 10, 1, 2 } }, other = { 32, { 10, 9 } };
	__u32 value = 8;
	int entries = 0;

	CHECK_OK(kinds_bpf__update_routes(skel, &wide, &value, BPF_ANY));
	value = 24;
	CHECK_OK(kinds_bpf__update_routes(skel, &narrow, &value, BPF_ANY));
	CHECK(run_length(skel->progs.route, 64) == 24);
	CHECK_OK(kinds_bpf__lookup_routes(skel, &other, &value));
	CHECK(value == 8);
	CHECK_OK(kinds_bpf__for_each_routes(skel, count_entries, &entries));
	CHECK(entries == 2);
	CHECK_OK(kinds_bpf__delete_routes(skel, &narrow));
	CHECK(run_length(skel->progs.route, 64) == 8);
	kinds_bpf__destroy(skel);
}

/* parity: maps.queue, maps.bloom */
static void queues_stacks_and_filters_have_no_keys(void)
{
	struct kinds_bpf *skel = open_loaded();
	__u64 value;

	for (__u64 length = 50; length <= 60; length += 10) {
		CHECK(run_length(skel->progs.remember, length) == 0);
		CHECK_OK(kinds_bpf__push_seen(skel, &length, BPF_ANY));
		CHECK_OK(kinds_bpf__peek_seen(skel, &length));
	}
	value = 51;
	CHECK(kinds_bpf__peek_seen(skel, &value) == -ENOENT);
	CHECK_OK(kinds_bpf__peek_queue(skel, &value));
	CHECK(value == 50);
	CHECK(kinds_bpf__pop_queue(skel, &value) == 0 && value == 50);
	CHECK(kinds_bpf__pop_queue(skel, &value) == 0 && value == 60);
	CHECK(kinds_bpf__pop_queue(skel, &value) == -ENOENT);
	CHECK(kinds_bpf__pop_lifo(skel, &value) == 0 && value == 60);
	CHECK(kinds_bpf__pop_lifo(skel, &value) == 0 && value == 50);
	for (value = 0; value < 4; value++)
		CHECK_OK(kinds_bpf__push_queue(skel, &value, BPF_ANY));
	CHECK(kinds_bpf__push_queue(skel, &value, BPF_ANY) == -E2BIG);
	CHECK_OK(kinds_bpf__push_queue(skel, &value, BPF_EXIST));
	CHECK(kinds_bpf__pop_queue(skel, &value) == 0 && value == 1);
	kinds_bpf__destroy(skel);
}

/* A descriptor of the root of cgroup v2, or a negative one where it is not mounted. */
static int open_cgroup(void)
{
	FILE *mounts = fopen("/proc/self/mounts", "r");
	char line[1024], path[512];
	int fd = -1;

	CHECK(mounts);
	while (fd < 0 && fgets(line, sizeof(line), mounts))
		if (sscanf(line, "%*s %511s cgroup2", path) == 1 && strstr(line, " cgroup2 "))
			fd = open(path, O_RDONLY | O_CLOEXEC);
	fclose(mounts);
	return fd;
}

/* parity: maps.task-storage, maps.socket-storage, maps.cgroup-storage */
static void storages_are_reached_by_descriptors(void)
{
	struct kinds_bpf *skel = open_loaded();
	int task = (int)syscall(SYS_pidfd_open, getpid(), 0), sock = socket(AF_INET, SOCK_DGRAM, 0);
	int cgroup = open_cgroup();
	__u64 value = 42;

	CHECK(task >= 0 && sock >= 0);
	CHECK(kinds_bpf__lookup_by_task(skel, &task, &value) == -ENOENT);
	CHECK_OK(kinds_bpf__update_by_task(skel, &task, &value, BPF_NOEXIST));
	CHECK_OK(kinds_bpf__update_by_socket(skel, &sock, &value, BPF_NOEXIST));
	value = 0;
	CHECK(kinds_bpf__lookup_by_task(skel, &task, &value) == 0 && value == 42);
	CHECK(kinds_bpf__lookup_by_socket(skel, &sock, &value) == 0 && value == 42);
	if (cgroup >= 0 && !kernel_is_before(6, 2)) {
		CHECK_OK(kinds_bpf__update_by_cgroup(skel, &cgroup, &value, BPF_NOEXIST));
		value = 0;
		CHECK(kinds_bpf__lookup_by_cgroup(skel, &cgroup, &value) == 0 && value == 42);
		CHECK_OK(kinds_bpf__delete_by_cgroup(skel, &cgroup));
	}
	CHECK_OK(kinds_bpf__delete_by_task(skel, &task));
	CHECK_OK(kinds_bpf__delete_by_socket(skel, &sock));
	close(task);
	close(sock);
	close(cgroup);
	kinds_bpf__destroy(skel);
}

/* parity: maps.map-in-map */
static void maps_in_maps_are_made_put_and_opened(void)
{
	struct kinds_bpf *skel = open_loaded();
	int inner = clbc_map__create_like(skel->maps.inner, 0), again;
	__u32 key = 7, slot = 1;
	__u64 name = 5, count = 10;

	CHECK_OK(inner);
	CHECK_OK(bpf_map_update_elem(inner, &key, &count, BPF_ANY));
	CHECK_OK(clbc_map__update(skel->maps.named_tables, &name, sizeof(name), &inner, sizeof(inner), BPF_ANY));
	close(inner);
	run_length(skel->progs.nested, 64);
	CHECK(run_length(skel->progs.nested, 64) == 2 + 12);
	again = clbc_map__open_inner(skel->maps.named_tables, &name, sizeof(name));
	CHECK_OK(again);
	CHECK(bpf_map_lookup_elem(again, &key, &count) == 0 && count == 12);
	close(again);
	CHECK_OK(kinds_bpf__delete_named_tables(skel, &name));
	CHECK(clbc_map__open_inner(skel->maps.named_tables, &name, sizeof(name)) == -ENOENT);
	CHECK_OK(kinds_bpf__delete_tables(skel, &slot));
	CHECK(run_length(skel->progs.nested, 64) == 0);
	CHECK_OK(kinds_bpf__put_tables(skel, &slot, skel->maps.inner));
	CHECK(run_length(skel->progs.nested, 64) == 3);
	kinds_bpf__destroy(skel);
}

/* parity: maps.program-array, programs.tail-call */
static void tail_calls_go_where_the_prog_array_says(void)
{
	struct kinds_bpf *skel = open_loaded();

	CHECK(run_length(skel->progs.first, 1) == 2 && run_length(skel->progs.first, 0) == 1);
	CHECK_OK(kinds_bpf__put_steps(skel, 0, skel->progs.third));
	CHECK(run_length(skel->progs.first, 0) == 3);
	CHECK_OK(kinds_bpf__delete_steps(skel, 0));
	CHECK(run_length(skel->progs.first, 0) == 1);
	kinds_bpf__destroy(skel);
}

/* parity: maps.devices, maps.sockets */
static void redirect_maps_take_devices_cpus_and_sockets(void)
{
	struct kinds_bpf *skel = open_loaded();
	struct kinds_bpf_devmap_val device = { .ifindex = if_nametoindex("lo") };
	struct kinds_bpf_cpumap_val cpu = { .qsize = 192 };
	struct sockaddr_in nowhere = { .sin_family = AF_INET,
				       .sin_port = htons(9),
				       .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int sock = socket(AF_INET, SOCK_DGRAM, 0);
	__u32 zero = 0, two = 2, behind = 99;
	__u64 fd = sock;

	CHECK_OK(kinds_bpf__update_devices(skel, &two, &device, BPF_ANY));
	device.ifindex = 0;
	CHECK(kinds_bpf__lookup_devices(skel, &two, &device) == 0 && device.ifindex == if_nametoindex("lo"));
	CHECK_OK(kinds_bpf__update_cpus(skel, &zero, &cpu, BPF_ANY));
	cpu.qsize = 0;
	CHECK(kinds_bpf__lookup_cpus(skel, &zero, &cpu) == 0 && cpu.qsize == 192);
	CHECK(sock >= 0 && connect(sock, (struct sockaddr *)&nowhere, sizeof(nowhere)) == 0);
	CHECK_OK(kinds_bpf__update_sockets(skel, &two, &fd, BPF_ANY));
	CHECK_OK(kinds_bpf__delete_sockets(skel, &two));
	CHECK(kinds_bpf__update_devices(skel, &behind, &device, BPF_ANY) == -E2BIG);
	close(sock);
	kinds_bpf__destroy(skel);
}

struct drain {
	struct kinds_bpf *skel;
	int taken;
};

static int take_commands(const struct kinds_bpf *skel)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	CHECK_OK(bpf_prog_test_run_opts(bpf_program__fd(skel->progs.take_commands), &opts));
	return (int)opts.retval;
}

static void *drain_soon(void *ctx)
{
	struct drain *drain = (struct drain *)ctx;

	usleep(50 * 1000);
	drain->taken = take_commands(drain->skel);
	return NULL;
}

/* parity: maps.user-ring */
static void programs_take_what_a_user_ring_buffer_is_sent(void)
{
	struct kinds_bpf *skel = open_loaded();
	struct user_ring_buffer *sender = NULL;
	struct drain drain = { skel, 0 };
	__u32 command[2] = { 0, 0 };
	static char large[8192];
	pthread_t thread;
	int sent = 0;

	CHECK_OK(clbc_sender__ensure(&sender, skel->maps.commands));
	CHECK_OK(clbc_sender__ensure(&sender, skel->maps.commands));
	for (int round = 0; round < 300; round++) { /* many times around the ring */
		for (command[1] = 0; command[1] < 3; command[1]++)
			CHECK_OK(clbc_sender__send(sender, command, sizeof(command), 0));
		CHECK(take_commands(skel) == 3);
	}
	CHECK(CLBC_READ(skel->bss->operands) == 900 && CLBC_READ(skel->bss->commands_seen) == 900);
	while (!clbc_sender__send(sender, command, sizeof(command), 0))
		sent++;
	CHECK(sent == 4096 / 16);
	CHECK(clbc_sender__send(sender, command, sizeof(command), 20) == -ENOSPC);
	CHECK(pthread_create(&thread, NULL, drain_soon, &drain) == 0);
	CHECK_OK(clbc_sender__send(sender, command, sizeof(command), 5000));
	CHECK(pthread_join(thread, NULL) == 0 && drain.taken + take_commands(skel) == 257);
	CHECK(clbc_sender__send(sender, large, sizeof(large), 0) == -E2BIG);
	user_ring_buffer__free(sender);
	kinds_bpf__destroy(skel);
}

/* parity: maps.mapped */
static void an_array_is_mapped_into_memory(void)
{
	struct kinds_bpf *skel = open_loaded();
	__u64 *values, value;
	size_t size;

	values = (__u64 *)clbc_map__mmap(skel->maps.mapped, &size);
	CHECK(values && size == 8192);
	CLBC_WRITE(values[599], 1000);
	run_length(skel->progs.write_mapped, 50);
	CHECK(CLBC_READ(values[599]) == 1050);
	CLBC_WRITE(values[3], 7);
	CHECK(kinds_bpf__lookup_mapped(skel, 3, &value) == 0 && value == 7);
	CHECK(munmap(values, size) == 0);
	CHECK(!clbc_map__mmap(skel->maps.inner, &size) && errno == ENOTSUP);
	kinds_bpf__destroy(skel);
}

/* Front ends need no programs but those that libbpf puts into an array of programs. */
static struct kinds_bpf *open_front_end(void)
{
	struct kinds_bpf *skel = open_in_folder();
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, skel->obj)
	    CHECK_OK(bpf_program__set_autoload(prog, prog == skel->progs.second));
	CHECK_OK(kinds_bpf__load(skel));
	return skel;
}

/* parity: maps.pin, maps.open-pinned */
static void a_front_end_works_with_what_a_loader_pinned(void)
{
	struct kinds_bpf *loader = open_loaded(), *front_end;
	__u64 value = 11;
	char path[64];
	__u32 one = 1;

	CHECK_OK(kinds_bpf__update_lbc_shared(loader, &one, &value, BPF_ANY));
	front_end = open_front_end();
	kinds_bpf__destroy(loader);
	value = 0;
	CHECK(kinds_bpf__lookup_lbc_shared(front_end, &one, &value) == 0 && value == 11);
	kinds_bpf__destroy(front_end);

	front_end = open_in_folder();
	snprintf(path, sizeof(path), "%s/lbc_shared", folder);
	CHECK(clbc_map__reuse_pinned(front_end->maps.queue, path) == -EINVAL);
	CHECK(clbc_map__reuse_pinned(front_end->maps.inner, "/none") == -ENOENT);
	kinds_bpf__destroy(front_end);
	CHECK(unlink(path) == 0);
}

/* parity: maps.reuse, maps.freeze */
static void a_map_is_pinned_reused_and_frozen(void)
{
	struct kinds_bpf *skel = open_loaded(), *other = open_in_folder();
	__u64 value = 33;
	__u32 three = 3;
	char path[64];

	snprintf(path, sizeof(path), "%s/table", folder);
	CHECK_OK(bpf_map__pin(skel->maps.inner, path));
	CHECK_OK(kinds_bpf__update_inner(skel, &three, &value, BPF_ANY));
	CHECK_OK(clbc_map__reuse_pinned(other->maps.inner, path));
	CHECK_OK(kinds_bpf__load(other));
	value = 0;
	CHECK(kinds_bpf__lookup_inner(other, &three, &value) == 0 && value == 33);
	CHECK_OK(bpf_map__unpin(skel->maps.inner, path));
	CHECK(access(path, F_OK) != 0);
	CHECK_OK(bpf_map_freeze(bpf_map__fd(skel->maps.inner)));
	CHECK(kinds_bpf__update_inner(other, &three, &value, BPF_ANY) == -EPERM);
	kinds_bpf__destroy(other);
	kinds_bpf__destroy(skel);
}

struct taken {
	__u64 sum;
	int count;
};

static int add_taken(void *ctx, const void *key, const void *value)
{
	struct taken *taken = (struct taken *)ctx;

	CHECK(*(const __u64 *)value == *(const __u32 *)key * 10ULL);
	taken->sum += *(const __u64 *)value;
	return ++taken->count == 1000 ? -EINVAL : 0;
}

/* parity: maps.batch */
static void many_entries_move_with_one_call(void)
{
	struct kinds_bpf *skel = open_in_folder();
	__u32 keys[1000], missing = 5000;
	__u64 values[1000];
	struct taken taken = { 0, 0 };

	CHECK_OK(kinds_bpf__set_max_entries_inner(skel, 1500));
	CHECK_OK(kinds_bpf__load(skel));
	for (__u32 i = 0; i < 1000; i++) {
		keys[i] = i;
		values[i] = i * 10;
	}
	CHECK(clbc_map__update_all(skel->maps.inner, keys, 4, values, 8, 1000, BPF_NOEXIST) == 1000);
	CHECK(clbc_map__update_all(skel->maps.inner, keys, 4, values, 8, 1, BPF_NOEXIST) == 0 && errno == EEXIST);
	/* the callback's own error ends a walk, and starts no second one */
	CHECK(clbc_map__for_each(skel->maps.inner, 4, 8, false, add_taken, &taken) == -EINVAL && taken.count == 1000);
	CHECK(clbc_map__delete_all(skel->maps.inner, keys, 4, 100) == 100);
	CHECK(clbc_map__delete_all(skel->maps.inner, &missing, 4, 1) == 0 && errno == ENOENT);
	CHECK(clbc_map__delete_all(skel->maps.inner, keys, 4, 0) == 0);
	memset(&taken, 0, sizeof(taken));
	CHECK_OK(clbc_map__take_all(skel->maps.inner, 4, 8, false, add_taken, &taken));
	CHECK(taken.count == 900 && taken.sum == (999 * 1000 / 2 - 99 * 100 / 2) * 10);
	CHECK_OK(clbc_map__take_all(skel->maps.inner, 4, 8, false, add_taken, &taken));
	CHECK(taken.count == 900);
	kinds_bpf__destroy(skel);
}

void test_kinds(void)
{
	CHECK(mkdtemp(folder) && mount("bpf", folder, "bpf", 0, NULL) == 0);
	RUN(the_longest_prefix_of_a_trie_wins);
	RUN_SINCE(5, 16, queues_stacks_and_filters_have_no_keys, "bloom filters");
	RUN_SINCE(5, 11, storages_are_reached_by_descriptors, "storage of tasks");
	RUN(maps_in_maps_are_made_put_and_opened);
	RUN(tail_calls_go_where_the_prog_array_says);
	RUN(redirect_maps_take_devices_cpus_and_sockets);
	RUN_SINCE(6, 1, programs_take_what_a_user_ring_buffer_is_sent, "user ring buffers");
	RUN(an_array_is_mapped_into_memory);
	RUN(a_front_end_works_with_what_a_loader_pinned);
	RUN(a_map_is_pinned_reused_and_frozen);
	RUN(many_entries_move_with_one_call);
	CHECK(umount(folder) == 0 && rmdir(folder) == 0);
}
