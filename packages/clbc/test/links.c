/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Every kind of link of the fixture links.bpf.c, with the options of libbpf's own functions too. */
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/netfilter.h>
#include "test.h"
#include "hooks.skel.h"
#include "links.skel.h"

/* The slots of links.bpf.c, whose enum is in no type of the object. */
enum slot { TRACEPOINT, PERF_EVENT = 4, USDT, TC, TCX, CGROUP, MULTI = 10 };
/* And of hooks.bpf.c. */
enum { MESSAGE = 7 };

static struct links_bpf *open_loaded(void)
{
	struct links_bpf *skel = links_bpf__open();

	CHECK(skel);
	skel->rodata->target_pid = getpid();
	CHECK_OK(links_bpf__load(skel));
	return skel;
}

static void fork_once(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	CHECK(child > 0 && waitpid(child, NULL, 0) == child);
}

static void send_datagram(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9), .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int sock = socket(AF_INET, SOCK_DGRAM, 0);

	CHECK(sock >= 0 && sendto(sock, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)) == 5);
	close(sock);
}

/* parity: links.cookie */
static void a_link_of_libbpf_with_a_cookie_is_owned(void)
{
	struct links_bpf *skel = open_loaded();
	LIBBPF_OPTS(bpf_tracepoint_opts, opts, .bpf_cookie = 77);

	CHECK_OK(clbc_link__own(
	    &skel->links.on_tracepoint,
	    bpf_program__attach_tracepoint_opts(skel->progs.on_tracepoint, "sched", "sched_process_fork", &opts)));
	fork_once();
	CHECK(CLBC_READ(skel->bss->hits[TRACEPOINT]) == 1 && CLBC_READ(skel->bss->cookies[TRACEPOINT]) == 77);
	CHECK_OK(links_bpf__detach_on_tracepoint(skel));
	fork_once();
	CHECK(CLBC_READ(skel->bss->hits[TRACEPOINT]) == 1);
	links_bpf__destroy(skel);
}

#if defined(__x86_64__)
#define HAS_PROBE
/* A probe as <sys/sdt.h> makes it: -4@%ecx is a signed integer of 4 bytes in a register, $-3 a constant. */
static __attribute__((noinline)) void sell(int small, long *large)
{
	__asm__ volatile("990: nop\n.pushsection .note.stapsdt,\"\",\"note\"\n.balign 4\n"
			 ".4byte 992f-991f, 994f-993f, 3\n991: .asciz \"stapsdt\"\n992: .balign 4\n"
			 "993: .8byte 990b, _.stapsdt.base, 0\n.asciz \"shop\"\n.asciz \"sold\"\n"
			 ".asciz \"-4@%%ecx 8@8(%%rsi) -4@$-3\"\n994: .balign 4\n.popsection\n"
			 ".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n"
			 ".weak _.stapsdt.base\n.hidden _.stapsdt.base\n_.stapsdt.base: .space 1\n"
			 ".size _.stapsdt.base, 1\n.popsection\n" ::"c"(small),
			 "S"(large - 1)
			 : "memory");
}

/* parity: links.usdt */
static void a_usdt_probe_gives_its_arguments(void)
{
	struct links_bpf *skel = open_loaded();
	long large = 1L << 40;

	CHECK_OK(links_bpf__attach_to_on_usdt(skel, getpid(), "/proc/self/exe", "shop", "sold"));
	sell(-7, &large);
	CHECK(CLBC_READ(skel->bss->hits[USDT]) == 1 && CLBC_READ(skel->bss->argument_count) == 3);
	CHECK(CLBC_READ(skel->bss->arguments[0]) == -7 && CLBC_READ(skel->bss->arguments[1]) == 1L << 40);
	CHECK(CLBC_READ(skel->bss->arguments[2]) == -3);
	links_bpf__destroy(skel);
}
#endif

/* parity: links.perf-event */
static void a_perf_event_has_its_cookie(void)
{
	struct links_bpf *skel = open_loaded();
	struct perf_event_attr attr = { .size = sizeof(attr),
					.type = PERF_TYPE_SOFTWARE,
					.config = PERF_COUNT_SW_CPU_CLOCK,
					.sample_freq = 1000,
					.freq = 1 };
	int event = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	LIBBPF_OPTS(bpf_perf_event_opts, opts, .bpf_cookie = 99);

	CHECK(event >= 0);
	CHECK_OK(clbc_link__own(&skel->links.on_sample,
				bpf_program__attach_perf_event_opts(skel->progs.on_sample, event, &opts)));
	for (long turn = 0; turn < 2000000000 && !CLBC_READ(skel->bss->hits[PERF_EVENT]); turn++)
		continue;
	CHECK(CLBC_READ(skel->bss->cookies[PERF_EVENT]) == 99);
	links_bpf__destroy(skel);
}

/* parity: links.tc */
static void a_tc_program_sees_packets_until_it_is_detached(void)
{
	struct links_bpf *skel = open_loaded();
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)if_nametoindex("lo"), .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts);
	__u64 before;
	int made = bpf_tc_hook_create(&hook);

	CHECK(made == 0 || made == -EEXIST);
	CHECK_OK(links_bpf__attach_to_on_tc(skel, &hook, &opts));
	send_datagram();
	CHECK(CLBC_READ(skel->bss->hits[TC]) > 0);
	opts.prog_fd = opts.prog_id = opts.flags = 0;
	CHECK_OK(bpf_tc_detach(&hook, &opts));
	before = CLBC_READ(skel->bss->hits[TC]);
	send_datagram();
	CHECK(CLBC_READ(skel->bss->hits[TC]) == before);
	hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS; /* the whole clsact, where it is ours */
	CHECK(made == -EEXIST || bpf_tc_hook_destroy(&hook) == 0);
	links_bpf__destroy(skel);
}

/* parity: links.xdp, links.pin, links.update, links.info, links.detach */
static void an_xdp_link_is_updated_pinned_and_opened_again(void)
{
	struct links_bpf *skel = open_loaded();
	char folder[] = "/tmp/clbc-links-XXXXXX", path[64];
	struct bpf_link_info info = {};
	__u32 size = sizeof(info);
	struct bpf_link *again;

	CHECK(mkdtemp(folder) && mount("bpf", folder, "bpf", 0, NULL) == 0);
	snprintf(path, sizeof(path), "%s/xdp", folder);
	CHECK_OK(links_bpf__attach_to_pass_first(skel, (int)if_nametoindex("lo")));
	CHECK_OK(bpf_link__pin(skel->links.pass_first, path));
	CHECK_OK(links_bpf__detach_pass_first(skel));
	again = bpf_link__open(path);
	CHECK(again);
	CHECK_OK(bpf_link__update_program(again, skel->progs.calls_replaceable));
	CHECK_OK(bpf_obj_get_info_by_fd(bpf_link__fd(again), &info, &size));
	CHECK(info.type == BPF_LINK_TYPE_XDP && info.xdp.ifindex == if_nametoindex("lo"));
	CHECK_OK(bpf_link__detach(again)); /* although it is pinned */
	CHECK_OK(bpf_obj_get_info_by_fd(bpf_link__fd(again), &info, &size));
	CHECK(info.xdp.ifindex == 0);
	CHECK_OK(bpf_link__unpin(again));
	CHECK_OK(bpf_link__destroy(again));
	CHECK(umount(folder) == 0 && rmdir(folder) == 0);
	links_bpf__destroy(skel);
}

/* parity: links.flow-dissector, links.sk-lookup */
static void network_namespaces_take_programs(void)
{
	struct links_bpf *skel = open_loaded();
	int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	CHECK(own >= 0);
	CHECK_OK(links_bpf__attach_to_dissect(skel, own));
	CHECK_OK(links_bpf__attach_to_choose_socket(skel, own));
	send_datagram();
	CHECK(links_bpf__attach_to_dissect(skel, own) == -CLBC_ALREADY_ATTACHED);
	close(own);
	links_bpf__destroy(skel);
}

static int connect_to(int listener)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
	CHECK(client >= 0 && connect(client, (struct sockaddr *)&address, size) == 0);
	return client;
}

/* parity: links.sockmap */
static void a_program_of_a_sock_map_sees_messages_until_it_is_detached(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct hooks_bpf *skel = hooks_bpf__open();
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), client, map;
	__u32 slot = 0;
	__u64 fd;

	CHECK(skel && listener >= 0);
	CHECK_OK(hooks_bpf__set_autoload_on_message(skel, true));
	CHECK_OK(hooks_bpf__load(skel));
	map = bpf_map__fd(skel->maps.sockets);
	CHECK_OK(hooks_bpf__attach_to_on_message(skel, map));
	CHECK(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(listener, 1) == 0);
	client = connect_to(listener);
	fd = client;
	CHECK_OK(hooks_bpf__update_sockets(skel, &slot, &fd, BPF_ANY));
	CHECK(write(client, "hello", 5) == 5);
	CHECK(CLBC_READ(skel->bss->hits[MESSAGE]) == 1);
	/* sockets that are put from now on are left alone; those that are there keep the program */
	CHECK_OK(clbc_program__detach_fd(skel->progs.on_message, map));
	CHECK_OK(hooks_bpf__delete_sockets(skel, &slot));
	CHECK_OK(hooks_bpf__update_sockets(skel, &slot, &fd, BPF_ANY));
	CHECK(write(client, "hello", 5) == 5);
	CHECK(CLBC_READ(skel->bss->hits[MESSAGE]) == 1);
	close(client);
	close(listener);
	hooks_bpf__destroy(skel);
}

/* Where cgroup2 is mounted: a folder of ours in it, that this process is a member of. */
static bool enter_cgroup(char *folder, size_t size)
{
	FILE *mounts = fopen("/proc/self/mounts", "r");
	char line[1024], path[512], procs[600];
	bool found = false;
	int fd;

	CHECK(mounts);
	while (!found && fgets(line, sizeof(line), mounts))
		found = sscanf(line, "cgroup2 %511s cgroup2", path) == 1;
	fclose(mounts);
	if (!found)
		return false;
	snprintf(folder, size, "%s/clbc-%d", path, getpid());
	CHECK(mkdir(folder, 0755) == 0);
	snprintf(procs, sizeof(procs), "%s/cgroup.procs", folder);
	fd = open(procs, O_WRONLY | O_CLOEXEC);
	CHECK(fd >= 0 && write(fd, "0", 1) == 1);
	close(fd);
	return true;
}

/* parity: links.cgroup */
static void a_cgroup_program_sees_the_sockets_of_its_members(void)
{
	struct links_bpf *skel = open_loaded();
	char folder[540];
	pid_t child = fork(); /* it is moved, and leaves the cgroup as it ends */
	int status = 0;

	if (child == 0) {
		if (!enter_cgroup(folder, sizeof(folder)))
			_exit(2);
		CHECK_OK(links_bpf__attach_to_on_socket(skel, open(folder, O_RDONLY | O_CLOEXEC)));
		send_datagram();
		_exit(CLBC_READ(skel->bss->hits[CGROUP]) == 1 ? 0 : 1);
	}
	CHECK(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status));
	CHECK(WEXITSTATUS(status) == 0 || (WEXITSTATUS(status) == 2 && access("/sys/fs/cgroup/cgroup.procs", F_OK)));
	links_bpf__destroy(skel);
}

static void read_all(const struct bpf_link *link, char *text, size_t size)
{
	int fd = bpf_iter_create(bpf_link__fd(link));
	ssize_t got = 0, more;

	CHECK_OK(fd);
	while ((more = read(fd, text + got, size - 1 - (size_t)got)) > 0)
		got += more;
	CHECK(more == 0);
	text[got] = '\0';
	close(fd);
}

/* parity: links.iterator */
static void an_iterator_walks_over_a_map(void)
{
	struct links_bpf *skel = open_loaded();
	LIBBPF_OPTS(bpf_iter_attach_opts, opts);
	union bpf_iter_link_info info = {};
	char text[4096];
	__u32 three = 3;
	__u64 value = 33;

	CHECK_OK(links_bpf__update_numbers(skel, &three, &value, BPF_ANY));
	opts.link_info = &info;
	opts.link_info_len = sizeof(info);
	info.map.map_fd = (__u32)bpf_map__fd(skel->maps.numbers);
	CHECK_OK(links_bpf__attach_to_list_numbers(skel, &opts));
	read_all(skel->links.list_numbers, text, sizeof(text));
	CHECK(!strcmp(text, "3 33\n"));
	links_bpf__destroy(skel);
}

/* parity: links.iterator-parameters */
static void an_iterator_of_tasks_takes_a_thread(void)
{
	struct links_bpf *skel = open_loaded();
	union bpf_iter_link_info info = { .task = { .tid = (__u32)getpid() } };
	LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &info, .link_info_len = sizeof(info));
	char text[4096], want[64];

	CHECK_OK(links_bpf__attach_to_list_tasks(skel, &opts));
	read_all(skel->links.list_tasks, text, sizeof(text));
	snprintf(want, sizeof(want), "%d %d\n", getpid(), getpid());
	CHECK(!strcmp(text, want));
	links_bpf__destroy(skel);
}

#if CLBC_LIBBPF(1, 4)
/* parity: links.tcx, links.netfilter, links.uprobe-multi */
static void hooks_of_later_libbpfs_take_programs(void)
{
	struct links_bpf *skel = links_bpf__open();
	LIBBPF_OPTS(bpf_netfilter_opts, filter, .pf = NFPROTO_IPV4, .hooknum = NF_INET_LOCAL_OUT, .priority = -128);

	CHECK(skel);
	CHECK_OK(links_bpf__set_autoload_on_tcx(skel, true));
	CHECK_OK(links_bpf__set_autoload_filter_packet(skel, true));
	CHECK_OK(links_bpf__set_autoload_on_uprobe_multi(skel, true));
	skel->rodata->target_pid = getpid();
	CHECK_OK(links_bpf__load(skel));
	CHECK_OK(links_bpf__attach_to_on_tcx(skel, (int)if_nametoindex("lo")));
	CHECK_OK(links_bpf__attach_to_filter_packet(skel, &filter));
	CHECK_OK(links_bpf__attach_to_on_uprobe_multi(skel, getpid(), "libc.so.6", "getpp*"));
	send_datagram();
	CHECK(CLBC_READ(skel->bss->hits[TCX]) > 0);
	CHECK(getppid() > 0 && CLBC_READ(skel->bss->hits[MULTI]) > 0);
	links_bpf__destroy(skel);
}
#endif

void test_links(void)
{
	RUN_SINCE(5, 15, a_link_of_libbpf_with_a_cookie_is_owned, "cookies");
#ifdef HAS_PROBE
	RUN(a_usdt_probe_gives_its_arguments);
#endif
	RUN_SINCE(5, 15, a_perf_event_has_its_cookie, "cookies");
	RUN(a_tc_program_sees_packets_until_it_is_detached);
	RUN(an_xdp_link_is_updated_pinned_and_opened_again);
	RUN(network_namespaces_take_programs);
	RUN(a_program_of_a_sock_map_sees_messages_until_it_is_detached);
	RUN(a_cgroup_program_sees_the_sockets_of_its_members);
	RUN(an_iterator_walks_over_a_map);
	RUN_SINCE(6, 1, an_iterator_of_tasks_takes_a_thread, "iterators of single tasks");
#if CLBC_LIBBPF(1, 4)
	RUN_SINCE(6, 6, hooks_of_later_libbpfs_take_programs, "tcx and uprobe.multi");
#endif
}
