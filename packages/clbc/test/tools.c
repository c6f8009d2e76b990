/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The helpers of clbc/tools.h, on the fixture helpers.bpf.c. */
#include <sys/wait.h>
#include <time.h>
#include <clbc/tools.h>
#include "test.h"
#include "helpers.skel.h"

static const char packet[1500];

static struct helpers_bpf *open_loaded(pid_t target)
{
	struct helpers_bpf *skel = helpers_bpf__open();

	CHECK(skel);
	skel->rodata->target_pid = target;
	CHECK_OK(helpers_bpf__load(skel));
	return skel;
}

static const char *described(struct clbc_kernel_symbols *symbols, __u64 address)
{
	static char text[256];
	struct clbc_symbol symbol = clbc_kernel_symbols__resolve(symbols, address);

	return clbc_symbol__format(&symbol, text, sizeof(text));
}

static void kernel_functions_hold_the_addresses_up_to_the_next(void)
{
	static char kallsyms[] = "ffffffffc0000000 t start_it\t[a_module]\nffffffff81000000 t an_alias\n"
				 "ffffffff81000000 T _stext\n0000000000000000 T hidden\nffffffff81000100 D data\n"
				 "ffffffff81000200 t second\nno line\n";
	struct clbc_kernel_symbols *symbols = (struct clbc_kernel_symbols *)calloc(1, sizeof(*symbols));
	FILE *file = fmemopen(kallsyms, sizeof(kallsyms) - 1, "r");

	CHECK(symbols && file);
	CHECK_OK(clbc_kernel_symbols__parse(symbols, file));
	fclose(file);
	CHECK(!strcmp(described(symbols, 0xffffffff81000000), "_stext+0x0"));
	CHECK(!strcmp(described(symbols, 0xffffffff810001ff), "_stext+0x1ff"));
	CHECK(!strcmp(described(symbols, 0xffffffff81000200), "second+0x0"));
	CHECK(!strcmp(described(symbols, 0xffffffffc0000010), "start_it+0x10 [a_module]"));
	CHECK(!strcmp(described(symbols, 0xffffffffc0100000), "0xffffffffc0100000"));
	/* between the kernel and its modules */
	CHECK(!strcmp(described(symbols, 0xffffffffa0000000), "0xffffffffa0000000"));
	CHECK(!strcmp(described(symbols, 0x1000), "0x1000"));
	clbc_kernel_symbols__free(symbols);
}

static void hidden_addresses_are_a_missing_permission(void)
{
	static char kallsyms[] = "0000000000000000 T _stext\n0000000000000000 T second\n";
	struct clbc_kernel_symbols *symbols = (struct clbc_kernel_symbols *)calloc(1, sizeof(*symbols));
	FILE *file = fmemopen(kallsyms, sizeof(kallsyms) - 1, "r");

	CHECK(symbols && file);
	CHECK(clbc_kernel_symbols__parse(symbols, file) == -EPERM);
	fclose(file);
	clbc_kernel_symbols__free(symbols);
}

static int remember_sample(void *ctx, const struct stack_sample *sample, size_t size)
{
	CHECK(size == sizeof(*sample));
	*(struct stack_sample *)ctx = *sample;
	return 0;
}

/* parity: maps.stack-traces, helpers.kernel-symbols */
static void the_kernel_stack_of_a_fork_is_named(void)
{
	struct helpers_bpf *skel = open_loaded(getpid());
	struct clbc_kernel_symbols *symbols = clbc_kernel_symbols__read();
	struct stack_sample sample = { 0, -1, -1, 0 };
	__u64 stack[127];
	struct clbc_symbol names[127];
	size_t depth;
	int found = 0;
	pid_t child;

	CHECK(symbols);
	CHECK_OK(helpers_bpf__attach_on_fork(skel));
	child = fork();
	if (child == 0)
		_exit(0);
	CHECK(child > 0 && waitpid(child, NULL, 0) == child);
	CHECK(helpers_bpf__poll_samples(skel, remember_sample, NULL, &sample, 1000) == 1);
	CHECK(sample.pid == (__u32)getpid() && sample.kernel_stack >= 0);
	CHECK_OK(clbc_map__lookup(skel->maps.stacks, &sample.kernel_stack, 4, stack, sizeof(stack), 0));
	depth = clbc_kernel_symbols__resolve_stack(symbols, stack, 127, names);
	CHECK(depth == clbc_stack_depth(stack, 127));
	for (size_t i = 0; i < depth; i++)
		found += names[i].name && !strcmp(names[i].name, "kernel_clone") && names[i].offset > 0;
	CHECK(found == 1);
	clbc_kernel_symbols__free(symbols);
	helpers_bpf__destroy(skel);
}

static void histograms_are_read_from_their_maps(void)
{
	static const __u32 lengths[] = { 64, 100, 1000, 1001 };
	struct helpers_bpf *skel = open_loaded(0);
	__u64 counts[64];

	for (size_t i = 0; i < 4; i++)
		run_once(skel->progs.count_length, packet, lengths[i]);
	/* a test run leaves the Ethernet header of 14 bytes out of skb->len */
	CHECK(clbc_histogram__read(skel->maps.latency, counts, 64) == 64);
	CHECK(counts[5] == 1 && counts[6] == 1 && counts[9] == 2 && counts[7] == 0);
	CHECK(clbc_histogram__read(skel->maps.percpu_latency, counts, 64) == 64);
	CHECK(counts[5] == 1 && counts[6] == 1 && counts[9] == 2 && counts[7] == 0);
	CHECK(clbc_histogram__read(skel->maps.sizes, counts, 64) == 20);
	CHECK(counts[1] == 2 && counts[2] == 2);
	CHECK(clbc_histogram__read(skel->maps.kinds, counts, 2) == 2 && counts[0] == 0 && counts[1] == 0);
	CHECK(clbc_histogram__read(skel->maps.stacks, counts, 64) == -EINVAL);
	helpers_bpf__destroy(skel);
}

static const char *drawn(enum clbc_histogram_kind kind, const __u64 *counts, size_t slots, const char *unit)
{
	static char text[16384];
	FILE *out = fmemopen(text, sizeof(text), "w");

	CHECK(out);
	text[0] = '\0';
	CHECK_OK(clbc_histogram__print(out, kind, counts, slots, unit));
	fclose(out);
	return text;
}

/* parity: helpers.histogram */
static void a_histogram_is_drawn_as_bcc_does(void)
{
	static const __u64 counts[] = { 2, 4, 0, 1, 0 }, linear[] = { 1, 2 };
	__u64 wide[64] = { 0 };

	CHECK(!strcmp(drawn(CLBC_LOG2, counts, 5, "usecs"),
		      "     usecs               : count    distribution\n"
		      "         0 -> 1          : 2        |********************                    |\n"
		      "         2 -> 3          : 4        |****************************************|\n"
		      "         4 -> 7          : 0        |                                        |\n"
		      "         8 -> 15         : 1        |**********                              |\n"));
	CHECK(!strcmp(drawn(CLBC_LINEAR, linear, 2, "CPU"),
		      "     CPU   : count    distribution\n"
		      "         0 : 1        |********************                    |\n"
		      "         1 : 2        |****************************************|\n"));
	wide[39] = ~0ULL;
	CHECK(strstr(drawn(CLBC_LOG2, wide, 64, NULL), "        549755813888 -> 1099511627775        : "
						       "18446744073709551615 |********************|\n"));
	CHECK(!strcmp(drawn(CLBC_LOG2, wide, 39, NULL), ""));
	wide[63] = 1;
	CHECK(strstr(drawn(CLBC_LOG2, wide, 64, NULL), " 9223372036854775808 -> 18446744073709551615 : "));
	CHECK(strstr(drawn(CLBC_LOG10, wide + 44, 20, NULL), "10000000000000000000 -> 18446744073709551615 : "));
}

static int check_moment(void *ctx, const struct moment *moment, size_t size)
{
	char v4[INET_ADDRSTRLEN], v6[INET6_ADDRSTRLEN];
	struct timespec monotonic = clbc_ktime_to_wall(moment->monotonic), boot = clbc_boottime_to_wall(moment->boot),
			now;

	CHECK(size == sizeof(*moment));
	CHECK(!strcmp(clbc_ipv4(moment->v4, v4), "127.0.0.1") && !strcmp(clbc_ipv6(moment->v6, v6), "::1"));
	CHECK(ntohs(moment->port) == 443);
	CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
	CHECK(llabs(now.tv_sec - monotonic.tv_sec) <= 1 && llabs(now.tv_sec - boot.tv_sec) <= 1);
	CHECK(boot.tv_nsec >= 0 && boot.tv_nsec < 1000000000);
	++*(int *)ctx;
	return 0;
}

/* parity: helpers.addresses, helpers.clocks */
static void addresses_and_clocks_of_the_kernel_are_understood(void)
{
	struct helpers_bpf *skel = open_loaded(0);
	int checked = 0;

	run_once(skel->progs.tell_time, packet, 64);
	CHECK(helpers_bpf__poll_moments(skel, check_moment, NULL, &checked, 1000) == 1 && checked == 1);
	helpers_bpf__destroy(skel);
}

/* parity: helpers.text */
static void text_ends_at_its_array_or_at_a_zero_byte(void)
{
	static const char full[4] = { 'b', 'a', 's', 'h' }, half[8] = "sh";
	char text[32];

	snprintf(text, sizeof(text), "%.*s %.*s", CLBC_TEXT(full), CLBC_TEXT(half));
	CHECK(!strcmp(text, "bash sh"));
}

static void work(int milliseconds)
{
	struct timespec begin, now;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000 < milliseconds);
}

static void a_profile_samples_a_working_process_on_every_cpu(void)
{
	struct helpers_bpf *skel = open_loaded(getpid());
	struct clbc_cpu_links *links = clbc_program__attach_profile(skel->progs.on_clock, 199);
	struct stack_sample sample = { 0, -1, -1, 0 };
	__u64 taken;
	int samples = 0;

	CHECK(links && links->count == (size_t)sysconf(_SC_NPROCESSORS_ONLN));
	for (int i = 0; i < 500 && samples == 0; i++) {
		work(10);
		samples = helpers_bpf__poll_samples(skel, remember_sample, NULL, &sample, 0);
	}
	CHECK(samples > 0);
	CHECK(sample.pid == (__u32)getpid());
	clbc_cpu_links__destroy(links);
	taken = CLBC_READ(skel->bss->taken);
	work(50);
	CHECK(CLBC_READ(skel->bss->taken) == taken);
	helpers_bpf__destroy(skel);
}

static int look_for_line(void *ctx, const char *line)
{
	CHECK(!strchr(line, '\n'));
	*(int *)ctx += strstr(line, "lbc fixture: 50 bytes") != NULL;
	return 0;
}

/* parity: helpers.printk */
static void printed_lines_come_from_the_trace_pipe(void)
{
	struct helpers_bpf *skel = open_loaded(0);
	struct clbc_trace_pipe pipe;
	struct clbc_stop stop;
	int found = 0;

	CHECK_OK(clbc_stop__init(&stop));
	CHECK_OK(clbc_trace_pipe__open(&pipe));
	for (int i = 0; i < 100 && !found; i++) { /* another process that reads the trace pipe takes lines away */
		run_once(skel->progs.print_length, packet, 64);
		CHECK_OK(clbc_trace_pipe__poll(&pipe, &stop, look_for_line, &found, 50));
	}
	CHECK(found > 0);
	clbc_stop__request(&stop);
	CHECK(clbc_trace_pipe__poll(&pipe, &stop, look_for_line, &found, -1) == -CLBC_STOPPED);
	clbc_trace_pipe__close(&pipe);
	clbc_stop__close(&stop);
	helpers_bpf__destroy(skel);
}

static int count_line(void *ctx, const char *line)
{
	*(size_t *)ctx += strlen(line);
	return 0;
}

static void a_line_that_comes_in_parts_is_handed_out_whole(void)
{
	struct clbc_trace_pipe pipe = { -1, 0, "" };
	size_t length = 0;

	memset(pipe.buffer, 'x', sizeof(pipe.buffer));
	pipe.filled = 100;
	CHECK(clbc_trace_pipe__split(&pipe, count_line, &length) == 0 && pipe.filled == 100);
	pipe.buffer[100] = 'x';
	pipe.buffer[150] = '\n';
	pipe.buffer[200] = 'x';
	pipe.filled = 200;
	CHECK(clbc_trace_pipe__split(&pipe, count_line, &length) == 1 && length == 150 && pipe.filled == 49);
	memset(pipe.buffer, 'y', sizeof(pipe.buffer)); /* a line that is longer than the buffer comes in pieces */
	pipe.filled = sizeof(pipe.buffer) - 1;
	CHECK(clbc_trace_pipe__split(&pipe, count_line, &length) == 1 && pipe.filled == 0);
	CHECK(length == 150 + sizeof(pipe.buffer) - 1);
}

static void a_packet_socket_shows_packets_to_its_filter(void)
{
	struct helpers_bpf *skel = open_loaded(0);
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof(address);
	int raw = clbc_open_packet_socket(1), udp = socket(AF_INET, SOCK_DGRAM, 0); /* 1 is lo */
	__u64 counts[64], sum = 0;

	CHECK_OK(raw);
	CHECK_OK(clbc_program__attach_socket(skel->progs.count_length, raw));
	CHECK(bind(udp, (struct sockaddr *)&address, size) == 0);
	CHECK(getsockname(udp, (struct sockaddr *)&address, &size) == 0);
	CHECK(sendto(udp, "hello", 5, 0, (struct sockaddr *)&address, size) == 5);
	CHECK_OK(clbc_histogram__read(skel->maps.latency, counts, 64));
	for (int slot = 0; slot < 64; slot++)
		sum += counts[slot];
	CHECK(sum > 0);
	CHECK_OK(clbc_detach_socket(raw));
	CHECK(clbc_detach_socket(raw) == -ENOENT);
	close(udp);
	close(raw);
	helpers_bpf__destroy(skel);
}

static void remember_message(void *ctx, enum libbpf_print_level level, const char *message)
{
	CHECK(level <= LIBBPF_WARN);
	snprintf((char *)ctx, 256, "%s", message);
}

/* parity: helpers.messages */
static void libbpf_messages_go_to_a_callback(void)
{
	char message[256] = "";
	static const char not_elf[64] = "this is no object";

	clbc_set_print(LIBBPF_WARN, remember_message, message);
	CHECK(!bpf_object__open_mem(not_elf, sizeof(not_elf), NULL));
	CHECK(strstr(message, "libbpf: "));
	clbc_set_print(LIBBPF_WARN, NULL, NULL);
	CHECK(!bpf_object__open_mem(not_elf, sizeof(not_elf), NULL));
}

/* Whether a process blocks a signal, as its status in /proc says. */
static bool is_blocked(pid_t pid, int signal)
{
	unsigned long long set = 0;
	char path[64], line[256];
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	status = fopen(path, "re");
	CHECK(status);
	while (fgets(line, sizeof(line), status) && sscanf(line, "SigBlk: %llx", &set) != 1)
		continue;
	fclose(status);
	return set >> (signal - 1) & 1;
}

static void a_wait_for_a_signal_takes_it(void)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(clbc_wait_for_signal(SIGUSR1) ? 1 : 7);
	CHECK(child > 0);
	/* until the child waits, the signal ends it */
	for (int i = 0; i < 1000 && !is_blocked(child, SIGUSR1); i++)
		usleep(10 * 1000);
	CHECK(kill(child, SIGUSR1) == 0 && waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	CHECK(clbc_wait_for_signal(1000) == -EINVAL);
}

void test_tools(void)
{
	RUN(kernel_functions_hold_the_addresses_up_to_the_next);
	RUN(hidden_addresses_are_a_missing_permission);
	RUN(the_kernel_stack_of_a_fork_is_named);
	RUN(histograms_are_read_from_their_maps);
	RUN(a_histogram_is_drawn_as_bcc_does);
	RUN(addresses_and_clocks_of_the_kernel_are_understood);
	RUN(text_ends_at_its_array_or_at_a_zero_byte);
	RUN(a_profile_samples_a_working_process_on_every_cpu);
	RUN(printed_lines_come_from_the_trace_pipe);
	RUN(a_line_that_comes_in_parts_is_handed_out_whole);
	RUN(a_packet_socket_shows_packets_to_its_filter);
	RUN(libbpf_messages_go_to_a_callback);
	RUN(a_wait_for_a_signal_takes_it);
}
