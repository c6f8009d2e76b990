/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Values of the kernel as people read them: text, network addresses, times. */
#ifndef CLBC_CONVERT_H
#define CLBC_CONVERT_H

#include <errno.h>
#include <string.h>
#include <time.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <linux/types.h>

/*
 * A char array of an event, which may have no zero byte at its end, as the two arguments of "%.*s":
 *	printf("%.*s\n", CLBC_TEXT(event->comm));
 */
#define CLBC_TEXT(array) ((int)strnlen((const char *)(array), sizeof(array))), ((const char *)(array))

/* The address in a __be32 (iphdr.saddr, skc_daddr) as text; buf has INET_ADDRSTRLEN bytes. Returns buf. */
static inline const char *clbc_ipv4(__u32 address, char *buf)
{
	return inet_ntop(AF_INET, &address, buf, INET_ADDRSTRLEN);
}

/* The 16 bytes of a struct in6_addr, in whichever of its forms, as text; buf has INET6_ADDRSTRLEN bytes. Returns buf.
 */
static inline const char *clbc_ipv6(const void *address, char *buf)
{
	return inet_ntop(AF_INET6, address, buf, INET6_ADDRSTRLEN);
}

static inline struct timespec clbc_clock_to_wall(clockid_t clock, __u64 nanoseconds)
{
	const __s64 second = 1000000000;
	struct timespec then = { 0, 0 }, now = { 0, 0 }, wall;
	__s64 sum;

	/* neither fails: every kernel with BPF has these clocks */
	clock_gettime(clock, &then);
	clock_gettime(CLOCK_REALTIME, &now);
	sum = now.tv_sec * second + now.tv_nsec + (__s64)nanoseconds - (then.tv_sec * second + then.tv_nsec);
	wall.tv_sec = sum / second;
	wall.tv_nsec = sum % second;
	return wall;
}

/*
 * When it was, of nanoseconds that bpf_ktime_get_ns() gave: a clock that stands still while the machine sleeps. It goes
 * by the difference to the wall clock now, so call it soon after the event.
 */
static inline struct timespec clbc_ktime_to_wall(__u64 nanoseconds)
{
	return clbc_clock_to_wall(CLOCK_MONOTONIC, nanoseconds);
}

/* The same for bpf_ktime_get_boot_ns(), whose clock runs on while the machine sleeps. */
static inline struct timespec clbc_boottime_to_wall(__u64 nanoseconds)
{
	return clbc_clock_to_wall(CLOCK_BOOTTIME, nanoseconds);
}

#endif /* CLBC_CONVERT_H */
