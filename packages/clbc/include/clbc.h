/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * clbc.h - the C runtime of lbc: what a generated skeleton (NAME.skel.h) needs beside libbpf.
 *
 * It is headers only: the code is compiled with the program's own libbpf headers, so that the version gates below see
 * the libbpf that the program is linked with, and there is nothing to link but libbpf.
 *
 * Functions return 0 or a count, or a negative error code as libbpf does; clbc_strerror() explains it.
 */
#ifndef CLBC_H
#define CLBC_H

#include "clbc/batch.h"
#include "clbc/error.h"
#include "clbc/global.h"
#include "clbc/map.h"
#include "clbc/program.h"
#include "clbc/sender.h"
#include "clbc/since.h"
#include "clbc/skeleton.h"
#include "clbc/stream.h"
#include "clbc/target.h"
#include "clbc/variant.h"
#include "clbc/version.h"

#endif /* CLBC_H */
