/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Every kind of hook of the fixture attach.bpf.c, attached through its skeleton. */
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include "test.h"
#include "attach.skel.h"

/* Parses a line of /proc/self/maps: the path of libc. */
static const char *libc_path(void)
{
	static char path[512];
	char line[1024];
	FILE *maps = fopen("/proc/self/maps", "r");

	CHECK(maps);
	path[0] = '\0';
	while (!path[0] && fgets(line, sizeof(line), maps)) {
		const char *start = strchr(line, '/');

		if (start && strstr(start, "/libc.so") && sscanf(start, "%511s", path) != 1)
			path[0] = '\0';
	}
	fclose(maps);
	CHECK(path[0]);
	return path;
}

/* A child that exits through libc's exit() with a status. */
static pid_t run_child(int status)
{
	pid_t child = fork();

	if (child == 0)
		exit(status);
	CHECK(child > 0 && waitpid(child, NULL, 0) == child);
	return child;
}

static struct attach_bpf *open_loaded(void)
{
	struct attach_bpf *skel = attach_bpf__open();

	CHECK(skel);
	skel->rodata->target_pid = getpid();
	CHECK_OK(attach_bpf__load(skel));
	return skel;
}

static int remember(void *ctx, const struct hit *hit, size_t size)
{
	CHECK(size == sizeof(*hit));
	*(struct hit *)ctx = *hit;
	return 0;
}

/* parity: links.tracepoint, links.raw-tracepoint, links.tp-btf */
static void tracepoints_are_attached_by_their_sections(void)
{
	struct attach_bpf *skel = open_loaded();
	struct hit hit;

	CHECK_OK(attach_bpf__attach(skel));
	run_child(0);
	CHECK(CLBC_READ(skel->bss->hits[TRACEPOINT]) == 1);
	CHECK(CLBC_READ(skel->bss->hits[RAW_TRACEPOINT]) == 1);
	CHECK(CLBC_READ(skel->bss->hits[TP_BTF]) == 1);
	CHECK(attach_bpf__poll_events(skel, remember, NULL, &hit, 1000) == 3);
	CHECK(hit.pid == (__u32)getpid() && hit.value == (__u64)getpid());
	attach_bpf__detach(skel);
	run_child(0);
	CHECK(CLBC_READ(skel->bss->hits[TP_BTF]) == 1);
	attach_bpf__destroy(skel);
}

static void one_program_is_attached_and_its_link_is_owned(void)
{
	struct attach_bpf *skel = open_loaded();

	CHECK_OK(attach_bpf__attach_on_tp_btf(skel));
	CHECK(attach_bpf__attach_on_tp_btf(skel) == -CLBC_ALREADY_ATTACHED);
	run_child(0);
	CHECK(CLBC_READ(skel->bss->hits[TP_BTF]) == 1 && CLBC_READ(skel->bss->hits[TRACEPOINT]) == 0);
	CHECK_OK(attach_bpf__detach_on_tp_btf(skel));
	CHECK(!skel->links.on_tp_btf);
	run_child(0);
	CHECK(CLBC_READ(skel->bss->hits[TP_BTF]) == 1);
	CHECK_OK(attach_bpf__attach_to_on_tracepoint(skel, "sched", "sched_process_fork"));
	CHECK_OK(attach_bpf__attach_to_on_raw_tracepoint(skel, "sched_process_fork"));
	run_child(0);
	CHECK(CLBC_READ(skel->bss->hits[TRACEPOINT]) == 1 && CLBC_READ(skel->bss->hits[RAW_TRACEPOINT]) == 1);
	attach_bpf__destroy(skel);
}

/* parity: links.uprobe, helpers.target */
static void probes_of_libc_are_attached_at_run_time(void)
{
	struct attach_bpf *skel = attach_bpf__open_and_load();
	struct hit hit = { HOOKS, 0, 0 };
	pid_t child;

	CHECK(skel);
	CHECK_OK(attach_bpf__attach_to_on_uprobe(skel, -1, libc_path(), "exit", 0));
	CHECK_OK(attach_bpf__attach_to_on_uretprobe(skel, getpid(), libc_path(), "getppid", 0));
	child = run_child(21);
	/* other processes may exit meanwhile: the event of ours has its process id */
	for (int i = 0; i < 100 && hit.pid != (__u32)child; i++)
		CHECK_OK(attach_bpf__poll_events(skel, remember, NULL, &hit, 100));
	CHECK(hit.hook == UPROBE && hit.value == 21);
	CHECK(getppid() > 0);
	CHECK_OK(attach_bpf__poll_events(skel, remember, NULL, &hit, 1000));
	CHECK(CLBC_READ(skel->bss->hits[URETPROBE]) >= 1);
	attach_bpf__destroy(skel);
}

/* parity: links.socket-filter */
static void a_socket_filter_sees_the_packets_of_its_socket(void)
{
	struct attach_bpf *skel = open_loaded();
	struct hit hit = { HOOKS, 0, 0 };
	char received[16];
	int pair[2];

	CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
	CHECK_OK(attach_bpf__attach_to_on_packet(skel, pair[1]));
	CHECK(write(pair[0], "twelve bytes", 12) == 12);
	CHECK(read(pair[1], received, sizeof(received)) == 12);
	CHECK(attach_bpf__poll_events(skel, remember, NULL, &hit, 1000) == 1);
	CHECK(hit.hook == SOCKET_FILTER && hit.value == 12);
	close(pair[0]);
	close(pair[1]);
	attach_bpf__destroy(skel);
}

/* parity: programs.test-run */
static void an_xdp_program_runs_on_test_packets(void)
{
	struct attach_bpf *skel = open_loaded();
	unsigned char packet[64] = { 0xff };

	CHECK(run_once(skel->progs.on_xdp, packet, sizeof(packet)) == XDP_DROP);
	packet[0] = 0;
	CHECK(run_once(skel->progs.on_xdp, packet, sizeof(packet)) == XDP_PASS);
	CHECK(CLBC_READ(skel->bss->hits[XDP_HOOK]) == 2);
	attach_bpf__destroy(skel);
}

static void before_load_nothing_is_attached(void)
{
	struct attach_bpf *skel = attach_bpf__open();

	CHECK(skel);
	CHECK(attach_bpf__attach_on_tp_btf(skel) == -CLBC_NOT_LOADED);
	CHECK(attach_bpf__attach_to_on_packet(skel, 0) == -CLBC_NOT_LOADED);
	CHECK(attach_bpf__attach(skel) == -CLBC_NOT_LOADED);
	CHECK(!skel->links.on_tp_btf);
	CHECK_OK(attach_bpf__set_autoload_on_tp_btf(skel, false));
	CHECK_OK(attach_bpf__load(skel));
	CHECK(attach_bpf__attach_on_tp_btf(skel) == -CLBC_AUTOLOAD_OFF);
	attach_bpf__destroy(skel);
}

/* parity: links.again */
static void attach_leaves_what_is_attached_and_attaches_the_rest(void)
{
	struct attach_bpf *skel = open_loaded();
	struct bpf_link *first;

	CHECK_OK(attach_bpf__attach(skel));
	first = skel->links.on_tp_btf;
	CHECK_OK(attach_bpf__detach_on_raw_tracepoint(skel));
	CHECK_OK(attach_bpf__attach(skel));
	CHECK(skel->links.on_tp_btf == first && skel->links.on_raw_tracepoint);
	run_child(0);
	CHECK(CLBC_READ(skel->bss->hits[TP_BTF]) == 1 && CLBC_READ(skel->bss->hits[RAW_TRACEPOINT]) == 1);
	attach_bpf__destroy(skel);
}

/* parity: programs.autoattach */
static void a_program_whose_autoattach_is_off_is_left_to_its_user(void)
{
	struct attach_bpf *skel = open_loaded();

	bpf_program__set_autoattach(skel->progs.on_tp_btf, false);
	CHECK_OK(attach_bpf__attach(skel));
	CHECK(!skel->links.on_tp_btf && skel->links.on_tracepoint);
	CHECK_OK(attach_bpf__attach_on_tp_btf(skel));
	attach_bpf__destroy(skel);
}

/* parity: links.rollback */
static void a_failed_attach_detaches_what_it_attached_and_no_more(void)
{
	struct attach_bpf *skel = open_loaded();
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	CHECK_OK(attach_bpf__attach_on_tracepoint(skel));
	/* the kernel finds no program behind the descriptor of the one that is attached last */
	CHECK(null >= 0 && dup2(null, bpf_program__fd(skel->progs.on_tp_btf)) >= 0);
	CHECK(attach_bpf__attach(skel) == -EINVAL);
	CHECK(skel->links.on_tracepoint && !skel->links.on_raw_tracepoint && !skel->links.on_tp_btf);
	run_child(0);
	CHECK(CLBC_READ(skel->bss->hits[TRACEPOINT]) == 1 && CLBC_READ(skel->bss->hits[RAW_TRACEPOINT]) == 0);
	close(null);
	attach_bpf__destroy(skel);
}

void test_attach(void)
{
	RUN(tracepoints_are_attached_by_their_sections);
	RUN(one_program_is_attached_and_its_link_is_owned);
	RUN(probes_of_libc_are_attached_at_run_time);
	RUN(a_socket_filter_sees_the_packets_of_its_socket);
	RUN(an_xdp_program_runs_on_test_packets);
	RUN(before_load_nothing_is_attached);
	RUN(attach_leaves_what_is_attached_and_attaches_the_rest);
	RUN(a_program_whose_autoattach_is_off_is_left_to_its_user);
	RUN(a_failed_attach_detaches_what_it_attached_and_no_more);
}
