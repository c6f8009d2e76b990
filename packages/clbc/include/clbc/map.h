/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Map operations that check what libbpf leaves to its callers; a skeleton gives them the types. Sizes are in bytes. */
#ifndef CLBC_MAP_H
#define CLBC_MAP_H

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "error.h"

/* A map's descriptor, or -CLBC_NOT_LOADED. */
static inline int clbc_map__fd(const struct bpf_map *map)
{
	int fd = map ? bpf_map__fd(map) : -1;

	return fd < 0 ? -CLBC_NOT_LOADED : fd;
}

/* How many values a per-CPU map has for one key: the possible CPUs of this machine, or a negative error. */
static inline int clbc_cpu_count(void)
{
	return libbpf_num_possible_cpus();
}

/* The distance of two CPUs' values in what the kernel copies. */
static inline size_t clbc_percpu_stride(size_t value_size)
{
	return (value_size + 7) / 8 * 8;
}

/* Copies the value of a key; -ENOENT where there is none. flags: BPF_F_LOCK. */
static inline int clbc_map__lookup(const struct bpf_map *map, const void *key, size_t key_size, void *value,
				   size_t value_size, __u64 flags)
{
	int fd = clbc_map__fd(map);

	return fd < 0 ? fd : bpf_map__lookup_elem(map, key, key_size, value, value_size, flags);
}

/* flags: BPF_ANY, BPF_NOEXIST (-EEXIST where the key is there), BPF_EXIST (-ENOENT where it is not), BPF_F_LOCK. */
static inline int clbc_map__update(const struct bpf_map *map, const void *key, size_t key_size, const void *value,
				   size_t value_size, __u64 flags)
{
	int fd = clbc_map__fd(map);

	return fd < 0 ? fd : bpf_map__update_elem(map, key, key_size, value, value_size, flags);
}

/* -ENOENT where the key is not there. */
static inline int clbc_map__delete(const struct bpf_map *map, const void *key, size_t key_size)
{
	int fd = clbc_map__fd(map);

	return fd < 0 ? fd : bpf_map__delete_elem(map, key, key_size, 0);
}

/* Moves the value of a key out of the map: hash maps on Linux 5.14 and later; queues and stacks (without key) on 4.20.
 */
static inline int clbc_map__take(const struct bpf_map *map, const void *key, size_t key_size, void *value,
				 size_t value_size)
{
	int fd = clbc_map__fd(map);

	return fd < 0 ? fd : bpf_map__lookup_and_delete_elem(map, key, key_size, value, value_size, 0);
}

/* The key after `key`, or the first one for NULL; -ENOENT after the last. A key that is gone starts from the first. */
static inline int clbc_map__next_key(const struct bpf_map *map, const void *key, void *next, size_t key_size)
{
	int fd = clbc_map__fd(map);

	return fd < 0 ? fd : bpf_map__get_next_key(map, key, next, key_size);
}

/* Whether an array of `cpus` values can take what a per-CPU map has for one key; returns the machine's CPUs. */
static inline int clbc_percpu__check(size_t cpus)
{
	int count = clbc_cpu_count();

	return count > 0 && cpus < (size_t)count ? -CLBC_TOO_FEW_VALUES : count;
}

/* Copies the values of all CPUs for one key into an array of `cpus` values, without the kernel's padding between them.
 */
static inline int clbc_percpu__lookup(const struct bpf_map *map, const void *key, size_t key_size, void *values,
				      size_t value_size, size_t cpus)
{
	size_t stride = clbc_percpu_stride(value_size);
	int count = clbc_percpu__check(cpus), err;
	char *padded;

	if (count < 0)
		return count;
	if (stride == value_size)
		return clbc_map__lookup(map, key, key_size, values, stride * count, 0);
	padded = (char *)malloc(stride * count);
	if (!padded)
		return -ENOMEM;
	err = clbc_map__lookup(map, key, key_size, padded, stride * count, 0);
	for (int cpu = 0; !err && cpu < count; cpu++)
		memcpy((char *)values + cpu * value_size, padded + cpu * stride, value_size);
	free(padded);
	return err;
}

/* Sets the values of all CPUs for one key from an array of `cpus` values. */
static inline int clbc_percpu__update(const struct bpf_map *map, const void *key, size_t key_size, const void *values,
				      size_t value_size, size_t cpus, __u64 flags)
{
	size_t stride = clbc_percpu_stride(value_size);
	int count = clbc_percpu__check(cpus), err;
	char *padded;

	if (count < 0)
		return count;
	if (stride == value_size)
		return clbc_map__update(map, key, key_size, values, stride * count, flags);
	padded = (char *)calloc(count, stride);
	if (!padded)
		return -ENOMEM;
	for (int cpu = 0; cpu < count; cpu++)
		memcpy(padded + cpu * stride, (const char *)values + cpu * value_size, value_size);
	err = clbc_map__update(map, key, key_size, padded, stride * count, flags);
	free(padded);
	return err;
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
	int cpus;
	clbc_entry_fn on_entry;
	void *ctx;
};

static inline int clbc_walk__visit(const struct clbc_walk *walk, const void *key, void *value)
{
	int err;

	if (walk->per_cpu)
		err = clbc_percpu__lookup(walk->map, key, walk->key_size, value, walk->value_size, walk->cpus);
	else
		err = clbc_map__lookup(walk->map, key, walk->key_size, value, walk->value_size, 0);
	if (err == -ENOENT) /* deleted since its key was read */
		return 0;
	return err ? err : walk->on_entry(walk->ctx, key, value);
}

static inline int clbc_walk__run(const struct clbc_walk *walk, char *key, char *next, void *value)
{
	int err = clbc_map__next_key(walk->map, NULL, next, walk->key_size);

	/* a walk that deletions by others send back to the first key must still end */
	for (__u32 left = bpf_map__max_entries(walk->map); !err && left > 0; left--) {
		int result, end;

		memcpy(key, next, walk->key_size);
		end = clbc_map__next_key(walk->map, key, next, walk->key_size);
		result = clbc_walk__visit(walk, key, value);
		if (result)
			return result;
		err = end;
	}
	return err == -ENOENT ? 0 : err;
}

/*
 * Calls on_entry for each entry. Under change by others an entry may be missed or seen twice, and never more than
 * max_entries are visited. Returns 0, the callback's result where it ended the walk, or a negative error.
 */
static inline int clbc_map__for_each(const struct bpf_map *map, size_t key_size, size_t value_size, bool per_cpu,
				     clbc_entry_fn on_entry, void *ctx)
{
	int cpus = per_cpu ? clbc_cpu_count() : 1, result;
	struct clbc_walk walk = { map, key_size, value_size, per_cpu, cpus, on_entry, ctx };
	char *keys;
	void *value;

	if (cpus < 0)
		return cpus;
	keys = (char *)calloc(2, key_size);
	value = calloc(cpus, value_size);
	result = keys && value ? clbc_walk__run(&walk, keys, keys + key_size, value) : -ENOMEM;
	free(keys);
	free(value);
	return result;
}

#endif /* CLBC_MAP_H */
