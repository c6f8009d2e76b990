/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * kprobe, kretprobe, fentry and fexit of the fixture probes.bpf.c, and in probes_hooks.c what fewer kernels have: one
 * static program of its own (for QEMU). It prints "ok" lines and ends with 0, or tells what failed and ends with 1.
 */
#include <fcntl.h>
#include "probes.h"
#include "hooks.skel.h"
#include "links.skel.h"
#include "probes.skel.h"

static struct probes_bpf *open_loaded(void)
{
	struct probes_bpf *skel = probes_bpf__open();

	CHECK(skel);
	skel->rodata->target_pid = getpid();
	CHECK_OK(probes_bpf__load(skel));
	return skel;
}

static int check_hit(void *ctx, const struct hit *hit, size_t size)
{
	int *seen = (int *)ctx;

	CHECK(size == sizeof(*hit) && hit->hook < HOOKS && hit->pid == (__u32)getpid());
	/* entry probes read a flag of the file through CO-RE; exit probes get the result of an open that is allowed */
	CHECK(hit->value == (hit->hook == KPROBE || hit->hook == FENTRY));
	seen[hit->hook]++;
	return 0;
}

/* parity: links.kprobe, links.fentry */
static void every_hook_is_attached_by_its_section_and_sends_events(void)
{
	struct probes_bpf *skel = open_loaded();
	int seen[HOOKS] = { 0 };

	CHECK_OK(probes_bpf__attach(skel));
	open_a_file("/proc/self/status");
	probes_bpf__detach(skel);
	CHECK_OK(probes_bpf__poll_events(skel, check_hit, NULL, seen, 1000));
	for (int hook = 0; hook < HOOKS; hook++)
		CHECK(seen[hook] > 0 && (__u64)seen[hook] == CLBC_READ(skel->bss->hits[hook]));
	probes_bpf__destroy(skel);
}

static void kernel_probes_are_attached_to_a_function_that_is_chosen_at_run_time(void)
{
	struct probes_bpf *skel = open_loaded();

	CHECK_OK(probes_bpf__attach_to_on_kprobe(skel, "security_file_open"));
	CHECK_OK(probes_bpf__attach_to_on_kretprobe(skel, "security_file_open"));
	open_a_file("/proc/self/status");
	CHECK(CLBC_READ(skel->bss->hits[KPROBE]) > 0 && CLBC_READ(skel->bss->hits[KRETPROBE]) > 0);
	CHECK(CLBC_READ(skel->bss->hits[FENTRY]) == 0);
	CHECK_OK(probes_bpf__detach_on_kprobe(skel));
	CHECK(probes_bpf__attach_to_on_kprobe(skel, "no_such_function") < 0 && !skel->links.on_kprobe);
	probes_bpf__destroy(skel);
}

/* parity: programs.load-target */
static void a_trampoline_gets_its_function_before_load(void)
{
	struct probes_bpf *skel = probes_bpf__open();
	__u64 hits;

	CHECK(skel);
	skel->rodata->target_pid = getpid();
	CHECK_OK(probes_bpf__set_target_on_fentry(skel, "security_file_open"));
	CHECK_OK(probes_bpf__load(skel));
	CHECK_OK(probes_bpf__attach_on_fentry(skel));
	CHECK_OK(probes_bpf__attach_on_fexit(skel));
	open_a_file("/proc/self/status");
	hits = CLBC_READ(skel->bss->hits[FENTRY]);
	CHECK(hits > 0 && hits == CLBC_READ(skel->bss->hits[FEXIT]));
	CHECK_OK(probes_bpf__detach_on_fentry(skel));
	open_a_file("/proc/self/status");
	CHECK(CLBC_READ(skel->bss->hits[FENTRY]) == hits && CLBC_READ(skel->bss->hits[FEXIT]) > hits);
	probes_bpf__destroy(skel);
}

/* The slots of hooks.bpf.c, whose enum is in no type of the object. */
enum slot { KSYSCALL_SLOT = 1, LSM_SLOT = 2, FMOD_RET_SLOT = 4 };

/* parity: links.ksyscall, links.lsm, links.fmod-ret, programs.sleepable */
static void system_calls_and_security_hooks_are_attached_by_their_sections(void)
{
	struct hooks_bpf *skel = hooks_bpf__open();
	bool has_lsm = kernel_has_type("bpf_lsm_file_open", BTF_KIND_FUNC); /* CONFIG_BPF_LSM */
	bool may_sleep = has_lsm && !kernel_is_before(5, 11);

	CHECK(skel);
	skel->rodata->target_pid = getpid();
	CHECK_OK(hooks_bpf__set_autoload_on_getpgid(skel, true));
	CHECK_OK(hooks_bpf__set_autoload_on_lsm(skel, has_lsm));
	CHECK_OK(hooks_bpf__set_autoload_on_sleepable_lsm(skel, may_sleep));
	CHECK_OK(hooks_bpf__set_autoload_on_fmod_ret(skel, true));
	CHECK_OK(hooks_bpf__load(skel));
	CHECK_OK(hooks_bpf__attach(skel));
	CHECK(getpgid(1) >= 0);
	open_a_file("/proc/self/status");
	CHECK(CLBC_READ(skel->bss->hits[KSYSCALL_SLOT]) > 0 && CLBC_READ(skel->bss->hits[FMOD_RET_SLOT]) > 0);
	CHECK(CLBC_READ(skel->bss->hits[LSM_SLOT]) >= (__u64)has_lsm + may_sleep);
	hooks_bpf__destroy(skel);
}

static struct links_bpf *load_only(const char *name, int target_fd)
{
	struct links_bpf *skel = links_bpf__open();
	struct bpf_program *prog;

	CHECK(skel);
	bpf_object__for_each_program(prog, skel->obj)
	    CHECK_OK(bpf_program__set_autoload(prog, !strcmp(bpf_program__name(prog), name)));
	if (target_fd)
		CHECK_OK(bpf_program__set_attach_target(skel->progs.replacement, target_fd, "replaceable"));
	CHECK_OK(links_bpf__load(skel));
	return skel;
}

/* parity: programs.freplace */
static void a_function_of_a_program_is_replaced(void)
{
	static const char packet[64];
	struct links_bpf *target = load_only("calls_replaceable", 0), *other;
	int fd = bpf_program__fd(target->progs.calls_replaceable);

	CHECK(run_once(target->progs.calls_replaceable, packet, sizeof(packet)) == XDP_PASS);
	other = load_only("replacement", fd);
	CHECK_OK(links_bpf__attach_to_replacement(other, fd, "replaceable"));
	CHECK(run_once(target->progs.calls_replaceable, packet, sizeof(packet)) == XDP_TX);
	links_bpf__destroy(other);
	CHECK(run_once(target->progs.calls_replaceable, packet, sizeof(packet)) == XDP_PASS);
	links_bpf__destroy(target);
}

int failed_tests;

int main(void)
{
	setbuf(stdout, NULL);
	RUN(every_hook_is_attached_by_its_section_and_sends_events);
	RUN(kernel_probes_are_attached_to_a_function_that_is_chosen_at_run_time);
	RUN(a_trampoline_gets_its_function_before_load);
	RUN(system_calls_and_security_hooks_are_attached_by_their_sections);
	RUN(a_function_of_a_program_is_replaced);
	test_probes_of_hooks();
	return failed_tests != 0;
}
