/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef CLBC_ERROR_H
#define CLBC_ERROR_H

#include <errno.h>
#include <stdio.h>
#include <bpf/libbpf.h>
#include "permission.h"

/* The kernel's own code for what a map cannot do; no user header has it. */
#define CLBC_ENOTSUPP 524

/* Codes of clbc's own, beyond the system's and libbpf's (4000 and up); functions return them negated. */
enum clbc_error {
	CLBC_NOT_LOADED = 4600, /* a map or program was used before load */
	CLBC_SHORT_RECORD,	/* a record is shorter than its event type allows; it was skipped */
	CLBC_STOPPED,		/* the wait was ended by a stop request */
	CLBC_TOO_FEW_VALUES,	/* an array for per-CPU values is shorter than clbc_cpu_count() */
	CLBC_ALREADY_ATTACHED,	/* the skeleton owns a link of this program already */
	CLBC_AUTOLOAD_OFF,	/* a program was used that load left out */
	CLBC_BUSY,		/* another call reads this stream */
	CLBC_ERROR_END,
};

/* What the user can do about EPERM and EACCES, by what the process may do already. */
static inline const char *clbc_hint_of_permission(void)
{
	__u64 needed = CLBC_CAPS_OF_TRACING | CLBC_CAP_NET_ADMIN;

	if ((clbc_capabilities() & needed) != needed)
		return "run as root, or with CAP_BPF, CAP_PERFMON and, for network programs, CAP_NET_ADMIN; the "
		       "verifier's log on stderr tells if it refused the program";
	if (clbc_is_locked_down())
		return "the kernel is locked down (confidentiality), which root cannot change before it boots again";
	return "this process has the capabilities: a sandbox or security module forbids it, the verifier refused (see "
	       "stderr), or the kernel refuses trampolines: fentry and fexit; use kprobe or tp_btf";
}

/* What the user can do about an error code (either sign), or NULL. */
static inline const char *clbc_hint(int err)
{
	switch (err < 0 ? -err : err) {
	case EPERM:
	case EACCES:
		return clbc_hint_of_permission();
	case ESRCH:
		return "the map, program or kernel function of this name was not found";
	case ENOTSUP:
		return "this kernel, or the libbpf that the program is compiled with, is too old for it";
	case LIBBPF_ERRNO__ENDIAN:
		return "the object was compiled for the other byte order; compile it with -target bpfel or bpfeb";
	case CLBC_NOT_LOADED:
		return "call NAME__load() first";
	case CLBC_SHORT_RECORD:
		return "the program sends less than its event type; generate the skeleton again from this object";
	case CLBC_TOO_FEW_VALUES:
		return "the array needs one value for each of clbc_cpu_count() CPUs";
	case CLBC_ALREADY_ATTACHED:
		return "detach the program first, or attach it with libbpf and own the second link yourself";
	case CLBC_AUTOLOAD_OFF:
		return "switch it on with NAME__set_autoload_PROGRAM() before NAME__load()";
	case CLBC_BUSY:
		return "one thread at a time polls or reads a stream, and its callback does not poll it";
	default:
		return NULL;
	}
}

/* The message for an error code of clbc, libbpf or the system (either sign), with its hint; returns buf. */
static inline const char *clbc_strerror(int err, char *buf, size_t size)
{
	static const char *const messages[] = { "not loaded",
						"short record",
						"stopped",
						"too few values",
						"already attached",
						"not loaded: its autoload is off",
						"busy" };
	int code = err < 0 ? -err : err, length;
	const char *hint = clbc_hint(code);
	char message[128];

	if (code >= CLBC_NOT_LOADED && code < CLBC_ERROR_END)
		snprintf(message, sizeof(message), "%s", messages[code - CLBC_NOT_LOADED]);
	else if (code == 524) /* of the kernel's own, which libc has no text for: include/linux/errno.h */
		snprintf(message, sizeof(message),
			 "this kernel is too old for it, or has no such operation (ENOTSUPP)");
	else
		libbpf_strerror(code, message, sizeof(message));
	/* a short buffer gets the beginning; gcc asks what becomes of the length */
	length = snprintf(buf, size, "%s%s%s", message, hint ? ": " : "", hint ? hint : "");
	if (length < 0 && size > 0)
		buf[0] = '\0';
	return buf;
}

#endif /* CLBC_ERROR_H */
