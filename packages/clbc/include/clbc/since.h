/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Which version of Linux brought what an object needs: why an older kernel refuses it. */
#ifndef CLBC_SINCE_H
#define CLBC_SINCE_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <bpf/libbpf.h>
#include "error.h"
#include "trampoline.h"

/* As LINUX_VERSION_CODE has it, without the patch level. */
#define CLBC_LINUX(major, minor) (((__u32)(major) << 16) | ((__u32)(minor) << 8))

/* A kind of map, program or hook, by its number in linux/bpf.h: older headers do not have all of the names. */
struct clbc_kind {
	int number;
	const char *name;
	__u32 since;
};

/* enum bpf_map_type, from Linux 5.2 on; see https://docs.ebpf.io/linux/timeline */
static const struct clbc_kind clbc_map_kinds[] = {
	{ 24, "sk_storage", CLBC_LINUX(5, 2) },
	{ 25, "devmap_hash", CLBC_LINUX(5, 4) },
	{ 26, "struct_ops", CLBC_LINUX(5, 6) },
	{ 27, "ringbuf", CLBC_LINUX(5, 8) },
	{ 28, "inode_storage", CLBC_LINUX(5, 10) },
	{ 29, "task_storage", CLBC_LINUX(5, 11) },
	{ 30, "bloom_filter", CLBC_LINUX(5, 16) },
	{ 31, "user_ringbuf", CLBC_LINUX(6, 1) },
	{ 32, "cgrp_storage", CLBC_LINUX(6, 2) },
	{ 33, "arena", CLBC_LINUX(6, 9) },
	{ 0, NULL, 0 },
};

/* enum bpf_prog_type */
static const struct clbc_kind clbc_program_kinds[] = {
	{ 23, "cgroup_sysctl", CLBC_LINUX(5, 2) },
	{ 24, "raw_tracepoint_writable", CLBC_LINUX(5, 2) },
	{ 25, "cgroup_sockopt", CLBC_LINUX(5, 3) },
	{ 26, "tracing", CLBC_LINUX(5, 5) },
	{ 27, "struct_ops", CLBC_LINUX(5, 6) },
	{ 28, "ext", CLBC_LINUX(5, 6) },
	{ 29, "lsm", CLBC_LINUX(5, 7) },
	{ 30, "sk_lookup", CLBC_LINUX(5, 9) },
	{ 31, "syscall", CLBC_LINUX(5, 14) },
	{ 32, "netfilter", CLBC_LINUX(6, 4) },
	{ 0, NULL, 0 },
};

/* enum bpf_attach_type */
static const struct clbc_kind clbc_hook_kinds[] = {
	{ 26, "fmod_ret", CLBC_LINUX(5, 7) },
	{ 28, "iter", CLBC_LINUX(5, 8) },
	{ 42, "kprobe.multi", CLBC_LINUX(5, 18) },
	{ 43, "lsm_cgroup", CLBC_LINUX(6, 0) },
	{ 46, "tcx", CLBC_LINUX(6, 6) },
	{ 47, "tcx", CLBC_LINUX(6, 6) },
	{ 48, "uprobe.multi", CLBC_LINUX(6, 6) },
	{ 54, "netkit", CLBC_LINUX(6, 7) },
	{ 55, "netkit", CLBC_LINUX(6, 7) },
	{ 56, "kprobe.session", CLBC_LINUX(6, 10) },
	{ 57, "uprobe.session", CLBC_LINUX(6, 13) },
	{ 0, NULL, 0 },
};

/* The kind of that number where it came with a later version than the given one, else NULL. */
static inline const struct clbc_kind *clbc_kind__later(const struct clbc_kind *kinds, int number, __u32 running)
{
	for (; kinds->name; kinds++)
		if (kinds->number == number && kinds->since > running)
			return kinds;
	return NULL;
}

/* What an object needs and a kernel of some version does not have. */
struct clbc_missing {
	const char *what; /* "map" or "program" */
	const char *name;
	const struct clbc_kind *kind; /* NULL: nothing is missing */
};

/* The first map or program of an object that is to be loaded, and of a kind that came with a later version. */
static inline struct clbc_missing clbc_object__missing(const struct bpf_object *obj, __u32 running)
{
	struct clbc_missing missing = { "map", NULL, NULL };
	const struct bpf_program *prog;
	const struct bpf_map *map;

	bpf_object__for_each_map(map, obj)
	{
		missing.name = bpf_map__name(map);
		if (bpf_map__autocreate(map))
			missing.kind = clbc_kind__later(clbc_map_kinds, bpf_map__type(map), running);
		if (missing.kind)
			return missing;
	}
	missing.what = "program";
	for (prog = bpf_object__next_program(obj, NULL); prog;
	     prog = bpf_object__next_program(obj, (struct bpf_program *)prog)) {
		missing.name = bpf_program__name(prog);
		if (!bpf_program__autoload(prog))
			continue;
		missing.kind = clbc_kind__later(clbc_program_kinds, bpf_program__type(prog), running);
		if (!missing.kind)
			missing.kind =
			    clbc_kind__later(clbc_hook_kinds, bpf_program__expected_attach_type(prog), running);
		if (missing.kind)
			return missing;
	}
	return missing;
}

/* The version of the running kernel for CLBC_LINUX(); 0 where it is not told. */
static inline __u32 clbc_linux_version(void)
{
	unsigned int major, minor;
	struct utsname name;

	if (uname(&name) || sscanf(name.release, "%u.%u", &major, &minor) != 2)
		return 0;
	return CLBC_LINUX(major, minor);
}

/* clbc_explain() for a kernel of that version. */
static inline const char *clbc_explain_for(const struct bpf_object *obj, int err, __u32 running, char *buf, size_t size)
{
	int code = err < 0 ? -err : err;
	struct clbc_missing missing = clbc_object__missing(obj, running);
	bool is_plain = code == EINVAL || code == ENOTSUP || code == CLBC_ENOTSUPP;
	const struct bpf_program *refused = clbc_object__refused_trampoline(obj, err);

	if (is_plain && missing.kind)
		snprintf(buf, size, "%s %s: %s came with Linux %u.%u, and this is %u.%u", missing.what, missing.name,
			 missing.kind->name, missing.kind->since >> 16, missing.kind->since >> 8 & 255, running >> 16,
			 running >> 8 & 255);
	else if (refused)
		snprintf(
		    buf, size,
		    "program %s: this kernel, or the hypervisor under it, refuses trampolines, which fentry and fexit "
		    "need (%s): use a kprobe for the function, or tp_btf for a tracepoint near it",
		    bpf_program__name(refused), code == EPERM ? "EPERM" : "ENOTSUPP");
	else
		clbc_strerror(err, buf, size);
	return buf;
}

/*
 * The message for an error of load or attach: where the kernel refused without a reason of its own, the kind of map,
 * program or hook that came with a later version of Linux; where it refuses trampolines to a process with every right,
 * the program that needs one; else clbc_strerror()'s. Returns buf.
 */
static inline const char *clbc_explain(const struct bpf_object *obj, int err, char *buf, size_t size)
{
	return clbc_explain_for(obj, err, clbc_linux_version(), buf, size);
}

#endif /* CLBC_SINCE_H */
