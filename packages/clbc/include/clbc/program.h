/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Attaching one program, where the skeleton owns the link; and the hooks for which libbpf has no link. */
#ifndef CLBC_PROGRAM_H
#define CLBC_PROGRAM_H

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <asm/socket.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "error.h"
#include "version.h"

/* A program's descriptor, -CLBC_AUTOLOAD_OFF where load leaves it out, or -CLBC_NOT_LOADED. */
static inline int clbc_program__fd(const struct bpf_program *prog)
{
	int fd = prog ? bpf_program__fd(prog) : -1;

	if (fd >= 0)
		return fd;
	return prog && !bpf_program__autoload(prog) ? -CLBC_AUTOLOAD_OFF : -CLBC_NOT_LOADED;
}

/* Whether a program can be attached: 0, -CLBC_ALREADY_ATTACHED, or what clbc_program__fd() says. */
static inline int clbc_program__attachable(const struct bpf_program *prog, const struct bpf_link *link)
{
	int fd = clbc_program__fd(prog);

	if (link)
		return -CLBC_ALREADY_ATTACHED;
	return fd < 0 ? fd : 0;
}

/* Hands a fresh link over to its owner; NULL is the error in errno, as libbpf's attach functions return it. */
static inline int clbc_link__own(struct bpf_link **owner, struct bpf_link *link)
{
	if (!link)
		return -errno;
	*owner = link;
	return 0;
}

/* Detaches and frees an owned link; nothing where there is none. */
static inline int clbc_link__release(struct bpf_link **owner)
{
	int err = bpf_link__destroy(*owner);

	*owner = NULL;
	return err;
}

/* Attaches to a function of a program or library; where function is NULL, to an offset in the file. pid -1: any
 * process. */
static inline struct bpf_link *clbc_program__attach_uprobe(const struct bpf_program *prog, bool retprobe, pid_t pid,
							   const char *path, const char *function, size_t offset)
{
	struct bpf_uprobe_opts opts;

	memset(&opts, 0, sizeof(opts));
	opts.sz = sizeof(opts);
	opts.func_name = function;
	opts.retprobe = retprobe;
	return bpf_program__attach_uprobe_opts(prog, pid, path, offset, &opts);
}

/* Attaches to all functions of the kernel whose names match a pattern, on Linux 5.18 and later. */
static inline struct bpf_link *clbc_program__attach_kprobe_multi(const struct bpf_program *prog, bool retprobe,
								 const char *pattern)
{
	struct bpf_kprobe_multi_opts opts;

	memset(&opts, 0, sizeof(opts));
	opts.sz = sizeof(opts);
	opts.retprobe = retprobe;
	return bpf_program__attach_kprobe_multi_opts(prog, pattern, &opts);
}

#if CLBC_LIBBPF(1, 3)
/* Attaches to all functions of a program or library whose names match a pattern, on Linux 6.6 and later. */
static inline struct bpf_link *clbc_program__attach_uprobe_multi(const struct bpf_program *prog, bool retprobe,
								 pid_t pid, const char *path, const char *pattern)
{
	struct bpf_uprobe_multi_opts opts;

	memset(&opts, 0, sizeof(opts));
	opts.sz = sizeof(opts);
	opts.retprobe = retprobe;
	return bpf_program__attach_uprobe_multi(prog, pid, path, pattern, &opts);
}
#endif

/* Attaches to a system call by its name without prefix, wherever this kernel has its function. */
static inline struct bpf_link *clbc_program__attach_ksyscall(const struct bpf_program *prog, bool retprobe,
							     const char *syscall)
{
	struct bpf_ksyscall_opts opts;

	memset(&opts, 0, sizeof(opts));
	opts.sz = sizeof(opts);
	opts.retprobe = retprobe;
	return bpf_program__attach_ksyscall(prog, syscall, &opts);
}

/* Filters the packets of a socket, which owns the attachment from then on. */
static inline int clbc_program__attach_socket(const struct bpf_program *prog, int socket_fd)
{
	int prog_fd = clbc_program__fd(prog);

	if (prog_fd < 0)
		return prog_fd;
	return setsockopt(socket_fd, SOL_SOCKET, SO_ATTACH_BPF, &prog_fd, sizeof(prog_fd)) ? -errno : 0;
}

/* Attaches to a sock map or an infrared device: it stays until clbc_program__detach_fd() or the target is gone. */
static inline int clbc_program__attach_fd(const struct bpf_program *prog, int target_fd)
{
	int prog_fd = clbc_program__fd(prog);

	if (prog_fd < 0)
		return prog_fd;
	return bpf_prog_attach(prog_fd, target_fd, bpf_program__expected_attach_type(prog), 0);
}

/* The reverse of clbc_program__attach_fd(). */
static inline int clbc_program__detach_fd(const struct bpf_program *prog, int target_fd)
{
	int prog_fd = clbc_program__fd(prog);

	if (prog_fd < 0)
		return prog_fd;
	return bpf_prog_detach2(prog_fd, target_fd, bpf_program__expected_attach_type(prog));
}

/* Attaches to a traffic control hook; opts->handle and opts->priority tell bpf_tc_detach() which program it was. */
static inline int clbc_program__attach_tc(const struct bpf_program *prog, const struct bpf_tc_hook *hook,
					  struct bpf_tc_opts *opts)
{
	opts->prog_fd = clbc_program__fd(prog);
	return opts->prog_fd < 0 ? opts->prog_fd : bpf_tc_attach(hook, opts);
}

#endif /* CLBC_PROGRAM_H */
