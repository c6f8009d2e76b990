/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Why the kernel lets a process load no BPF; see capabilities(7) and kernel_lockdown(7). */
#ifndef CLBC_PERMISSION_H
#define CLBC_PERMISSION_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <linux/types.h>

/* Bits of CapEff in /proc/self/status: include/uapi/linux/capability.h, of which older headers do not have all. */
#define CLBC_CAP_NET_ADMIN (1ULL << 12)
#define CLBC_CAP_SYS_ADMIN (1ULL << 21)
#define CLBC_CAP_PERFMON (1ULL << 38)
#define CLBC_CAP_BPF (1ULL << 39)

/* Both are parts of CAP_SYS_ADMIN. */
#define CLBC_CAPS_OF_TRACING (CLBC_CAP_PERFMON | CLBC_CAP_BPF)

/* The capabilities that are in force, with the parts of CAP_SYS_ADMIN; 0 where they are not told. */
static inline __u64 clbc_capabilities(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	unsigned long long effective = 0;
	char line[256];

	while (status && fgets(line, sizeof(line), status))
		if (sscanf(line, "CapEff: %llx", &effective) == 1)
			break;
	if (status)
		fclose(status);
	return effective & CLBC_CAP_SYS_ADMIN ? effective | CLBC_CAPS_OF_TRACING : effective;
}

/* Whether the kernel is locked down against reading its memory, which tracing is. */
static inline bool clbc_is_locked_down(void)
{
	FILE *lockdown = fopen("/sys/kernel/security/lockdown", "re");
	char line[128];
	bool locked = lockdown && fgets(line, sizeof(line), lockdown) && strstr(line, "[confidentiality]");

	if (lockdown)
		fclose(lockdown);
	return locked;
}

/* Whether capabilities and lockdown let the process trace the kernel. */
static inline bool clbc_may_trace(void)
{
	return (clbc_capabilities() & CLBC_CAPS_OF_TRACING) == CLBC_CAPS_OF_TRACING && !clbc_is_locked_down();
}

#endif /* CLBC_PERMISSION_H */
