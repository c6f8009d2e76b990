/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The kernel that an object is opened for: whose types CO-RE goes by, and what it has instead of ring buffers. */
#ifndef CLBC_TARGET_H
#define CLBC_TARGET_H

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

/*
 * The options to open an object with: those of the caller (or none), with btf_custom_path from the environment's
 * LBC_BTF where it is set and the caller names no file: for kernels without BTF of their own. `filled` holds the
 * result.
 */
static inline const struct bpf_object_open_opts *clbc_open_opts(const struct bpf_object_open_opts *opts,
								struct bpf_object_open_opts *filled)
{
	const char *path = getenv("LBC_BTF");

	memset(filled, 0, sizeof(*filled));
	if (opts)
		memcpy(filled, opts, opts->sz < sizeof(*filled) ? opts->sz : sizeof(*filled));
	if (!path || !*path || filled->btf_custom_path)
		return opts;
	filled->sz = sizeof(*filled);
	filled->btf_custom_path = path;
	return filled;
}

/* Whether a kernel's types have the ring buffer: what LBC_EMIT() asks CO-RE for. */
static inline bool clbc_btf__has_ringbuf(const struct btf *btf)
{
	int id = btf__find_by_name_kind(btf, "bpf_map_type", BTF_KIND_ENUM);
	const struct btf_type *type = id > 0 ? btf__type_by_id(btf, id) : NULL;

	for (int i = 0; type && i < btf_vlen(type); i++) {
		const char *name = btf__name_by_offset(btf, btf_enum(type)[i].name_off);

		if (name && !strcmp(name, "BPF_MAP_TYPE_RINGBUF"))
			return true;
	}
	return false;
}

/* 1 where the kernel that the options name (else the running one) has ring buffers, 0 where not, or a negative error.
 */
static inline int clbc_target__has_ringbuf(const struct bpf_object_open_opts *opts)
{
	struct btf *btf;
	bool found;

	if (!opts || !opts->btf_custom_path)
		return libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL);
	btf = btf__parse(opts->btf_custom_path, NULL);
	if (!btf)
		return -errno;
	found = clbc_btf__has_ringbuf(btf);
	btf__free(btf);
	return found;
}

/*
 * Between open and load: makes a ring buffer that programs send to by LBC_EMIT() a perf event array, where the target
 * has no ring buffers (Linux before 5.8). The programs' other way is chosen by CO-RE, by the same types.
 */
static inline int clbc_map__fall_back(struct bpf_map *map, const struct bpf_object_open_opts *opts)
{
	int has = clbc_target__has_ringbuf(opts), err;

	if (has)
		return has < 0 ? has : 0;
	err = bpf_map__set_type(map, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	if (!err)
		err = bpf_map__set_key_size(map, sizeof(__u32));
	if (!err)
		err = bpf_map__set_value_size(map, sizeof(__u32));
	return err ? err : bpf_map__set_max_entries(map, 0); /* libbpf: one entry for each CPU */
}

#endif /* CLBC_TARGET_H */
