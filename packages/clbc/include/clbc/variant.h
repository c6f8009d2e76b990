/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Variants of one program, for newer and older kernels. */
#ifndef CLBC_VARIANT_H
#define CLBC_VARIANT_H

#include <errno.h>
#include <string.h>
#include <bpf/libbpf.h>
#include "target.h"

/* Makes a map like another one that was opened from the same object and may have been changed since. */
static inline int clbc_variant__copy_map(struct bpf_map *map, struct bpf_map *from)
{
	size_t size = 0;
	const void *value = bpf_map__initial_value(from, &size);
	int err = bpf_map__set_pin_path(map, NULL);

	if (!err && bpf_map__type(from) == BPF_MAP_TYPE_STRUCT_OPS)
		return bpf_map__set_autocreate(map, false); /* its programs are not there */
	if (!err && value && !strstr(bpf_map__name(map), ".kconfig"))
		err = bpf_map__set_initial_value(map, value, size);
	if (!err && bpf_map__type(map) != bpf_map__type(from)) {
		err = bpf_map__set_type(map, bpf_map__type(from));
		err = err ? err : bpf_map__set_key_size(map, bpf_map__key_size(from));
		err = err ? err : bpf_map__set_value_size(map, bpf_map__value_size(from));
	}
	if (!err && !value && bpf_map__max_entries(map) != bpf_map__max_entries(from))
		err = bpf_map__set_max_entries(map, bpf_map__max_entries(from));
	return err;
}

/* Loads one program of an object alone, with maps of its own, and frees both. */
static inline int clbc_variant__try(const struct bpf_object_skeleton *skeleton, const struct bpf_object_open_opts *opts,
				    const char *name)
{
	struct bpf_object_open_opts filled;
	struct bpf_object *alone;
	struct bpf_program *prog;
	struct bpf_map *map;
	int err = 0;

	clbc_open_opts(opts, &filled);
	filled.sz = sizeof(filled);
	if (!filled.object_name) /* a part of the maps' names */
		filled.object_name = skeleton->name;
	alone = bpf_object__open_mem(skeleton->data, skeleton->data_sz, &filled);
	if (!alone)
		return -errno;
	bpf_object__for_each_program(prog, alone)
	{
		if (!err)
			err = bpf_program__set_autoload(prog, !strcmp(bpf_program__name(prog), name));
	}
	bpf_object__for_each_map(map, alone)
	{
		if (!err)
			err = clbc_variant__copy_map(map,
						     bpf_object__find_map_by_name(*skeleton->obj, bpf_map__name(map)));
	}
	if (!err)
		err = bpf_object__load(alone);
	bpf_object__close(alone);
	return err;
}

/*
 * Between open and load: of several programs of a skeleton (skel->skeleton), switches autoload on for the first one
 * that the kernel takes, and off for the others. To find it, each is loaded alone for a moment, with the globals and
 * sizes that were set, and for the target that its section names. opts are those of open, or NULL. libbpf's messages
 * are dropped meanwhile, but for the last one's, and other threads must not use libbpf. Returns its index, or the
 * negative error of the last one where the kernel takes none.
 */
static inline int clbc_skeleton__first_of(const struct bpf_object_skeleton *skeleton,
					  const struct bpf_object_open_opts *opts, struct bpf_program *const *programs,
					  size_t count)
{
	int err = -EINVAL, set;
	size_t chosen = 0;

	for (size_t i = 0; i < count && err; i++) {
		const char *name = bpf_program__name(programs[i]);
		libbpf_print_fn_t print = i + 1 < count ? libbpf_set_print(NULL) : NULL;

		err = clbc_variant__try(skeleton, opts, name);
		if (i + 1 < count)
			libbpf_set_print(print);
		chosen = i;
	}
	for (size_t i = 0; i < count && !err; i++) {
		set = bpf_program__set_autoload(programs[i], i == chosen);
		err = set ? set : err;
	}
	return err ? err : (int)chosen;
}

#endif /* CLBC_VARIANT_H */
