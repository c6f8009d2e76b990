/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* profile [PID]: the stacks that CPUs run, all or those of the process PID, folded, until Ctrl-C. */
#include "clbc/tools.h"
#include "clbc/user_symbols.h"
#include "profile.skel.h"

static struct profile_bpf *skel;
static struct clbc_kernel_symbols *kernel;
static struct clbc_user_symbols *users;

/* pid 0 is the kernel. */
static void print_stack(__s32 id, pid_t pid)
{
	struct clbc_symbol names[127];
	__u64 stack[127];
	size_t depth;

	if (id < 0 || profile_bpf__lookup_stacks(skel, id, stack))
		return;
	depth = pid ? clbc_user_symbols__resolve(users, pid, stack, 127, names)
		    : clbc_kernel_symbols__resolve_stack(kernel, stack, 127, names);
	while (depth-- > 0)
		printf(";%s", names[depth].name ? names[depth].name : "[unknown]");
}

static int on_count(void *ctx __attribute__((unused)), const struct stack_sample *sample, const __u64 *count)
{
	printf("%.*s", CLBC_TEXT(sample->comm));
	print_stack(sample->user_stack, sample->pid);
	print_stack(sample->kernel_stack, 0);
	return printf(" %llu\n", *count) < 0 ? -EIO : 0;
}

int main(int argc, char **argv)
{
	struct clbc_cpu_links *links;
	char message[256];
	int err;

	kernel = clbc_kernel_symbols__read();
	users = clbc_user_symbols__new();
	skel = profile_bpf__open();
	err = kernel && users && skel ? 0 : -errno;
	if (!err && argc > 1)
		skel->rodata->target_pid = strtoul(argv[1], NULL, 10);
	err = err ? err : profile_bpf__load(skel);
	links = err ? NULL : clbc_program__attach_profile(skel->progs.on_clock, 99);
	err = err || links ? err : -errno;
	if (!err) {
		fprintf(stderr, "tracing 99 times a second, Ctrl-C ends it\n");
		clbc_wait_for_signal(SIGINT);
		err = profile_bpf__for_each_counts(skel, on_count, NULL);
	}
	if (err)
		fprintf(stderr, "profile: %s\n", clbc_strerror(err, message, sizeof(message)));
	clbc_cpu_links__destroy(links);
	profile_bpf__destroy(skel);
	return err ? 1 : 0;
}
