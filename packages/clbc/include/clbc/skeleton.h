/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Attaching all that a skeleton has, or nothing of it. */
#ifndef CLBC_SKELETON_H
#define CLBC_SKELETON_H

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <bpf/libbpf.h>
#include "error.h"
#include "map.h"
#include "program.h"

/* A struct_ops map and the owner of its link; libbpf attaches such maps itself from 1.5 on. */
struct clbc_struct_ops {
	struct bpf_map *map;
	struct bpf_link **link;
};

/* Notes which links there are; -CLBC_NOT_LOADED where a program or map that is to be loaded is not. */
static inline int clbc_skeleton__survey(const struct bpf_object_skeleton *skeleton, const struct clbc_struct_ops *ops,
					int ops_count, bool *linked)
{
	for (int i = 0; i < skeleton->prog_cnt; i++) {
		const struct bpf_program *prog = *skeleton->progs[i].prog;

		if (bpf_program__autoload(prog) && bpf_program__fd(prog) < 0)
			return -CLBC_NOT_LOADED;
		linked[i] = *skeleton->progs[i].link;
	}
	for (int i = 0; i < ops_count; i++) {
		if (bpf_map__autocreate(ops[i].map) && bpf_map__fd(ops[i].map) < 0)
			return -CLBC_NOT_LOADED;
		linked[skeleton->prog_cnt + i] = *ops[i].link;
	}
	return 0;
}

static inline int clbc_skeleton__attach_missing(struct bpf_object_skeleton *skeleton, const struct clbc_struct_ops *ops,
						int ops_count)
{
	int err = bpf_object__attach_skeleton(skeleton);

	for (int i = 0; i < ops_count && !err; i++)
		if (bpf_map__autocreate(ops[i].map) && !*ops[i].link)
			err = clbc_link__own(ops[i].link, bpf_map__attach_struct_ops(ops[i].map));
	return err;
}

/*
 * Attaches every loaded program and struct_ops map that can be attached by its section alone and that has no link now.
 * Where one cannot be attached, those that this call attached are detached, and no others.
 */
static inline int clbc_skeleton__attach(struct bpf_object_skeleton *skeleton, const struct clbc_struct_ops *ops,
					int ops_count)
{
	bool *linked = (bool *)calloc(skeleton->prog_cnt + ops_count + 1, sizeof(*linked));
	int err;

	if (!linked)
		return -ENOMEM;
	err = clbc_skeleton__survey(skeleton, ops, ops_count, linked);
	if (err)
		goto out;
	err = clbc_skeleton__attach_missing(skeleton, ops, ops_count);
	for (int i = 0; i < skeleton->prog_cnt && err; i++)
		if (!linked[i])
			clbc_link__release(skeleton->progs[i].link);
	for (int i = 0; i < ops_count && err; i++)
		if (!linked[skeleton->prog_cnt + i])
			clbc_link__release(ops[i].link);
out:
	free(linked);
	return err;
}

#endif /* CLBC_SKELETON_H */
