/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* LBC_EMIT() of the fixture emit.bpf.c, for a target with ring buffers and for one whose BTF has none. */
#include <fcntl.h>
#include <sys/stat.h>
#include "test.h"
#include "emit.skel.h"

static const char packet[64];

/* Writes the running kernel's BTF with one name changed: CO-RE does not find the ring buffer in it. Returns its path.
 */
static const char *btf_without_ringbuf(void)
{
	static const char name[] = "BPF_MAP_TYPE_RINGBUF", other[] = "BPF_MAP_TYPE_REMOVED";
	static char path[] = "/tmp/clbc-no-ringbuf-XXXXXX";
	int in = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC), out = mkstemp(path);
	struct stat info;
	char *btf, *found;
	ssize_t size = 0, got;

	CHECK(in >= 0 && out >= 0 && fstat(in, &info) == 0);
	btf = (char *)malloc(info.st_size);
	CHECK(btf);
	while ((got = read(in, btf + size, info.st_size - size)) > 0)
		size += got;
	found = (char *)memmem(btf, size, name, sizeof(name));
	CHECK(size == info.st_size && found);
	memcpy(found, other, sizeof(other));
	CHECK(write(out, btf, size) == size);
	free(btf);
	close(in);
	close(out);
	return path;
}

static int check_message(void *ctx, const struct message *message, size_t size)
{
	int *seen = (int *)ctx;

	CHECK(size == sizeof(*message) && message->number == (__u64)*seen && !strcmp(message->text, "emitted"));
	++*seen;
	return 0;
}

/* On one CPU, because the events of several perf buffers come in no order. */
static void send_and_check(struct emit_bpf *skel)
{
	cpu_set_t all;
	int seen = 0;

	CHECK(sched_getaffinity(0, sizeof(all), &all) == 0);
	stay_on(0);
	CHECK(emit_bpf__poll_messages(skel, check_message, NULL, &seen, 0) == 0);
	for (int i = 0; i < 3; i++)
		run_once(skel->progs.emit, packet, sizeof(packet));
	while (seen < 3)
		CHECK_OK(emit_bpf__poll_messages(skel, check_message, NULL, &seen, 1000));
	CHECK(sched_setaffinity(0, sizeof(all), &all) == 0);
	CHECK(CLBC_READ(skel->bss->sent) == 3 && emit_bpf__lost_messages(skel) == 0);
}

static void with_ring_buffers_events_go_through_one(void)
{
	struct emit_bpf *skel = emit_bpf__open_and_load();

	CHECK(skel && bpf_map__type(skel->maps.messages) == BPF_MAP_TYPE_RINGBUF);
	CHECK(bpf_map__max_entries(skel->maps.messages) == 64 * 1024);
	send_and_check(skel);
	emit_bpf__destroy(skel);
}

/* parity: events.fallback */
static void without_ring_buffers_events_go_through_perf_buffers(void)
{
	struct bpf_object_open_opts opts = { .sz = sizeof(opts), .btf_custom_path = btf_without_ringbuf() };
	struct emit_bpf *skel = emit_bpf__open_opts(&opts);

	CHECK(skel && bpf_map__type(skel->maps.messages) == BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	CHECK_OK(emit_bpf__load(skel));
	send_and_check(skel);
	emit_bpf__destroy(skel);
	CHECK(unlink(opts.btf_custom_path) == 0);
}

/* parity: core.btf-file */
static void the_environment_names_the_targets_types_where_the_program_does_not(void)
{
	const struct bpf_object_open_opts own = { .sz = sizeof(own), .btf_custom_path = "/sys/kernel/btf/vmlinux" };
	struct emit_bpf *skel;

	CHECK(setenv("LBC_BTF", "/no/such/file", 1) == 0);
	CHECK(!emit_bpf__open() && errno == ENOENT);
	skel = emit_bpf__open_opts(&own);
	CHECK(skel && bpf_map__type(skel->maps.messages) == BPF_MAP_TYPE_RINGBUF);
	emit_bpf__destroy(skel);
	CHECK(unsetenv("LBC_BTF") == 0);
}

void test_target(void)
{
	RUN(with_ring_buffers_events_go_through_one);
	RUN(without_ring_buffers_events_go_through_perf_buffers);
	RUN(the_environment_names_the_targets_types_where_the_program_does_not);
}
