/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef CLBC_VERSION_H
#define CLBC_VERSION_H

#include <bpf/libbpf_version.h>

/* Whether the program is compiled with this version of libbpf or a later one. */
#define CLBC_LIBBPF(major, minor) \
	(LIBBPF_MAJOR_VERSION > (major) || (LIBBPF_MAJOR_VERSION == (major) && LIBBPF_MINOR_VERSION >= (minor)))

#if !CLBC_LIBBPF(1, 1)
#error "clbc needs libbpf 1.1 or later (Debian and Ubuntu: apt install libbpf-dev)"
#endif

#endif /* CLBC_VERSION_H */
