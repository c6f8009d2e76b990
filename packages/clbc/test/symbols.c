/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Names for stacks of processes through libdw: a program of its own, because nothing else of clbc needs libdw. */
#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <clbc/user_symbols.h>
#include "test.h"
#include "helpers.skel.h"

__attribute__((noinline)) int a_function_of_this_program(int number)
{
	return number + 1;
}

static const char *described(struct clbc_user_symbols *symbols, pid_t pid, __u64 address)
{
	static char text[256];
	struct clbc_symbol symbol;

	CHECK(clbc_user_symbols__resolve(symbols, pid, &address, 1, &symbol) == 1);
	return clbc_symbol__format(&symbol, text, sizeof(text));
}

/* parity: helpers.process-symbols */
static void functions_of_this_program_and_of_its_libraries_are_named(void)
{
	struct clbc_user_symbols *symbols = clbc_user_symbols__new();
	__u64 stack[4] = { (__u64)(unsigned long)a_function_of_this_program + 1, (__u64)(unsigned long)getppid, 0, 7 };
	struct clbc_symbol names[4];
	char text[256];

	CHECK(symbols);
	CHECK(clbc_user_symbols__resolve(symbols, getpid(), stack, 4, names) == 2);
	CHECK(!strcmp(clbc_symbol__format(&names[0], text, sizeof(text)), "a_function_of_this_program+0x1 [symbols]"));
	CHECK(strstr(clbc_symbol__format(&names[1], text, sizeof(text)), "getppid+0x0 [libc.so.6]"));
	CHECK(!strcmp(described(symbols, getpid(), 1), "0x1"));
	clbc_user_symbols__free(symbols);
}

static void a_library_that_is_loaded_later_is_found(void)
{
	struct clbc_user_symbols *symbols = clbc_user_symbols__new();
	void *library, *function;
	const char *text;

	CHECK(symbols);
	described(symbols, getpid(), (__u64)(unsigned long)a_function_of_this_program);
	library = dlopen("libm.so.6", RTLD_NOW);
	CHECK(library);
	function = dlsym(library, "cbrt");
	CHECK(function);
	text = described(symbols, getpid(), (__u64)(unsigned long)function);
	CHECK(!strncmp(text, "cbrt", 4) && strstr(text, "+0x0 [libm.so.6]")); /* which has aliases: cbrtf64 */
	dlclose(library);
	clbc_user_symbols__free(symbols);
}

static void code_of_a_just_in_time_compiler_is_named_by_its_map(void)
{
	struct clbc_user_symbols *symbols = clbc_user_symbols__new();
	void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	__u64 start = (__u64)(unsigned long)code;
	char path[64];
	FILE *map;

	CHECK(symbols && code != MAP_FAILED);
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	map = fopen(path, "w");
	CHECK(map && fprintf(map, "%llx 10 first one\n", start) > 0 && fflush(map) == 0);
	CHECK(!strcmp(described(symbols, getpid(), start + 4), "first one+0x4"));
	CHECK(fprintf(map, "0x%llx 10 second\n\nno entry\n", start + 0x10) > 0 && fclose(map) == 0);
	CHECK(!strcmp(described(symbols, getpid(), start + 0x14), "second+0x4"));
	CHECK(unlink(path) == 0 && munmap(code, 4096) == 0);
	clbc_user_symbols__free(symbols);
}

static void of_a_process_that_has_ended_what_was_read_stays_of_use(void)
{
	struct clbc_user_symbols *symbols = clbc_user_symbols__new();
	__u64 address = (__u64)(unsigned long)a_function_of_this_program;
	pid_t child = fork();

	if (child == 0)
		for (;;)
			pause();
	CHECK(symbols && child > 0);
	CHECK(!strcmp(described(symbols, child, address), "a_function_of_this_program+0x0 [symbols]"));
	CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
	CHECK(!strcmp(described(symbols, child, address + 1), "a_function_of_this_program+0x1 [symbols]"));
	clbc_user_symbols__free(symbols);
}

static void more_processes_than_a_table_holds_push_the_oldest_out(void)
{
	struct clbc_user_symbols *symbols = clbc_user_symbols__new();

	CHECK(symbols);
	for (int i = 0; i <= CLBC_PROCESSES; i++) /* none of these is a process */
		CHECK(!strcmp(described(symbols, 0x7fff0000 + i, 0x400000), "0x400000"));
	CHECK(symbols->processes[0].pid == 0x7fff0000 + CLBC_PROCESSES);
	clbc_user_symbols__free(symbols);
}

static int remember_sample(void *ctx, const struct stack_sample *sample, size_t size)
{
	CHECK(size == sizeof(*sample));
	*(struct stack_sample *)ctx = *sample;
	return 0;
}

static void the_stack_of_a_uprobe_begins_with_its_function(void)
{
	struct helpers_bpf *skel = helpers_bpf__open();
	struct clbc_user_symbols *symbols = clbc_user_symbols__new();
	struct stack_sample sample = { 0, -1, -1, 0 };
	__u64 stack[127];

	CHECK(skel && symbols);
	skel->rodata->target_pid = getpid();
	CHECK_OK(helpers_bpf__load(skel));
	CHECK_OK(helpers_bpf__attach_to_on_call(skel, -1, "/proc/self/exe", "a_function_of_this_program", 0));
	CHECK(a_function_of_this_program(1) == 2);
	CHECK(helpers_bpf__poll_samples(skel, remember_sample, NULL, &sample, 1000) == 1);
	CHECK_OK(clbc_map__lookup(skel->maps.stacks, &sample.user_stack, 4, stack, sizeof(stack), 0));
	CHECK(!strcmp(described(symbols, sample.pid, stack[0]), "a_function_of_this_program+0x0 [symbols]"));
	clbc_user_symbols__free(symbols);
	helpers_bpf__destroy(skel);
}

int failed_tests;

int main(void)
{
	setbuf(stdout, NULL);
	RUN(functions_of_this_program_and_of_its_libraries_are_named);
	RUN(a_library_that_is_loaded_later_is_found);
	RUN(code_of_a_just_in_time_compiler_is_named_by_its_map);
	RUN(of_a_process_that_has_ended_what_was_read_stays_of_use);
	RUN(more_processes_than_a_table_holds_push_the_oldest_out);
	RUN(the_stack_of_a_uprobe_begins_with_its_function);
	return failed_tests != 0;
}
