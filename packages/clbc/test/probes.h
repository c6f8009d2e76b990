/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What the tests for kernels in QEMU ask of the one that they run on. */
#ifndef CLBC_PROBES_H
#define CLBC_PROBES_H

#include <fcntl.h>
#include <bpf/btf.h>
#include "test.h"

static inline bool kernel_has_type(const char *name, __u32 kind)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	bool found;

	CHECK(kernel);
	found = btf__find_by_name_kind(kernel, name, kind) > 0;
	btf__free(kernel);
	return found;
}

/* Passes security_file_open() once, or more often where the path goes through other files. */
static inline void open_a_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	CHECK(fd >= 0);
	close(fd);
}

void test_probes_of_hooks(void);

#endif /* CLBC_PROBES_H */
