/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What both C peers share; see peer.ts for what they print. */
#ifndef MEASURE_H
#define MEASURE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 10
#define EVENTS 200000
#define ENTRIES 10000
#define LOADS 20

static inline uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static inline void print(const char *measure, uint64_t count, uint64_t nanoseconds, int64_t sum)
{
	printf("{\"measure\":\"%s\",\"count\":%llu,\"nanoseconds\":%llu,\"sum\":%lld}\n", measure,
	       (unsigned long long)count, (unsigned long long)nanoseconds, (long long)sum);
}

/* Ends the process where a call has failed. */
static inline void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "%s failed\n", what);
	exit(1);
}

#endif /* MEASURE_H */
