/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * lbc.h - typed BPF maps and short-hands for BPF programs.
 *
 * Include it first; it brings in vmlinux.h (the kernel's types), libbpf's helpers and the LBC_* macros:
 *
 *	#include "lbc.h"
 *
 *	struct event { u32 pid; char comm[16]; };
 *	LBC_RINGBUF(events, struct event, 256 * 1024);
 *	LBC_HASH(counts, u32, u64, 1024);
 *
 * Every map is an ordinary BTF-defined map (https://docs.kernel.org/bpf/map_types.html for what each kind does), so
 * that any loader takes the object: libbpf >= 1.0, cilium/ebpf and the lbc runtimes.
 */
#ifndef LBC_H
#define LBC_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

/*
 * A map with typed keys and values. The macros below name the map types that most programs need.
 */
#define LBC_MAP(map, map_type, key_type, value_type, entries) \
	struct {                                              \
		__uint(type, map_type);                       \
		__uint(max_entries, entries);                 \
		__type(key, key_type);                        \
		__type(value, value_type);                    \
	} map SEC(".maps")

/* LBC_HASH(map, key, value, entries): a hash table. */
#define LBC_HASH(map, key_type, value_type, entries) LBC_MAP(map, BPF_MAP_TYPE_HASH, key_type, value_type, entries)

/* LBC_LRU_HASH(map, key, value, entries): a hash table that drops the least recently used entry when full. */
#define LBC_LRU_HASH(map, key_type, value_type, entries) \
	LBC_MAP(map, BPF_MAP_TYPE_LRU_HASH, key_type, value_type, entries)

/* LBC_PERCPU_HASH(map, key, value, entries): a hash table with one value for each CPU. */
#define LBC_PERCPU_HASH(map, key_type, value_type, entries) \
	LBC_MAP(map, BPF_MAP_TYPE_PERCPU_HASH, key_type, value_type, entries)

/* LBC_LRU_PERCPU_HASH(map, key, value, entries): both of the above. */
#define LBC_LRU_PERCPU_HASH(map, key_type, value_type, entries) \
	LBC_MAP(map, BPF_MAP_TYPE_LRU_PERCPU_HASH, key_type, value_type, entries)

/* LBC_ARRAY(map, key, value, entries): an array; the key is an u32 below entries. */
#define LBC_ARRAY(map, key_type, value_type, entries) LBC_MAP(map, BPF_MAP_TYPE_ARRAY, key_type, value_type, entries)

/* LBC_PERCPU_ARRAY(map, key, value, entries): an array with one value for each CPU. */
#define LBC_PERCPU_ARRAY(map, key_type, value_type, entries) \
	LBC_MAP(map, BPF_MAP_TYPE_PERCPU_ARRAY, key_type, value_type, entries)

/*
 * Event streams. The event's type rides in the element type of the array that encodes the map's `type`: a loader looks
 * at the length of that array only, lbc looks at the element as well.
 */

/* LBC_RINGBUF(map, type, bytes): a ring buffer of `type` events; bytes is a power of two and a multiple of the page. */
#define LBC_RINGBUF(map, event_type, bytes)               \
	struct {                                          \
		event_type (*type)[BPF_MAP_TYPE_RINGBUF]; \
		__uint(max_entries, bytes);               \
	} map SEC(".maps")

/* LBC_PERF_OUTPUT(map, type, entries): a perf event array of `type` events; entries is raised to the number of CPUs. */
#define LBC_PERF_OUTPUT(map, event_type, entries)                  \
	struct {                                                   \
		event_type (*type)[BPF_MAP_TYPE_PERF_EVENT_ARRAY]; \
		__uint(key_size, sizeof(u32));                     \
		__uint(value_size, sizeof(u32));                   \
		__uint(max_entries, entries);                      \
	} map SEC(".maps")

/*
 * _(expression): the value of a field that lies behind a pointer into the kernel, such as _(task->real_parent->tgid)
 * with one arrow a call, or _(parent->tgid). The read is relocated by CO-RE for the running kernel and gives zero where
 * the pointer is bad. In tp_btf, fentry and fexit programs a plain `parent->tgid` works as well.
 */
#define _(expression)                                                          \
	({                                                                     \
		typeof(expression) lbc_value_;                                 \
		bpf_core_read(&lbc_value_, sizeof(lbc_value_), &(expression)); \
		lbc_value_;                                                    \
	})

#endif /* LBC_H */
