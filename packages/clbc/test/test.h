/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The tests' frame: each test is a function, a failed check ends it and the run. */
#ifndef CLBC_TEST_H
#define CLBC_TEST_H

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/wait.h>
#include <clbc.h>

#define CHECK(condition)                                                                        \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition); \
			exit(1);                                                                \
		}                                                                               \
	} while (0)

/* A call that returns 0 or a count; the failure tells the error. */
#define CHECK_OK(call)                                                                            \
	do {                                                                                      \
		char explained[256];                                                              \
		int result = (call);                                                              \
		if (result < 0) {                                                                 \
			clbc_strerror(result, explained, sizeof(explained));                      \
			fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, explained); \
			exit(1);                                                                  \
		}                                                                                 \
	} while (0)

/* How many tests failed; each program defines it, and ends with whether there were any. */
extern int failed_tests;

/* Runs a test in a process of its own: the others run whatever becomes of it. */
static inline void run_test(const char *name, void (*test)(void))
{
	int status = -1;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		test();
		exit(0);
	}
	if (child > 0 && waitpid(child, &status, 0) == child && status == 0) {
		printf("ok %s\n", name);
		return;
	}
	printf("FAILED %s\n", name);
	failed_tests++;
}

#define RUN(test) run_test(#test, test)

/* Leaves a test out, with what this kernel lacks for it. */
#define RUN_WHERE(condition, test, lacking)                           \
	do {                                                          \
		if (condition)                                        \
			RUN(test);                                    \
		else                                                  \
			printf("skipped %s: %s\n", #test, (lacking)); \
	} while (0)

/* Leaves a test out on kernels before a version; on a newer one it has to pass. */
#define RUN_SINCE(major, minor, test, what) \
	RUN_WHERE(!kernel_is_before(major, minor), test, what " came with Linux " #major "." #minor)

static inline bool kernel_is_before(int major, int minor)
{
	return clbc_linux_version() < CLBC_LINUX(major, minor);
}

/* Keeps the calling thread on one CPU, which has one perf buffer. */
static inline void stay_on(int cpu)
{
	cpu_set_t only;

	CPU_ZERO(&only);
	CPU_SET(cpu, &only);
	CHECK(sched_setaffinity(0, sizeof(only), &only) == 0);
}

/* The number of long tests, rounds or seconds: a variable of the environment, or the usual one. */
static inline int from_environment(const char *name, int usual)
{
	const char *text = getenv(name);

	return text && *text ? atoi(text) : usual;
}

void test_errors(void);
void test_maps(void);
void test_kinds(void);
void test_streams(void);
void test_attach(void);
void test_target(void);
void test_kernel(void);
void test_tools(void);
void test_links(void);
void test_lifecycle(void);
void test_overload(void);

/* Runs a program once on a packet with BPF_PROG_TEST_RUN: the program's result. */
static inline int run_once(const struct bpf_program *prog, const void *packet, __u32 size)
{
	struct bpf_test_run_opts opts;

	memset(&opts, 0, sizeof(opts));
	opts.sz = sizeof(opts);
	opts.data_in = packet;
	opts.data_size_in = size;
	opts.repeat = 1;
	CHECK_OK(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts));
	return (int)opts.retval;
}

#endif /* CLBC_TEST_H */
