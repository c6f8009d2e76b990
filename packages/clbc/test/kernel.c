/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What an object finds of the kernel: types, targets and kinds that it has, and words for those that it has not. */
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <bpf/btf.h>
#include <clbc/log.h>
#include "test.h"
#include "attach.skel.h"
#include "hooks.skel.h"
#include "kinds.skel.h"
#include "refused.skel.h"
#include "relocations.skel.h"

static const char packet[64];

/* libbpf's messages, one after the other. */
struct words {
	char text[65536];
	size_t length;
};

static void add_words(void *ctx, enum libbpf_print_level level, const char *message)
{
	struct words *words = (struct words *)ctx;
	size_t room = sizeof(words->text) - words->length;

	CHECK(level <= LIBBPF_WARN);
	snprintf(words->text + words->length, room, "%s", message);
	words->length += strnlen(words->text + words->length, room);
}

static __u32 offset_of_member(const struct btf *btf, __u32 id, const char *name)
{
	const struct btf_type *type = btf__type_by_id(btf, id);

	for (__u32 i = 0; i < btf_vlen(type); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_members(type)[i].name_off), name))
			return btf_member_bit_offset(type, i) / 8;
	CHECK(!"the kernel has the member");
	return 0;
}

/* parity: core.kinds */
static void every_kind_of_relocation_is_resolved_against_the_kernels_types(void)
{
	struct relocations_bpf *skel = relocations_bpf__open_and_load();
	struct btf *kernel = btf__load_vmlinux_btf();
	__u32 task;

	CHECK(skel && kernel);
	task = btf__find_by_name_kind(kernel, "task_struct", BTF_KIND_STRUCT);
	run_once(skel->progs.relocate, packet, sizeof(packet));
	CHECK(skel->bss->found.byte_offset == offset_of_member(kernel, task, "tgid"));
	CHECK(skel->bss->found.byte_size == 4 && skel->bss->found.exists == 1 && skel->bss->found.is_signed == 1);
	CHECK(skel->bss->found.left_shift == 32 && skel->bss->found.right_shift == 32);
	CHECK((int)skel->bss->found.local_id ==
	      btf__find_by_name_kind(bpf_object__btf(skel->obj), "task_struct___view", BTF_KIND_STRUCT));
	CHECK(skel->bss->found.target_id == task && skel->bss->found.type_exists == 1);
	CHECK(skel->bss->found.type_size == btf__type_by_id(kernel, task)->size && skel->bss->found.type_matches == 1);
	CHECK(skel->bss->found.enumerator_exists == 1 && skel->bss->found.enumerator == BPF_MAP_TYPE_ARRAY);
	CHECK(skel->bss->found.missing == 0);
	btf__free(kernel);
	relocations_bpf__destroy(skel);
}

/* parity: core.min-btf */
static void a_file_with_the_types_that_an_object_needs_is_enough(void)
{
	char folder[] = "/tmp/clbc-min-XXXXXX", object[64], types[64], command[256];
	struct bpf_object_open_opts opts = { .sz = sizeof(opts), .btf_custom_path = types };
	struct attach_bpf *skel;
	struct stat info;
	size_t size;
	const void *bytes = attach_bpf__elf_bytes(&size);
	FILE *file;

	CHECK(mkdtemp(folder));
	snprintf(object, sizeof(object), "%s/attach.bpf.o", folder);
	snprintf(types, sizeof(types), "%s/min.btf", folder);
	file = fopen(object, "w");
	CHECK(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
	snprintf(command, sizeof(command),
		 "PATH=$PATH:/usr/sbin bpftool gen min_core_btf /sys/kernel/btf/vmlinux %s %s", types, object);
	CHECK(system(command) == 0 && stat(types, &info) == 0 && info.st_size < 10000);
	skel = attach_bpf__open_opts(&opts);
	CHECK(skel);
	CHECK_OK(attach_bpf__load(skel));
	CHECK_OK(attach_bpf__attach(skel));
	attach_bpf__destroy(skel);
	CHECK(unlink(object) == 0 && unlink(types) == 0 && rmdir(folder) == 0);
}

/* parity: errors.verifier */
static void what_the_verifier_says_names_the_line_of_c(void)
{
	struct refused_bpf *skel = refused_bpf__open();
	struct words *words = calloc(1, sizeof(*words));

	CHECK(skel && words);
	CHECK_OK(refused_bpf__set_autoload_unchecked_pointer(skel, true));
	clbc_set_print(LIBBPF_WARN, add_words, words);
	CHECK(refused_bpf__load(skel) == -EACCES);
	clbc_set_print(LIBBPF_WARN, NULL, NULL);
	CHECK(strstr(words->text, "; *count += 1;") && strstr(words->text, "map_value_or_null"));
	free(words);
	refused_bpf__destroy(skel);
}

/* parity: errors.unresolved */
static void a_target_that_the_kernel_lacks_is_named(void)
{
	struct hooks_bpf *skel = hooks_bpf__open();
	struct words *words = calloc(1, sizeof(*words));

	CHECK(skel && words);
	CHECK_OK(hooks_bpf__set_autoload_newer(skel, true));
	clbc_set_print(LIBBPF_WARN, add_words, words);
	CHECK(hooks_bpf__load(skel) == -ESRCH);
	clbc_set_print(LIBBPF_WARN, NULL, NULL);
	CHECK(strstr(words->text, "no_such_function"));
	free(words);
	hooks_bpf__destroy(skel);
}

/* parity: errors.since */
static void the_version_that_has_what_a_kernel_lacks_is_named(void)
{
	struct kinds_bpf *kinds = kinds_bpf__open();
	struct hooks_bpf *hooks = hooks_bpf__open();
	char text[256], plain[256];

	CHECK(kinds && hooks);
	CHECK(!strcmp(clbc_explain_for(kinds->obj, -EINVAL, CLBC_LINUX(5, 10), text, sizeof(text)),
		      "map seen: bloom_filter came with Linux 5.16, and this is 5.10"));
	CHECK(!strcmp(clbc_explain_for(kinds->obj, -EINVAL, CLBC_LINUX(6, 1), text, sizeof(text)),
		      "map by_cgroup: cgrp_storage came with Linux 6.2, and this is 6.1"));
	/* another error has its own reason, and a newer kernel lacks nothing */
	clbc_strerror(-EPERM, plain, sizeof(plain));
	CHECK(!strcmp(clbc_explain_for(kinds->obj, -EPERM, CLBC_LINUX(5, 10), text, sizeof(text)), plain));
	clbc_strerror(-EINVAL, plain, sizeof(plain));
	CHECK(!strcmp(clbc_explain_for(kinds->obj, -EINVAL, CLBC_LINUX(6, 2), text, sizeof(text)), plain));
	CHECK(!strcmp(clbc_explain_for(hooks->obj, -EINVAL, CLBC_LINUX(5, 10), text, sizeof(text)), plain));
	CHECK_OK(hooks_bpf__set_autoload_on_kprobe_multi(hooks, true));
	CHECK(!strcmp(clbc_explain_for(hooks->obj, -EINVAL, CLBC_LINUX(5, 10), text, sizeof(text)),
		      "program on_kprobe_multi: kprobe.multi came with Linux 5.18, and this is 5.10"));
	CHECK(clbc_linux_version() >= CLBC_LINUX(5, 10));
	hooks_bpf__destroy(hooks);
	kinds_bpf__destroy(kinds);
}

static struct hooks_bpf *open_with_a_trampoline(void)
{
	struct hooks_bpf *skel = hooks_bpf__open();

	CHECK(skel);
	CHECK_OK(hooks_bpf__set_autoload_on_fmod_ret(skel, true));
	return skel;
}

static void a_program_of_trampolines_is_told_from_a_lack_of_capabilities(void)
{
	const uid_t nobody = 65534;
	struct hooks_bpf *none = hooks_bpf__open(), *skel = open_with_a_trampoline();
	char text[256];

	CHECK(none && clbc_may_trace());
	CHECK(strstr(clbc_explain(skel->obj, -EPERM, text, sizeof(text)), "on_fmod_ret: this kernel"));
	CHECK(strstr(clbc_explain(skel->obj, -CLBC_ENOTSUPP, text, sizeof(text)), "refuses trampolines"));
	CHECK(!strstr(clbc_explain(skel->obj, -EINVAL, text, sizeof(text)), "refuses"));
	CHECK(!strstr(clbc_explain(none->obj, -CLBC_ENOTSUPP, text, sizeof(text)), "refuses"));
	CHECK(setuid(nobody) == 0);
	CHECK(strstr(clbc_explain(skel->obj, -EPERM, text, sizeof(text)), "CAP_BPF"));
}

static bool trampolines_are_refused(void)
{
	struct hooks_bpf *skel = open_with_a_trampoline();
	int err = hooks_bpf__load(skel);

	hooks_bpf__destroy(skel);
	return err == -EPERM || err == -CLBC_ENOTSUPP;
}

static void a_kernel_that_refuses_trampolines_to_root_is_named_with_other_ways(void)
{
	struct hooks_bpf *skel = open_with_a_trampoline();
	char text[256];
	int err = hooks_bpf__load(skel);

	clbc_explain(skel->obj, err, text, sizeof(text));
	CHECK(strstr(text, "program on_fmod_ret: this kernel, or the hypervisor under it, refuses trampolines"));
	CHECK(strstr(text, "kprobe") && strstr(text, "tp_btf"));
	hooks_bpf__destroy(skel);
}

/* The slot of hooks.bpf.c. */
enum { VARIANT = 9 };

/* parity: programs.variants */
static void the_first_variant_that_the_kernel_takes_is_loaded(void)
{
	struct hooks_bpf *skel = hooks_bpf__open();
	struct bpf_program *variants[2];
	pid_t child;

	CHECK(skel);
	skel->rodata->target_pid = getpid();
	variants[0] = skel->progs.newer;
	variants[1] = skel->progs.older;
	CHECK(clbc_skeleton__first_of(skel->skeleton, NULL, variants, 2) == 1);
	CHECK_OK(hooks_bpf__load(skel));
	CHECK_OK(hooks_bpf__attach(skel));
	CHECK(skel->links.older && !skel->links.newer);
	child = fork();
	if (child == 0)
		_exit(0);
	CHECK(child > 0 && waitpid(child, NULL, 0) == child);
	CHECK(CLBC_READ(skel->bss->hits[VARIANT]) == 1);
	hooks_bpf__destroy(skel);
}

static void where_the_kernel_takes_no_variant_the_last_ones_error_is_returned(void)
{
	struct hooks_bpf *skel = hooks_bpf__open();
	struct words *words = calloc(1, sizeof(*words));

	CHECK(skel && words);
	clbc_set_print(LIBBPF_WARN, add_words, words);
	CHECK(clbc_skeleton__first_of(skel->skeleton, NULL, &skel->progs.newer, 1) == -ESRCH);
	CHECK(clbc_skeleton__first_of(skel->skeleton, NULL, NULL, 0) == -EINVAL);
	clbc_set_print(LIBBPF_WARN, NULL, NULL);
	CHECK(strstr(words->text, "no_such_function"));
	CHECK(!bpf_program__autoload(skel->progs.newer) && !bpf_program__autoload(skel->progs.older));
	free(words);
	hooks_bpf__destroy(skel);
}

void test_kernel(void)
{
	RUN(every_kind_of_relocation_is_resolved_against_the_kernels_types);
	RUN(a_file_with_the_types_that_an_object_needs_is_enough);
	RUN(what_the_verifier_says_names_the_line_of_c);
	RUN(a_target_that_the_kernel_lacks_is_named);
	RUN(the_version_that_has_what_a_kernel_lacks_is_named);
	RUN(a_program_of_trampolines_is_told_from_a_lack_of_capabilities);
	RUN_WHERE(trampolines_are_refused(), a_kernel_that_refuses_trampolines_to_root_is_named_with_other_ways,
		  "this kernel takes trampolines");
	RUN(the_first_variant_that_the_kernel_takes_is_loaded);
	RUN(where_the_kernel_takes_no_variant_the_last_ones_error_is_returned);
}
