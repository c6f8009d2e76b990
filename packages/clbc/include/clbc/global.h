/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef CLBC_GLOBAL_H
#define CLBC_GLOBAL_H

/*
 * After load, the globals of a skeleton (skel->bss->total) are memory shared with the running BPF programs. These read
 * and write an integer, enum, bool or pointer of it in one piece, and never from a copy that the compiler has kept.
 */
#define CLBC_READ(global) __atomic_load_n(&(global), __ATOMIC_RELAXED)
#define CLBC_WRITE(global, value) __atomic_store_n(&(global), value, __ATOMIC_RELAXED)

#endif /* CLBC_GLOBAL_H */
