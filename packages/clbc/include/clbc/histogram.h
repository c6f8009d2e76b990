/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The histograms of lbc.h (LBC_HIST2, LBC_HIST10, LBC_HIST): their counters, and their picture as text. */
#ifndef CLBC_HISTOGRAM_H
#define CLBC_HISTOGRAM_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "map.h"

/* How the slots divide the values. */
enum clbc_histogram_kind {
	CLBC_LOG2,   /* slot n begins at 2^n, slot 0 counts zero and one */
	CLBC_LOG10,  /* slot n begins at 10^n, slot 0 counts what is below 10 */
	CLBC_LINEAR, /* slot n counts the value n */
};

/* Copies up to `slots` counters of a histogram's map, those of all CPUs added up; returns how many, or a negative
 * error. */
static inline int clbc_histogram__read(const struct bpf_map *map, __u64 *counts, size_t slots)
{
	bool per_cpu = bpf_map__type(map) == BPF_MAP_TYPE_PERCPU_ARRAY;
	int cpus = per_cpu ? clbc_cpu_count() : 1, err = 0;
	__u32 count = bpf_map__max_entries(map);
	__u64 *values;

	if (cpus < 0)
		return cpus;
	if (bpf_map__key_size(map) != sizeof(__u32) || bpf_map__value_size(map) != sizeof(__u64))
		return -EINVAL;
	values = (__u64 *)calloc(cpus, sizeof(*values));
	if (!values)
		return -ENOMEM;
	if (count > slots)
		count = slots;
	for (__u32 slot = 0; !err && slot < count; slot++) {
		err = clbc_map__lookup(map, &slot, sizeof(slot), values, sizeof(*values) * cpus, 0);
		counts[slot] = 0;
		for (int cpu = 0; cpu < cpus; cpu++)
			counts[slot] += values[cpu];
	}
	free(values);
	return err ? err : (int)count;
}

/* base^exponent, or the largest number where that does not fit. */
static inline __u64 clbc_power(__u64 base, size_t exponent)
{
	__u64 result = 1;

	for (; exponent > 0; exponent--)
		if (__builtin_mul_overflow(result, base, &result))
			return ~0ULL;
	return result;
}

/* The smallest and the largest value that a slot counts. */
static inline void clbc_histogram__range(enum clbc_histogram_kind kind, size_t slot, __u64 *from, __u64 *to)
{
	__u64 base = kind == CLBC_LOG10 ? 10 : 2, next = clbc_power(base, slot + 1);

	if (kind == CLBC_LINEAR) {
		*from = *to = slot;
		return;
	}
	*from = slot == 0 ? 0 : clbc_power(base, slot);
	*to = next == ~0ULL ? next : next - 1;
}

/* The columns of a histogram. */
struct clbc_histogram_shape {
	int digits; /* of a value */
	int counts; /* of a counter */
	int bar;
	__u64 most;
};

static inline struct clbc_histogram_shape clbc_histogram__shape(enum clbc_histogram_kind kind, const __u64 *counts,
								size_t used)
{
	struct clbc_histogram_shape shape = { 10, 8, 40, 0 };
	__u64 from, to;
	int digits;

	clbc_histogram__range(kind, used - 1, &from, &to);
	if (to > 9999999999ULL) {
		shape.digits = 20;
		shape.bar = 20;
	}
	for (size_t slot = 0; slot < used; slot++)
		if (counts[slot] > shape.most)
			shape.most = counts[slot];
	digits = snprintf(NULL, 0, "%llu", shape.most);
	if (digits > shape.counts)
		shape.counts = digits;
	return shape;
}

static inline int clbc_histogram__print_row(FILE *out, enum clbc_histogram_kind kind, size_t slot, __u64 count,
					    const struct clbc_histogram_shape *shape)
{
	/* in floating point, because a counter times 40 may not fit */
	int stars = (int)((double)count / (double)shape->most * shape->bar + 1e-9);
	__u64 from, to;
	int written;

	clbc_histogram__range(kind, slot, &from, &to);
	written = fprintf(out, "%*llu", shape->digits, from);
	if (written >= 0 && kind != CLBC_LINEAR)
		written = fprintf(out, " -> %-*llu", shape->digits, to);
	if (written >= 0)
		written = fprintf(out, " : %-*llu |", shape->counts, count);
	for (int star = 0; written >= 0 && star < shape->bar; star++)
		written = fputc(star < stars ? '*' : ' ', out);
	return written < 0 ? written : fprintf(out, "|\n");
}

/*
 * Prints a histogram up to its last counter that is not zero, in the form that BCC made familiar; nothing where all are
 * zero. unit is printed above the values and may be NULL. Returns 0, or -EIO where the output cannot be written.
 *
 *	     usecs               : count    distribution
 *	         0 -> 1          : 2        |********************                    |
 *	         2 -> 3          : 4        |****************************************|
 */
static inline int clbc_histogram__print(FILE *out, enum clbc_histogram_kind kind, const __u64 *counts, size_t slots,
					const char *unit)
{
	struct clbc_histogram_shape shape;
	int written, label;

	while (slots > 0 && counts[slots - 1] == 0)
		slots--;
	if (slots == 0)
		return 0;
	shape = clbc_histogram__shape(kind, counts, slots);
	label = kind == CLBC_LINEAR ? shape.digits : 2 * shape.digits + 4;
	written = fprintf(out, "     %-*s : %-*s distribution\n", label - 5, unit ? unit : "", shape.counts, "count");
	for (size_t slot = 0; written >= 0 && slot < slots; slot++)
		written = clbc_histogram__print_row(out, kind, slot, counts[slot], &shape);
	return written < 0 ? -EIO : 0;
}

#endif /* CLBC_HISTOGRAM_H */
