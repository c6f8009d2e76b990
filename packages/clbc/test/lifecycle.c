/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Rounds from open to destroy, and those that fail on their way, leave no descriptor and nothing in the kernel. */
#include <fcntl.h>
#include <pthread.h>
#include <sys/wait.h>
#include "test.h"
#include "attach.skel.h"
#include "maps.skel.h"
#include "refused.skel.h"

/* What a round has in the kernel: two programs of the attach fixture with their links, and two maps. */
struct round_ids {
	__u32 programs[2], links[2], maps[2];
};

static int count_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static __u32 program_id(const struct bpf_program *prog)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	CHECK_OK(bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &size));
	return info.id;
}

static __u32 link_id(const struct bpf_link *link)
{
	struct bpf_link_info info = {};
	__u32 size = sizeof(info);

	CHECK_OK(bpf_obj_get_info_by_fd(bpf_link__fd(link), &info, &size));
	return info.id;
}

static __u32 map_id(const struct bpf_map *map)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);

	CHECK_OK(bpf_obj_get_info_by_fd(bpf_map__fd(map), &info, &size));
	return info.id;
}

static int count_hit(void *ctx, const struct hit *hit, size_t size)
{
	(void)hit;
	CHECK(size == sizeof(*hit));
	++*(int *)ctx;
	return 0;
}

static struct round_ids run_round(void)
{
	struct attach_bpf *skel = attach_bpf__open();
	struct round_ids ids;
	int hits = 0;
	pid_t child;

	CHECK(skel);
	skel->rodata->target_pid = getpid();
	CHECK_OK(attach_bpf__load(skel));
	CHECK_OK(attach_bpf__attach(skel));
	ids.programs[0] = program_id(skel->progs.on_tp_btf);
	ids.programs[1] = program_id(skel->progs.on_raw_tracepoint);
	ids.links[0] = link_id(skel->links.on_tp_btf);
	ids.links[1] = link_id(skel->links.on_raw_tracepoint);
	ids.maps[0] = map_id(skel->maps.events);
	ids.maps[1] = map_id(skel->maps.bss);
	child = fork();
	if (child == 0)
		_exit(0);
	CHECK(child > 0 && waitpid(child, NULL, 0) == child);
	CHECK(attach_bpf__poll_events(skel, count_hit, NULL, &hits, 1000) == 3 && hits == 3);
	attach_bpf__destroy(skel);
	return ids;
}

/* Whether an id is taken; a descriptor that finds it is closed. */
static bool is_there(int fd)
{
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static int count_objects(const struct round_ids *ids)
{
	int count = 0;

	for (int i = 0; i < 2; i++) {
		count += is_there(bpf_prog_get_fd_by_id(ids->programs[i]));
		count += is_there(bpf_link_get_fd_by_id(ids->links[i]));
		count += is_there(bpf_map_get_fd_by_id(ids->maps[i]));
	}
	return count;
}

/* parity: errors.rounds */
static void rounds_leave_nothing(void)
{
	int rounds = from_environment("LBC_ROUNDS", 50), before, left = 1;
	struct round_ids *ids = calloc(rounds, sizeof(*ids));

	CHECK(ids);
	run_round(); /* what libbpf keeps, it has after the first one */
	before = count_descriptors();
	for (int round = 0; round < rounds; round++)
		ids[round] = run_round();
	CHECK(count_descriptors() == before);
	/* the kernel frees maps some grace periods after the last program that used them */
	for (int wait = 0; wait < 6000 && left; wait++) {
		left = 0;
		for (int round = 0; round < rounds && !left; round++)
			left = count_objects(&ids[round]);
		if (left)
			usleep(10 * 1000);
	}
	CHECK(left == 0);
	free(ids);
}

static void fail_to_open(void)
{
	struct bpf_object_open_opts opts = { .sz = 1 };

	CHECK(!attach_bpf__open_opts(&opts) && errno == EINVAL);
}

static void fail_to_load(void)
{
	struct refused_bpf *skel = refused_bpf__open();

	CHECK(skel);
	CHECK_OK(refused_bpf__set_autoload_unchecked_pointer(skel, true));
	CHECK(refused_bpf__load(skel) == -EACCES);
	refused_bpf__destroy(skel);
}

static void fail_to_attach(void)
{
	struct attach_bpf *skel = attach_bpf__open_and_load();
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	CHECK(skel && null >= 0 && dup2(null, bpf_program__fd(skel->progs.on_tp_btf)) >= 0);
	CHECK(attach_bpf__attach(skel) == -EINVAL);
	close(null);
	attach_bpf__destroy(skel);
}

static int refuse(void *ctx, const struct measurement *sample, size_t size)
{
	(void)ctx, (void)sample, (void)size;
	return -ECANCELED;
}

static void fail_to_read(void)
{
	static const char packet[64];
	struct maps_bpf *skel = maps_bpf__open_and_load();

	CHECK(skel);
	run_once(skel->progs.fill_ring, packet, sizeof(packet));
	CHECK(maps_bpf__poll_ring(skel, refuse, NULL, NULL, 0) == -ECANCELED);
	maps_bpf__destroy(skel);
}

static int ignore_message(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level, (void)format, (void)args;
	return 0;
}

/* parity: errors.failures */
static void failures_at_each_step_leave_no_descriptor(void)
{
	void (*const steps[])(void) = { fail_to_open, fail_to_load, fail_to_attach, fail_to_read };
	libbpf_print_fn_t print = libbpf_set_print(ignore_message);

	for (size_t step = 0; step < sizeof(steps) / sizeof(*steps); step++) {
		int before = count_descriptors();

		for (int round = from_environment("LBC_ROUNDS", 50) / 10; round >= 0; round--)
			steps[step]();
		CHECK(count_descriptors() == before);
	}
	libbpf_set_print(print);
}

struct nested {
	struct maps_bpf *skel;
	int inner;
};

static int poll_again(void *ctx, const struct measurement *sample, size_t size)
{
	struct nested *nested = (struct nested *)ctx;

	(void)sample, (void)size;
	nested->inner = maps_bpf__poll_ring(nested->skel, refuse, NULL, NULL, 0);
	return 0;
}

/* parity: events.one-reader */
static void a_second_reader_of_a_stream_is_refused(void)
{
	static const char packet[64];
	struct maps_bpf *skel = maps_bpf__open_and_load();
	struct nested nested = { skel, 0 };
	struct measurement sample;

	CHECK(skel);
	run_once(skel->progs.fill_ring, packet, sizeof(packet));
	CHECK(maps_bpf__poll_ring(skel, poll_again, NULL, &nested, 0) == 1 && nested.inner == -CLBC_BUSY);
	run_once(skel->progs.fill_ring, packet, sizeof(packet));
	CHECK(maps_bpf__read_ring(skel, &sample, 1, 0) == 1 && sample.seq == 1);
	maps_bpf__destroy(skel);
}

static void *open_ring(void *skel)
{
	CHECK(maps_bpf__fd_ring((struct maps_bpf *)skel) >= 0);
	return NULL;
}

static void threads_that_open_a_stream_at_once_share_it(void)
{
	int before = count_descriptors();

	for (int round = 0; round < 20; round++) {
		struct maps_bpf *skel = maps_bpf__open_and_load();
		pthread_t threads[4];

		CHECK(skel);
		for (int i = 0; i < 4; i++)
			CHECK(pthread_create(&threads[i], NULL, open_ring, skel) == 0);
		for (int i = 0; i < 4; i++)
			CHECK(pthread_join(threads[i], NULL) == 0);
		maps_bpf__destroy(skel);
	}
	CHECK(count_descriptors() == before);
}

void test_lifecycle(void)
{
	RUN(rounds_leave_nothing);
	RUN(failures_at_each_step_leave_no_descriptor);
	RUN(a_second_reader_of_a_stream_is_refused);
	RUN(threads_that_open_a_stream_at_once_share_it);
}
