/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Kernels that call no program by a trampoline, whatever the process may do: as on arm64 before Linux 6.0. */
#ifndef CLBC_TRAMPOLINE_H
#define CLBC_TRAMPOLINE_H

#include <errno.h>
#include <stdbool.h>
#include <bpf/libbpf.h>
#include "error.h"
#include "permission.h"

/* fentry, fexit and fmod_ret. */
static inline bool clbc_program__is_trampoline(const struct bpf_program *prog)
{
	enum bpf_attach_type hook = bpf_program__expected_attach_type(prog);

	return bpf_program__type(prog) == BPF_PROG_TYPE_TRACING &&
	       (hook == BPF_TRACE_FENTRY || hook == BPF_TRACE_FEXIT || hook == BPF_MODIFY_RETURN);
}

/* Whether a process that has every right, and may load other programs, gets this error for its trampolines. */
static inline bool clbc_trampolines_are_refused(int err)
{
	int code = err < 0 ? -err : err;

	return code == CLBC_ENOTSUPP ||
	       (code == EPERM && clbc_may_trace() && libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_SOCKET_FILTER, NULL) > 0);
}

/*
 * The first program of an object for which the kernel refused its trampoline, else NULL. Once the object is loaded,
 * EPERM is another program's: of cgroups, for one.
 */
static inline const struct bpf_program *clbc_object__refused_trampoline(const struct bpf_object *obj, int err)
{
	const struct bpf_program *prog = NULL;

	while ((prog = bpf_object__next_program(obj, (struct bpf_program *)prog)))
		if (bpf_program__autoload(prog) && clbc_program__is_trampoline(prog) &&
		    (bpf_program__fd(prog) < 0 || (err != EPERM && err != -EPERM)))
			return clbc_trampolines_are_refused(err) ? prog : NULL;
	return NULL;
}

#endif /* CLBC_TRAMPOLINE_H */
