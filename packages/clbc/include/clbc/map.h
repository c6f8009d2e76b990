/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Map operations that check what libbpf leaves to its callers; a skeleton gives them the types. Sizes are in bytes. */
#ifndef CLBC_MAP_H
#define CLBC_MAP_H

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
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
 * Maps an array that is declared with BPF_F_MMAPABLE into memory (Linux 5.5 and later): its values stand value_size
 * rounded up to 8 bytes apart. The size in bytes goes to *size, for munmap(). NULL with errno where that fails: ENOTSUP
 * where the map has no such flag.
 */
static inline void *clbc_map__mmap(const struct bpf_map *map, size_t *size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int fd = clbc_map__fd(map);
	void *memory;

	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	*size = clbc_percpu_stride(bpf_map__value_size(map)) * bpf_map__max_entries(map);
	*size = (*size + page - 1) / page * page;
	memory = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED && errno == CLBC_ENOTSUPP)
		errno = ENOTSUP;
	return memory == MAP_FAILED ? NULL : memory;
}

/*
 * Before load: takes a map that there is already instead of making one; the caller keeps the descriptor. -EINVAL where
 * it is of another type or of other sizes, which bpf_map__reuse_fd() alone would take for the declared ones.
 */
static inline int clbc_map__reuse(struct bpf_map *map, int fd)
{
	struct bpf_map_info info;
	__u32 size = sizeof(info);
	int err;

	memset(&info, 0, sizeof(info));
	err = bpf_obj_get_info_by_fd(fd, &info, &size);
	if (err)
		return err;
	if (info.type != bpf_map__type(map) || info.key_size != bpf_map__key_size(map) ||
	    info.value_size != bpf_map__value_size(map))
		return -EINVAL;
	return bpf_map__reuse_fd(map, fd);
}

/* Before load: takes the map that is pinned at a path, as clbc_map__reuse() does, for instance in a front end. */
static inline int clbc_map__reuse_pinned(struct bpf_map *map, const char *path)
{
	int fd = bpf_obj_get(path), err;

	if (fd < 0)
		return fd;
	err = clbc_map__reuse(map, fd);
	close(fd);
	return err;
}

/*
 * Makes an empty map of the shape that another one of the object has, with so many entries (0: as many), to be put into
 * a map of maps whose template that one is. Returns its descriptor, which the caller closes, and may do so once it is
 * put.
 */
static inline int clbc_map__create_like(const struct bpf_map *shape, __u32 max_entries)
{
	struct bpf_map_create_opts opts;

	memset(&opts, 0, sizeof(opts));
	opts.sz = sizeof(opts);
	opts.map_flags = bpf_map__map_flags(shape);
	opts.map_extra = bpf_map__map_extra(shape);
	return bpf_map_create(bpf_map__type(shape), NULL, bpf_map__key_size(shape), bpf_map__value_size(shape),
			      max_entries ? max_entries : bpf_map__max_entries(shape), &opts);
}

/* Opens the map that a map of maps has for a key: a descriptor, which the caller closes; -ENOENT where it has none. */
static inline int clbc_map__open_inner(const struct bpf_map *outer, const void *key, size_t key_size)
{
	__u32 id;
	int err = clbc_map__lookup(outer, key, key_size, &id, sizeof(id), 0);

	return err ? err : bpf_map_get_fd_by_id(id);
}

#endif /* CLBC_MAP_H */
