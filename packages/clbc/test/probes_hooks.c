/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Hooks that only some kernels have, and what later libbpfs can do: a part of the program of probes.c. */
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include "probes.h"
#include "hooks.skel.h"
#if CLBC_LIBBPF(1, 5)
#include "arena.skel.h"
#include "registered.skel.h"
#endif

/* The slots of hooks.bpf.c, whose enum is in no type of the object. */
enum slot { KPROBE_MULTI, LSM_CGROUP = 3, MODULE = 5, NETKIT };

static struct hooks_bpf *load_hook(int (*set_autoload)(const struct hooks_bpf *skel, bool autoload))
{
	struct hooks_bpf *skel = hooks_bpf__open();

	CHECK(skel);
	skel->rodata->target_pid = getpid();
	CHECK_OK(set_autoload(skel, true));
	CHECK_OK(hooks_bpf__load(skel));
	return skel;
}

/* parity: links.kprobe-multi */
static void many_functions_are_probed_by_a_pattern(void)
{
	struct hooks_bpf *skel = load_hook(hooks_bpf__set_autoload_on_kprobe_multi);
	__u64 hits;

	CHECK_OK(hooks_bpf__attach(skel));
	open_a_file("/proc/self/status");
	CHECK_OK(hooks_bpf__detach_on_kprobe_multi(skel));
	hits = CLBC_READ(skel->bss->hits[KPROBE_MULTI]);
	CHECK(hits > 0);
	open_a_file("/proc/self/status");
	CHECK(CLBC_READ(skel->bss->hits[KPROBE_MULTI]) == hits);
	CHECK_OK(hooks_bpf__attach_to_on_kprobe_multi(skel, "security_file_p*"));
	hooks_bpf__destroy(skel);
}

/* parity: links.module-function, core.module */
static void functions_of_a_module_are_watched_by_its_own_types(void)
{
	struct hooks_bpf *skel = load_hook(hooks_bpf__set_autoload_on_module);
	struct btf *kernel = btf__load_vmlinux_btf(), *overlay = btf__load_module_btf("overlay", kernel);
	int id;

	CHECK(kernel && overlay);
	CHECK_OK(hooks_bpf__attach(skel));
	open_a_file("/etc/passwd"); /* the guest's root is an overlay */
	CHECK(CLBC_READ(skel->bss->hits[MODULE]) > 0);
	id = btf__find_by_name_kind(overlay, "ovl_fs", BTF_KIND_STRUCT);
	CHECK(id > 0 && CLBC_READ(skel->bss->module_type_size) == btf__type_by_id(overlay, id)->size);
	btf__free(overlay);
	btf__free(kernel);
	hooks_bpf__destroy(skel);
}

static void bind_a_socket(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(sock >= 0 && bind(sock, (struct sockaddr *)&any, sizeof(any)) == 0);
	close(sock);
}

/* parity: links.lsm-cgroup */
static void security_hooks_of_a_cgroup_are_asked_of_its_members(void)
{
	struct hooks_bpf *skel = load_hook(hooks_bpf__set_autoload_on_lsm_cgroup);
	int cgroup = open("/sys/fs/cgroup", O_RDONLY | O_CLOEXEC);
	__u64 hits;

	CHECK(cgroup >= 0);
	CHECK_OK(hooks_bpf__attach_to_on_lsm_cgroup(skel, cgroup));
	bind_a_socket();
	CHECK_OK(hooks_bpf__detach_on_lsm_cgroup(skel));
	hits = CLBC_READ(skel->bss->hits[LSM_CGROUP]);
	CHECK(hits > 0);
	bind_a_socket();
	CHECK(CLBC_READ(skel->bss->hits[LSM_CGROUP]) == hits);
	close(cgroup);
	hooks_bpf__destroy(skel);
}

static void an_older_kernel_is_told_the_version_that_has_what_is_missing(void)
{
	struct hooks_bpf *skel = hooks_bpf__open();
	char text[256];
	int err;

	CHECK(skel);
	CHECK_OK(hooks_bpf__set_autoload_on_lsm_cgroup(skel, true));
	err = hooks_bpf__load(skel);
	CHECK(err < 0 && strstr(clbc_explain(skel->obj, err, text, sizeof(text)),
				"program on_lsm_cgroup: lsm_cgroup came with Linux 6.0, and this is 5."));
	hooks_bpf__destroy(skel);
}

#if CLBC_LIBBPF(1, 5)
/* parity: links.netkit */
static void a_netkit_device_takes_a_program(void)
{
	struct hooks_bpf *skel = load_hook(hooks_bpf__set_autoload_on_netkit);
	struct bpf_link_info info = {};
	__u32 size = sizeof(info);
	char command[64], name[16];

	snprintf(name, sizeof(name), "lbc%d", getpid());
	snprintf(command, sizeof(command), "/sbin/ip link add %s type netkit", name);
	CHECK(system(command) == 0);
	CHECK_OK(hooks_bpf__attach_to_on_netkit(skel, (int)if_nametoindex(name)));
	CHECK_OK(bpf_link_get_info_by_fd(bpf_link__fd(skel->links.on_netkit), &info, &size));
	CHECK(info.netkit.ifindex == if_nametoindex(name));
	CHECK_OK(hooks_bpf__detach_on_netkit(skel));
	snprintf(command, sizeof(command), "/sbin/ip link del %s", name);
	CHECK(system(command) == 0);
	hooks_bpf__destroy(skel);
}

static int choose_control(int sock)
{
	static const char name[] = "lbc_control";

	return setsockopt(sock, IPPROTO_TCP, TCP_CONGESTION, name, sizeof(name)) ? -errno : 0;
}

/* parity: programs.struct-ops */
static void a_congestion_control_is_registered_by_its_link(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct registered_bpf *skel = registered_bpf__open();
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(address);

	CHECK(skel && listener >= 0 && client >= 0);
	CHECK_OK(bpf_map__set_autocreate(skel->maps.scheduler, false));
	CHECK_OK(registered_bpf__load(skel));
	CHECK(choose_control(client) == -ENOENT);
	CHECK_OK(registered_bpf__attach(skel));
	CHECK_OK(choose_control(client));
	CHECK(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(listener, 1) == 0);
	CHECK(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
	CHECK(connect(client, (struct sockaddr *)&address, size) == 0);
	CHECK(CLBC_READ(skel->bss->connections) == 1);
	registered_bpf__detach(skel);
	CHECK(choose_control(client) == -ENOENT);
	close(client);
	close(listener);
	registered_bpf__destroy(skel);
}

static const char *scheduler_state(void)
{
	static char state[64];
	FILE *file = fopen("/sys/kernel/sched_ext/state", "re");

	CHECK(file && fscanf(file, "%63s", state) == 1);
	fclose(file);
	return state;
}

/* parity: programs.sched-ext */
static void a_scheduler_takes_over_while_its_link_is_there(void)
{
	struct registered_bpf *skel = registered_bpf__open();

	CHECK(skel);
	CHECK_OK(bpf_map__set_autocreate(skel->maps.control, false));
	CHECK_OK(registered_bpf__load(skel));
	CHECK_OK(registered_bpf__attach(skel));
	CHECK(!strcmp(scheduler_state(), "enabled") && CLBC_READ(skel->bss->starts) == 1);
	registered_bpf__detach(skel);
	for (int wait = 0; wait < 1200 && strcmp(scheduler_state(), "disabled"); wait++)
		usleep(50 * 1000);
	CHECK(!strcmp(scheduler_state(), "disabled"));
	registered_bpf__destroy(skel);
}

/* parity: maps.arena */
static void an_arena_holds_variables_and_pointers_for_both_sides(void)
{
	struct arena_bpf *skel = arena_bpf__open();
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	__u64 factor = 5;

	CHECK(skel && skel->arena->factor == 3);
	skel->arena->factor = factor;
	CHECK_OK(arena_bpf__load(skel));
	CHECK(CLBC_READ(skel->arena->factor) == factor);
	CHECK_OK(bpf_prog_test_run_opts(bpf_program__fd(skel->progs.make_list), &opts));
	for (const struct list_item *item = skel->arena->first; item; item = item->next) {
		CHECK(item->value == factor);
		factor += 5;
	}
	CHECK(factor == 25);
	arena_bpf__destroy(skel);
}
#endif

void test_probes_of_hooks(void)
{
	bool lsm = kernel_has_type("bpf_lsm_socket_bind", BTF_KIND_FUNC);

	RUN_WHERE(kernel_has_type("fprobe", BTF_KIND_STRUCT), many_functions_are_probed_by_a_pattern,
		  "this kernel is built without CONFIG_FPROBE (Linux 5.18)");
	RUN_WHERE(!access("/sys/kernel/btf/overlay", R_OK), functions_of_a_module_are_watched_by_its_own_types,
		  "the module overlay has no types (Linux 5.11)");
	RUN_WHERE(lsm && !kernel_is_before(6, 0), security_hooks_of_a_cgroup_are_asked_of_its_members,
		  "security hooks of cgroups came with Linux 6.0, and need CONFIG_BPF_LSM");
	RUN_WHERE(lsm && kernel_is_before(6, 0), an_older_kernel_is_told_the_version_that_has_what_is_missing,
		  "this kernel is no older one, or has no security hooks");
#if CLBC_LIBBPF(1, 5)
	RUN_WHERE(kernel_has_type("netkit", BTF_KIND_STRUCT), a_netkit_device_takes_a_program,
		  "this kernel is built without CONFIG_NETKIT (Linux 6.7)");
	RUN_SINCE(6, 4, a_congestion_control_is_registered_by_its_link, "links of struct_ops");
	RUN_WHERE(!access("/sys/kernel/sched_ext", R_OK), a_scheduler_takes_over_while_its_link_is_there,
		  "this kernel is built without CONFIG_SCHED_CLASS_EXT (Linux 6.12)");
	RUN_SINCE(6, 9, an_arena_holds_variables_and_pointers_for_both_sides, "arenas");
#endif
}
