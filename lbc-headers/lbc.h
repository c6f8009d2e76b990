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
 * Constants that vmlinux.h cannot carry stand in headers by topic: lbc_net.h, lbc_fs.h and lbc_sched.h.
 * The comments that begin with two stars are the source of docs/macros.md (tools/headers makes it).
 */
#ifndef LBC_H
#define LBC_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>

#ifndef NULL
#define NULL ((void *)0)
#endif

/**
 * DOC: Tables
 *
 * Every map is an ordinary BTF-defined map, so that any loader takes the object: libbpf 1.0 and later, cilium/ebpf and
 * the lbc runtimes. https://docs.kernel.org/bpf/maps.html tells what each kind of map does. A `key` or `value` is any
 * C type, such as `u32` or `struct flow`.
 *
 * A map that several sources share, which `lbc build a.bpf.c b.bpf.c -o ab.bpf.o` links into one object, is defined in
 * one of them. The others declare it: `extern` before the same line.
 *
 *	extern LBC_RINGBUF(events, struct event, 256 * 1024);
 */

/* A pointer to a type that is misspelt or only declared would compile: an error at the map's line instead. */
#define __LBC_SIZED(type) _Static_assert(sizeof(type) > 0, "a key or value of no bytes")

/**
 * LBC_MAP() - any map with typed keys and values, for map types that have no macro of their own
 * @map: name of the map
 * @map_type: such as BPF_MAP_TYPE_HASH
 * @key_type: type of a key
 * @value_type: type of a value
 * @entries: most entries that it holds
 */
#define LBC_MAP(map, map_type, key_type, value_type, entries) \
	struct {                                              \
		__uint(type, map_type);                       \
		__uint(max_entries, entries);                 \
		__type(key, key_type);                        \
		__type(value, value_type);                    \
		__LBC_SIZED(key_type);                        \
		__LBC_SIZED(value_type);                      \
	} map SEC(".maps")

/**
 * LBC_HASH() - a hash table
 * @map: name of the map
 * @key_type: type of a key
 * @value_type: type of a value
 * @entries: most entries that it holds
 */
#define LBC_HASH(map, key_type, value_type, entries) LBC_MAP(map, BPF_MAP_TYPE_HASH, key_type, value_type, entries)

/**
 * LBC_LRU_HASH() - a hash table that drops the least recently used entry when it is full
 * @map: name of the map
 * @key_type: type of a key
 * @value_type: type of a value
 * @entries: most entries that it holds
 */
#define LBC_LRU_HASH(map, key_type, value_type, entries) \
	LBC_MAP(map, BPF_MAP_TYPE_LRU_HASH, key_type, value_type, entries)

/**
 * LBC_PERCPU_HASH() - a hash table with one value for each CPU
 * @map: name of the map
 * @key_type: type of a key
 * @value_type: type of one CPU's value
 * @entries: most entries that it holds
 */
#define LBC_PERCPU_HASH(map, key_type, value_type, entries) \
	LBC_MAP(map, BPF_MAP_TYPE_PERCPU_HASH, key_type, value_type, entries)

/**
 * LBC_LRU_PERCPU_HASH() - a hash table with one value for each CPU, which drops the least recently used entry
 * @map: name of the map
 * @key_type: type of a key
 * @value_type: type of one CPU's value
 * @entries: most entries that it holds
 */
#define LBC_LRU_PERCPU_HASH(map, key_type, value_type, entries) \
	LBC_MAP(map, BPF_MAP_TYPE_LRU_PERCPU_HASH, key_type, value_type, entries)

/**
 * LBC_ARRAY() - an array
 * @map: name of the map
 * @key_type: u32, or another type of four bytes: an index below `entries`
 * @value_type: type of an element
 * @entries: number of elements
 */
#define LBC_ARRAY(map, key_type, value_type, entries) LBC_MAP(map, BPF_MAP_TYPE_ARRAY, key_type, value_type, entries)

/**
 * LBC_PERCPU_ARRAY() - an array with one value for each CPU
 * @map: name of the map
 * @key_type: u32, or another type of four bytes: an index below `entries`
 * @value_type: type of one CPU's element
 * @entries: number of elements
 */
#define LBC_PERCPU_ARRAY(map, key_type, value_type, entries) \
	LBC_MAP(map, BPF_MAP_TYPE_PERCPU_ARRAY, key_type, value_type, entries)

/**
 * LBC_LPM_TRIE() - a table that finds the entry with the longest prefix in common, as routes are found
 * @map: name of the map
 * @key_type: a struct that begins with the u32 `prefixlen` in bits, followed by the data in network byte order
 * @value_type: type of a value
 * @entries: most entries that it holds
 */
#define LBC_LPM_TRIE(map, key_type, value_type, entries) \
	struct {                                         \
		__uint(type, BPF_MAP_TYPE_LPM_TRIE);     \
		__uint(map_flags, BPF_F_NO_PREALLOC);    \
		__uint(max_entries, entries);            \
		__type(key, key_type);                   \
		__type(value, value_type);               \
		__LBC_SIZED(key_type);                   \
		__LBC_SIZED(value_type);                 \
	} map SEC(".maps")

/**
 * DOC: Sets and sequences
 *
 * Maps without keys.
 */

/* A map of values only. */
#define __LBC_KEYLESS(map, map_type, value_type, entries) \
	struct {                                          \
		__uint(type, map_type);                   \
		__uint(max_entries, entries);             \
		__type(value, value_type);                \
		__LBC_SIZED(value_type);                  \
	} map SEC(".maps")

/**
 * LBC_QUEUE() - a queue: bpf_map_pop_elem() takes what bpf_map_push_elem() put in first
 * @map: name of the map
 * @value_type: type of an element
 * @entries: most elements that it holds
 */
#define LBC_QUEUE(map, value_type, entries) __LBC_KEYLESS(map, BPF_MAP_TYPE_QUEUE, value_type, entries)

/**
 * LBC_LIFO() - a stack of values (BPF_MAP_TYPE_STACK): bpf_map_pop_elem() takes what was pushed last
 * @map: name of the map
 * @value_type: type of an element
 * @entries: most elements that it holds
 *
 * `LBC_STACK()` is the map of stack traces, as users of pylcc know it.
 */
#define LBC_LIFO(map, value_type, entries) __LBC_KEYLESS(map, BPF_MAP_TYPE_STACK, value_type, entries)

/**
 * LBC_BLOOM_FILTER() - a set that may take a value for a member that is none, never a member for none; Linux 5.16
 * @map: name of the map
 * @value_type: type of a member
 * @entries: number of members that it is made for
 */
#define LBC_BLOOM_FILTER(map, value_type, entries) __LBC_KEYLESS(map, BPF_MAP_TYPE_BLOOM_FILTER, value_type, entries)

/**
 * DOC: Storage that belongs to a kernel object
 *
 * One value for each task, inode, socket or cgroup, freed together with it: bpf_task_storage_get() and its like find
 * it. User space looks it up by a descriptor of the object: pidfd, file, socket or cgroup folder.
 */

/* A map of one value for each object of a kind. */
#define __LBC_STORAGE(map, map_type, value_type)      \
	struct {                                      \
		__uint(type, map_type);               \
		__uint(map_flags, BPF_F_NO_PREALLOC); \
		__type(key, int);                     \
		__type(value, value_type);            \
		__LBC_SIZED(value_type);              \
	} map SEC(".maps")

/**
 * LBC_TASK_STORAGE() - a value for each task; Linux 5.11
 * @map: name of the map
 * @value_type: type of a task's value
 */
#define LBC_TASK_STORAGE(map, value_type) __LBC_STORAGE(map, BPF_MAP_TYPE_TASK_STORAGE, value_type)

/**
 * LBC_INODE_STORAGE() - a value for each inode; Linux 5.10
 * @map: name of the map
 * @value_type: type of an inode's value
 */
#define LBC_INODE_STORAGE(map, value_type) __LBC_STORAGE(map, BPF_MAP_TYPE_INODE_STORAGE, value_type)

/**
 * LBC_SK_STORAGE() - a value for each socket; Linux 5.2
 * @map: name of the map
 * @value_type: type of a socket's value
 */
#define LBC_SK_STORAGE(map, value_type) __LBC_STORAGE(map, BPF_MAP_TYPE_SK_STORAGE, value_type)

/**
 * LBC_CGRP_STORAGE() - a value for each cgroup; Linux 6.2
 * @map: name of the map
 * @value_type: type of a cgroup's value
 */
#define LBC_CGRP_STORAGE(map, value_type) __LBC_STORAGE(map, BPF_MAP_TYPE_CGRP_STORAGE, value_type)

/**
 * DOC: Maps of maps and of programs
 *
 * Slots may be filled in the source, with an initializer after the macro:
 *
 *	LBC_HASH(even, u32, u64, 64);
 *	typeof(even) odd SEC(".maps");		// a second map of the same shape
 *	LBC_ARRAY_OF_MAPS(by_parity, 2, even) = { .values = { &even, &odd } };
 *
 *	LBC_PROG_ARRAY(handlers, 4) = { .values = { [1] = (void *)&on_tcp } };
 */

/**
 * LBC_ARRAY_OF_MAPS() - an array whose elements are maps of one shape
 * @map: name of the map
 * @entries: number of maps
 * @inner: a map that is declared before it and has the shape of all of them
 */
#define LBC_ARRAY_OF_MAPS(map, entries, inner)            \
	struct {                                          \
		__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); \
		__uint(max_entries, entries);             \
		__type(key, u32);                         \
		__array(values, typeof(inner));           \
	} map SEC(".maps")

/**
 * LBC_HASH_OF_MAPS() - a hash table whose values are maps of one shape
 * @map: name of the map
 * @key_type: type of a key
 * @entries: most maps that it holds
 * @inner: a map that is declared before it and has the shape of all of them
 */
#define LBC_HASH_OF_MAPS(map, key_type, entries, inner)  \
	struct {                                         \
		__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS); \
		__uint(max_entries, entries);            \
		__type(key, key_type);                   \
		__LBC_SIZED(key_type);                   \
		__array(values, typeof(inner));          \
	} map SEC(".maps")

/**
 * LBC_PROG_ARRAY() - programs for bpf_tail_call()
 * @map: name of the map
 * @entries: number of slots
 */
#define LBC_PROG_ARRAY(map, entries)                   \
	struct {                                       \
		__uint(type, BPF_MAP_TYPE_PROG_ARRAY); \
		__uint(max_entries, entries);          \
		__uint(key_size, sizeof(u32));         \
		__array(values, int(void *));          \
	} map SEC(".maps")

/**
 * DOC: Devices, CPUs, sockets and cgroups
 *
 * What bpf_redirect_map(), bpf_sk_select_reuseport() and their like choose from. User space fills them.
 */

/**
 * LBC_DEVMAP() - network devices by index; Linux 5.8
 * @map: name of the map
 * @entries: number of slots
 */
#define LBC_DEVMAP(map, entries) LBC_MAP(map, BPF_MAP_TYPE_DEVMAP, u32, struct bpf_devmap_val, entries)

/**
 * LBC_DEVMAP_HASH() - network devices by any number; Linux 5.8
 * @map: name of the map
 * @entries: most entries that it holds
 */
#define LBC_DEVMAP_HASH(map, entries) LBC_MAP(map, BPF_MAP_TYPE_DEVMAP_HASH, u32, struct bpf_devmap_val, entries)

/**
 * LBC_CPUMAP() - CPUs that take packets over, each with the length of its queue; Linux 5.9
 * @map: name of the map
 * @entries: number of CPUs
 */
#define LBC_CPUMAP(map, entries) LBC_MAP(map, BPF_MAP_TYPE_CPUMAP, u32, struct bpf_cpumap_val, entries)

/**
 * LBC_XSKMAP() - AF_XDP sockets by queue
 * @map: name of the map
 * @entries: number of queues
 */
#define LBC_XSKMAP(map, entries) LBC_MAP(map, BPF_MAP_TYPE_XSKMAP, u32, u32, entries)

/**
 * LBC_SOCKMAP() - TCP, UDP and Unix sockets by index; user space reads their cookies
 * @map: name of the map
 * @entries: number of slots
 */
#define LBC_SOCKMAP(map, entries) LBC_MAP(map, BPF_MAP_TYPE_SOCKMAP, u32, u64, entries)

/**
 * LBC_SOCKHASH() - TCP, UDP and Unix sockets by any key; user space reads their cookies
 * @map: name of the map
 * @key_type: type of a key
 * @entries: most sockets that it holds
 */
#define LBC_SOCKHASH(map, key_type, entries) LBC_MAP(map, BPF_MAP_TYPE_SOCKHASH, key_type, u64, entries)

/**
 * LBC_REUSEPORT_SOCKARRAY() - sockets that listen on one port, for bpf_sk_select_reuseport()
 * @map: name of the map
 * @entries: number of slots
 */
#define LBC_REUSEPORT_SOCKARRAY(map, entries) LBC_MAP(map, BPF_MAP_TYPE_REUSEPORT_SOCKARRAY, u32, u64, entries)

/**
 * LBC_CGROUP_ARRAY() - cgroups, for bpf_current_task_under_cgroup()
 * @map: name of the map
 * @entries: number of slots
 */
#define LBC_CGROUP_ARRAY(map, entries) LBC_MAP(map, BPF_MAP_TYPE_CGROUP_ARRAY, u32, u32, entries)

/**
 * LBC_ARENA() - memory that programs and user space share; Linux 6.9
 * @map: name of the map
 * @pages: size in pages
 */
#define LBC_ARENA(map, pages)                      \
	struct {                                   \
		__uint(type, BPF_MAP_TYPE_ARENA);  \
		__uint(map_flags, BPF_F_MMAPABLE); \
		__uint(max_entries, pages);        \
	} map SEC(".maps")

/**
 * DOC: Stack traces
 *
 * bpf_get_stackid(ctx, &map, flags) puts a stack into the map and returns its number, which an event or a key carries.
 */

/** PERF_MAX_STACK_DEPTH - most frames of a stack trace, as kernel.perf_event_max_stack has it by default */
#ifndef PERF_MAX_STACK_DEPTH
#define PERF_MAX_STACK_DEPTH 127
#endif

/** KERN_STACKID_FLAGS - flags of bpf_get_stackid() for the kernel's stack; stacks are told apart by their hash */
#define KERN_STACKID_FLAGS (0 | BPF_F_FAST_STACK_CMP)

/** USER_STACKID_FLAGS - flags of bpf_get_stackid() for the process's stack; stacks are told apart by their hash */
#define USER_STACKID_FLAGS (BPF_F_USER_STACK | BPF_F_FAST_STACK_CMP)

/**
 * LBC_STACK() - a map of stack traces: number to addresses
 * @map: name of the map
 * @entries: most stacks that it holds
 */
#define LBC_STACK(map, entries) LBC_MAP(map, BPF_MAP_TYPE_STACK_TRACE, u32, u64[PERF_MAX_STACK_DEPTH], entries)

/**
 * DOC: Histograms
 *
 * Arrays of counters that lbc's runtimes and `lbc inspect` know as histograms. A push finds the slot and adds one:
 *
 *	LBC_HIST2(latency);
 *	...
 *	hist2_push(&latency, microseconds);
 *
 * The kind of a histogram rides in the element type of the array that encodes `max_entries`, of which loaders read
 * the length only.
 */

/* What the element of max_entries says of a map; lbc looks at the typedef's name. */
typedef int lbc_histogram_log2;
typedef int lbc_histogram_log10;
typedef int lbc_histogram_linear;

/* A histogram of a kind: an array, or one for each CPU. */
#define __LBC_HISTOGRAM(map, map_type, kind, slots)         \
	struct {                                            \
		__uint(type, map_type);                     \
		lbc_histogram_##kind (*max_entries)[slots]; \
		__type(key, u32);                           \
		__type(value, u64);                         \
	} map SEC(".maps")

/**
 * LBC_HIST2() - a histogram by powers of two, 64 slots: slot n counts the values from 2^n on, slot 0 zero and one
 * @map: name of the map
 */
#define LBC_HIST2(map) __LBC_HISTOGRAM(map, BPF_MAP_TYPE_ARRAY, log2, 64)

/**
 * LBC_HIST10() - a histogram by powers of ten, 20 slots: slot n counts the values from 10^n on, slot 0 those below 10
 * @map: name of the map
 */
#define LBC_HIST10(map) __LBC_HISTOGRAM(map, BPF_MAP_TYPE_ARRAY, log10, 20)

/**
 * LBC_HIST() - a histogram whose slots are your own: incr_hist() counts in a slot
 * @map: name of the map
 * @slots: number of slots
 */
#define LBC_HIST(map, slots) __LBC_HISTOGRAM(map, BPF_MAP_TYPE_ARRAY, linear, slots)

/**
 * LBC_PERCPU_HIST2() - LBC_HIST2() with counters for each CPU
 * @map: name of the map
 */
#define LBC_PERCPU_HIST2(map) __LBC_HISTOGRAM(map, BPF_MAP_TYPE_PERCPU_ARRAY, log2, 64)

/**
 * LBC_PERCPU_HIST10() - LBC_HIST10() with counters for each CPU
 * @map: name of the map
 */
#define LBC_PERCPU_HIST10(map) __LBC_HISTOGRAM(map, BPF_MAP_TYPE_PERCPU_ARRAY, log10, 20)

/**
 * fast_log2() - the largest n with 2^n not above a value
 * @value: any number; 0 gives 0, and one below zero 63, as it is taken without its sign (pylcc gives 0)
 */
static __always_inline int fast_log2(u64 value)
{
	int log = 0;

#pragma unroll
	for (int half = 32; half > 0; half /= 2) {
		if (value >> half) {
			value >>= half;
			log += half;
		}
	}
	return log;
}

/**
 * fast_log10() - the largest n with 10^n not above a value
 * @value: any number; 0 gives 0, and one below zero 19, as it is taken without its sign
 */
static __always_inline int fast_log10(u64 value)
{
	u64 power = 1;
	int log = 0;

#pragma unroll
	for (int digits = 1; digits < 20; digits++) {
		power *= 10;
		log += value >= power;
	}
	return log;
}

/**
 * add_hist() - adds to a counter of an array or hash table whose values are 64 bits wide
 * @map: pointer to the map; a hash table must have the entry already
 * @key: the slot
 * @count: how much to add
 */
static __always_inline void add_hist(void *map, int key, long count)
{
	u64 *counter = bpf_map_lookup_elem(map, &key);

	if (counter)
		__sync_fetch_and_add(counter, count);
}

/**
 * incr_hist() - adds one to a counter
 * @map: pointer to the map
 * @key: the slot
 */
#define incr_hist(map, key) add_hist(map, key, 1)

/**
 * hist2_push() - counts a value in a histogram by powers of two
 * @map: pointer to an LBC_HIST2() map
 * @value: the value
 */
static __always_inline void hist2_push(void *map, u64 value)
{
	incr_hist(map, fast_log2(value));
}

/**
 * hist10_push() - counts a value in a histogram by powers of ten
 * @map: pointer to an LBC_HIST10() map
 * @value: the value
 */
static __always_inline void hist10_push(void *map, u64 value)
{
	incr_hist(map, fast_log10(value));
}

/**
 * DOC: Event streams
 *
 * What a program sends to user space. The event's type rides in the element type of the array that encodes the map's
 * `type`: a loader looks at the length of that array only, lbc looks at the element as well. Three ways to send:
 *
 *	LBC_RINGBUF(events, struct event, 256 * 1024);
 *
 *	struct event *event = LBC_RESERVE(events);	// in place, without a copy
 *	if (!event)
 *		return 0;
 *	event->pid = ...;
 *	LBC_SUBMIT(event);
 *
 *	struct event event = { .pid = ... };
 *	LBC_OUTPUT(events, &event);			// a copy
 *	LBC_EMIT(ctx, events, &event);			// a copy, and older kernels too
 */

/**
 * LBC_RINGBUF() - a ring buffer of events of one type; Linux 5.8, see LBC_EMIT() for older kernels
 * @map: name of the map
 * @event_type: type of an event, such as struct event
 * @bytes: size of the buffer: a power of two and a multiple of the page
 */
#define LBC_RINGBUF(map, event_type, bytes)                     \
	struct {                                                \
		event_type (*type)[BPF_MAP_TYPE_RINGBUF___lbc]; \
		__uint(max_entries, bytes);                     \
	} map SEC(".maps")

/**
 * LBC_PERF_OUTPUT() - a perf event array: a buffer of events of one type for each CPU
 * @map: name of the map
 * @event_type: type of an event, such as struct event
 * @entries: number of buffers, which loaders raise to the number of CPUs
 */
#define LBC_PERF_OUTPUT(map, event_type, entries)                  \
	struct {                                                   \
		event_type (*type)[BPF_MAP_TYPE_PERF_EVENT_ARRAY]; \
		__uint(key_size, sizeof(u32));                     \
		__uint(value_size, sizeof(u32));                   \
		__uint(max_entries, entries);                      \
	} map SEC(".maps")

/**
 * LBC_USER_RINGBUF() - a ring buffer that user space writes and bpf_user_ringbuf_drain() reads; Linux 6.1
 * @map: name of the map
 * @event_type: type of a record
 * @bytes: size of the buffer: a power of two and a multiple of the page
 */
#define LBC_USER_RINGBUF(map, event_type, bytes)               \
	struct {                                               \
		event_type (*type)[BPF_MAP_TYPE_USER_RINGBUF]; \
		__uint(max_entries, bytes);                    \
	} map SEC(".maps")

/*
 * The ring buffer by its number, so that a program for kernels that have none compiles with their vmlinux.h too. CO-RE
 * drops what follows the three underscores, and looks for BPF_MAP_TYPE_RINGBUF.
 */
enum bpf_map_type___lbc {
	BPF_MAP_TYPE_RINGBUF___lbc = 27,
};

/* The type of a stream's events, and a pointer that may only point to such an event; most clangs only warn. */
#define __LBC_EVENT(map) typeof((*(map).type)[0])
#define __LBC_TYPED(map, event)                                                     \
	({                                                                          \
		_Pragma("clang diagnostic push");                                   \
		_Pragma("clang diagnostic error \"-Wincompatible-pointer-types\""); \
		const __LBC_EVENT(map) *lbc_event_ = (event);                       \
		_Pragma("clang diagnostic pop");                                    \
		(void *)lbc_event_;                                                 \
	})

/**
 * LBC_RESERVE() - room for one event in a ring buffer, as a pointer to its type; null where the buffer is full
 * @map: an LBC_RINGBUF() map
 *
 * The verifier sees to it that each goes to LBC_SUBMIT() or LBC_DISCARD().
 */
#define LBC_RESERVE(map) ((__LBC_EVENT(map) *)bpf_ringbuf_reserve(&(map), sizeof(__LBC_EVENT(map)), 0))

/**
 * LBC_SUBMIT() - hands a reserved event to user space
 * @event: pointer from LBC_RESERVE()
 */
#define LBC_SUBMIT(event) bpf_ringbuf_submit(event, 0)

/**
 * LBC_DISCARD() - gives a reserved event back
 * @event: pointer from LBC_RESERVE()
 */
#define LBC_DISCARD(event) bpf_ringbuf_discard(event, 0)

/**
 * LBC_OUTPUT() - copies an event into a ring buffer; returns 0, or -EAGAIN where the buffer is full
 * @map: an LBC_RINGBUF() map
 * @event: pointer to an event of the map's type
 */
#define LBC_OUTPUT(map, event) bpf_ringbuf_output(&(map), __LBC_TYPED(map, event), sizeof(__LBC_EVENT(map)), 0)

/**
 * LBC_EMIT() - copies an event into a ring buffer, or into perf buffers where the kernel has no ring buffers
 * @ctx: the program's context
 * @map: an LBC_RINGBUF() or LBC_PERF_OUTPUT() map
 * @event: pointer to an event of the map's type
 *
 * On Linux before 5.8 the lbc runtimes make the map a perf event array before they load it, CO-RE switches the program
 * over, and the verifier drops the other way. Stock loaders need 5.8 or later for an LBC_RINGBUF() map. A map that is
 * sent to by LBC_EMIT() must not be used with LBC_RESERVE() or LBC_OUTPUT(), which have no other way to go. Tested
 * with the BTF of a kernel that lacks the enumerator, not on such a kernel.
 */
#define LBC_EMIT(ctx, map, event)                                                                                 \
	(__LBC_IS_RINGBUF(map) && bpf_core_enum_value_exists(enum bpf_map_type___lbc, BPF_MAP_TYPE_RINGBUF___lbc) \
	     ? LBC_OUTPUT(map, event)                                                                             \
	     : bpf_perf_event_output(ctx, &(map), BPF_F_CURRENT_CPU, __LBC_TYPED(map, event),                     \
				     sizeof(__LBC_EVENT(map))))

/* Known when it is compiled: the map's type is the length of an array. */
#define __LBC_IS_RINGBUF(map) (sizeof(*(map).type) == BPF_MAP_TYPE_RINGBUF___lbc * sizeof(__LBC_EVENT(map)))

/**
 * DOC: Reading and configuring
 *
 * The offset of a field is bpf_core_field_offset(struct iphdr, protocol). libbpf's offsetof() is relocated by CO-RE as
 * well, but of `is_ipv4 ? offsetof(...) : offsetof(...)` clang 14 to 19 makes a load from the offset, which the
 * verifier refuses: "invalid mem access 'scalar'". __builtin_offsetof() is a constant, the offset in vmlinux.h.
 */

/**
 * _() - the value of a field behind a pointer into the kernel
 * @expression: the field, with one arrow a call: _(parent->tgid)
 *
 * The read is relocated by CO-RE for the running kernel, and gives zero where the pointer is bad. BPF_CORE_READ() does
 * several arrows at once. In tp_btf, fentry and fexit programs a plain `parent->tgid` works as well.
 */
#define _(expression)                                                          \
	({                                                                     \
		typeof(expression) lbc_value_;                                 \
		bpf_core_read(&lbc_value_, sizeof(lbc_value_), &(expression)); \
		lbc_value_;                                                    \
	})

/**
 * LBC_CONFIG() - a value that user space sets before it loads the object, and that no one changes afterwards
 * @type: type of the value
 * @name: its name, a field of the SDK's `rodata`
 * @default_value: what it is unless it is set
 *
 * The verifier knows the value, and removes the code that it switches off.
 */
#define LBC_CONFIG(type, name, default_value) const volatile type name = default_value

/**
 * lbc_debug() - prints as bpf_printk() does where LBC_DEBUG is defined (lbc build -D LBC_DEBUG), does nothing elsewhere
 * @...: a format string with up to twelve values
 */
#ifdef LBC_DEBUG
#define lbc_debug(...) bpf_printk(__VA_ARGS__)
#else
#define lbc_debug(...) \
	do {           \
	} while (0)
#endif

/**
 * DOC: Byte order by the names of the C library
 *
 * For sources that were written for pylcc; bpf_ntohs() and its like of libbpf are the same.
 */
/**
 * ntohs() - 16 bits from network to host byte order
 * @x: the number
 */
#ifndef ntohs
#define ntohs(x) bpf_ntohs(x)
#endif
/**
 * htons() - 16 bits from host to network byte order
 * @x: the number
 */
#ifndef htons
#define htons(x) bpf_htons(x)
#endif
/**
 * ntohl() - 32 bits from network to host byte order
 * @x: the number
 */
#ifndef ntohl
#define ntohl(x) bpf_ntohl(x)
#endif
/**
 * htonl() - 32 bits from host to network byte order
 * @x: the number
 */
#ifndef htonl
#define htonl(x) bpf_htonl(x)
#endif
/**
 * ntohll() - 64 bits from network to host byte order
 * @x: the number
 */
#ifndef ntohll
#define ntohll(x) bpf_be64_to_cpu(x)
#endif
/**
 * htonll() - 64 bits from host to network byte order
 * @x: the number
 */
#ifndef htonll
#define htonll(x) bpf_cpu_to_be64(x)
#endif

#endif /* LBC_H */
