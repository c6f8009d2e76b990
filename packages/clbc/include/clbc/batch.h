/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Many entries of a map with each system call (Linux 5.6 and later), and the walk over all of them. */
#ifndef CLBC_BATCH_H
#define CLBC_BATCH_H

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "error.h"
#include "map.h"

/* How many entries the first call of a walk asks for; a bucket of a hash that holds more doubles it. */
#define CLBC_FIRST_BATCH 256

/* Whether an error says that the kernel, or the map's type, has no batches. */
static inline bool clbc_batch__unsupported(int err)
{
	return err == -EINVAL || err == -ENOTSUP || err == -CLBC_ENOTSUPP;
}

/*
 * Writes `count` entries: two arrays, one after the other. flags as in clbc_map__update(). Returns how many were
 * written; where that is less than count, these are the first ones and errno tells why.
 */
static inline __u32 clbc_map__update_all(const struct bpf_map *map, const void *keys, size_t key_size,
					 const void *values, size_t value_size, __u32 count, __u64 flags)
{
	__u32 done = count;
	int err, fd = clbc_map__fd(map);
	struct bpf_map_batch_opts opts;

	memset(&opts, 0, sizeof(opts));
	opts.sz = sizeof(opts);
	opts.elem_flags = flags;
	err = fd < 0 ? fd : count == 0 ? 0 : bpf_map_update_batch(fd, keys, values, &done, &opts);
	if (!err)
		return count;
	if (!clbc_batch__unsupported(err)) {
		errno = -err;
		return fd < 0 ? 0 : done;
	}
	for (done = 0; done < count; done++) {
		err = clbc_map__update(map, (const char *)keys + done * key_size, key_size,
				       (const char *)values + done * value_size, value_size, flags);
		if (err)
			break;
	}
	errno = -err;
	return done;
}

/* Deletes `count` keys; returns how many, as clbc_map__update_all() does: a key that is not there ends it with ENOENT.
 */
static inline __u32 clbc_map__delete_all(const struct bpf_map *map, const void *keys, size_t key_size, __u32 count)
{
	__u32 done = count;
	int err, fd = clbc_map__fd(map);

	err = fd < 0 ? fd : count == 0 ? 0 : bpf_map_delete_batch(fd, keys, &done, NULL);
	if (!err)
		return count;
	if (!clbc_batch__unsupported(err)) {
		errno = -err;
		return fd < 0 ? 0 : done;
	}
	for (done = 0; done < count; done++) {
		err = clbc_map__delete(map, (const char *)keys + done * key_size, key_size);
		if (err)
			break;
	}
	errno = -err;
	return done;
}

/*
 * Called for an entry of a map; for a per-CPU map, `value` is an array of clbc_cpu_count() values. Both are copies that
 * last until it returns; it may delete the entry. A result other than 0 ends the walk.
 */
typedef int (*clbc_entry_fn)(void *ctx, const void *key, const void *value);

struct clbc_walk {
	const struct bpf_map *map;
	size_t key_size, value_size;
	bool per_cpu;
	bool take;  /* delete what is read */
	bool begun; /* the kernel can do it in batches */
	int cpus;
	clbc_entry_fn on_entry;
	void *ctx;
	__u32 capacity; /* of the arrays below, in entries */
	char *keys, *values;
	char *packed; /* the values of all CPUs without the kernel's padding between them */
};

static inline size_t clbc_walk__stride(const struct clbc_walk *walk)
{
	return walk->per_cpu ? clbc_percpu_stride(walk->value_size) * walk->cpus : walk->value_size;
}

static inline int clbc_walk__grow(struct clbc_walk *walk, __u32 capacity)
{
	free(walk->keys);
	free(walk->values);
	walk->capacity = capacity;
	walk->keys = (char *)calloc(capacity, walk->key_size);
	walk->values = (char *)calloc(capacity, clbc_walk__stride(walk));
	return walk->keys && walk->values ? 0 : -ENOMEM;
}

static inline int clbc_walk__visit(const struct clbc_walk *walk, __u32 entry)
{
	const char *value = walk->values + entry * clbc_walk__stride(walk);
	size_t stride = clbc_percpu_stride(walk->value_size);

	if (walk->per_cpu && stride != walk->value_size) {
		for (int cpu = 0; cpu < walk->cpus; cpu++)
			memcpy(walk->packed + cpu * walk->value_size, value + cpu * stride, walk->value_size);
		value = walk->packed;
	}
	return walk->on_entry(walk->ctx, walk->keys + entry * walk->key_size, value);
}

/* Reads the entries behind *cursor; the kernel's batches are 0 or -ENOENT (those were the last), or an error. */
static inline int clbc_walk__read(struct clbc_walk *walk, int fd, void *cursor, __u32 *count)
{
	__u32 most = bpf_map__max_entries(walk->map);
	int err;

	for (;;) {
		void *from = walk->begun ? cursor : NULL;

		*count = walk->capacity;
		err = walk->take
			  ? bpf_map_lookup_and_delete_batch(fd, from, cursor, walk->keys, walk->values, count, NULL)
			  : bpf_map_lookup_batch(fd, from, cursor, walk->keys, walk->values, count, NULL);
		/* with -ENOSPC the kernel has moved the cursor to a bucket that is larger than the arrays */
		walk->begun = walk->begun || !err || err == -ENOENT || err == -ENOSPC;
		if (err != -ENOSPC || walk->capacity >= most)
			return err;
		err = clbc_walk__grow(walk, walk->capacity > most / 2 ? most : walk->capacity * 2);
		if (err)
			return err;
	}
}

/* Walks in batches; -CLBC_ENOTSUPP and the like before the first entry, where the kernel cannot. */
static inline int clbc_walk__batches(struct clbc_walk *walk, int fd)
{
	char *cursor = (char *)calloc(1, walk->key_size > sizeof(__u32) ? walk->key_size : sizeof(__u32));
	int err = cursor ? 0 : -ENOMEM, result = 0;
	__u32 count;

	while (!err && !result) {
		err = clbc_walk__read(walk, fd, cursor, &count);
		if (err && err != -ENOENT)
			break;
		for (__u32 entry = 0; entry < count && !result; entry++)
			result = clbc_walk__visit(walk, entry);
	}
	free(cursor);
	return result ? result : err == -ENOENT ? 0 : err;
}

/* Walks from key to key: the next one is read before an entry is visited, which may therefore be deleted. */
static inline int clbc_walk__run(struct clbc_walk *walk, char *key, char *next)
{
	int err = clbc_map__next_key(walk->map, NULL, next, walk->key_size);

	/* a walk that deletions by others send back to the first key must still end */
	for (__u32 left = bpf_map__max_entries(walk->map); !err && left > 0; left--) {
		int result, end;

		memcpy(key, next, walk->key_size);
		end = clbc_map__next_key(walk->map, key, next, walk->key_size);
		result = clbc_map__lookup(walk->map, key, walk->key_size, walk->values, clbc_walk__stride(walk), 0);
		memcpy(walk->keys, key, walk->key_size);
		if (!result)
			result = clbc_walk__visit(walk, 0);
		else if (result == -ENOENT) /* deleted since its key was read */
			result = 0;
		if (result)
			return result;
		err = end;
	}
	return err == -ENOENT ? 0 : err;
}

static inline int clbc_walk__start(struct clbc_walk *walk)
{
	int fd = clbc_map__fd(walk->map), err;
	__u32 entries = bpf_map__max_entries(walk->map);
	char *keys;

	if (fd < 0)
		return fd;
	walk->packed = (char *)calloc(walk->cpus, walk->value_size);
	err = walk->packed ? clbc_walk__grow(walk, entries < CLBC_FIRST_BATCH ? entries : CLBC_FIRST_BATCH) : -ENOMEM;
	if (err)
		return err;
	err = clbc_walk__batches(walk, fd);
	if (walk->take || walk->begun || !clbc_batch__unsupported(err))
		return err;
	keys = (char *)calloc(2, walk->key_size);
	err = keys ? clbc_walk__run(walk, keys, keys + walk->key_size) : -ENOMEM;
	free(keys);
	return err;
}

static inline int clbc_map__walk(const struct bpf_map *map, size_t key_size, size_t value_size, bool per_cpu, bool take,
				 clbc_entry_fn on_entry, void *ctx)
{
	int cpus = per_cpu ? clbc_cpu_count() : 1, result;
	struct clbc_walk walk = { map,	    key_size, value_size, per_cpu, take, false, cpus,
				  on_entry, ctx,      0,	  NULL,	   NULL, NULL };

	if (cpus < 0)
		return cpus;
	result = clbc_walk__start(&walk);
	free(walk.keys);
	free(walk.values);
	free(walk.packed);
	return result;
}

/*
 * Calls on_entry for each entry, reading many with each system call. An entry that is in a hash all the while is seen
 * once (before Linux 5.6 perhaps twice); one that comes or goes meanwhile may be seen or not. Returns 0, the callback's
 * result where it ended the walk, or a negative error.
 */
static inline int clbc_map__for_each(const struct bpf_map *map, size_t key_size, size_t value_size, bool per_cpu,
				     clbc_entry_fn on_entry, void *ctx)
{
	return clbc_map__walk(map, key_size, value_size, per_cpu, false, on_entry, ctx);
}

/*
 * The same for a hash, moving the entries out of it (Linux 5.6 and later): what programs count meanwhile stays for the
 * next time. A walk that on_entry ends has taken more than it saw.
 */
static inline int clbc_map__take_all(const struct bpf_map *map, size_t key_size, size_t value_size, bool per_cpu,
				     clbc_entry_fn on_entry, void *ctx)
{
	return clbc_map__walk(map, key_size, value_size, per_cpu, true, on_entry, ctx);
}

#endif /* CLBC_BATCH_H */
