/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * clbc/tools.h - what tracing tools need beside their skeleton: names for kernel stacks, histograms as text, addresses,
 * times, profiles on all CPUs, packet sockets, the trace pipe, libbpf's messages, a wait for Ctrl-C.
 *
 * They use calls of POSIX and Linux that compilers hide in strict C: -std=gnu11, their default, or -D_GNU_SOURCE. Names
 * for the stacks of processes are in clbc/user_symbols.h, which needs libdw.
 */
#ifndef CLBC_TOOLS_H
#define CLBC_TOOLS_H

#if defined(__STRICT_ANSI__) && !defined(_GNU_SOURCE)
#error "clbc/tools.h needs -std=gnu11 (the default) or -D_GNU_SOURCE"
#endif

#include "convert.h"
#include "histogram.h"
#include "log.h"
#include "network.h"
#include "perf_event.h"
#include "signal.h"
#include "symbol.h"

#endif /* CLBC_TOOLS_H */
