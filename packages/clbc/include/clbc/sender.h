/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* User ring buffers: what user space writes and programs read with bpf_user_ringbuf_drain(), on Linux 6.1 and later. */
#ifndef CLBC_SENDER_H
#define CLBC_SENDER_H

#include <errno.h>
#include <string.h>
#include <bpf/libbpf.h>
#include "map.h"

/* Opens the buffer of a loaded map into *owner, unless it is open; user_ring_buffer__free() closes it. */
static inline int clbc_sender__ensure(struct user_ring_buffer **owner, const struct bpf_map *map)
{
	int fd = clbc_map__fd(map);

	if (fd < 0 || *owner)
		return fd < 0 ? fd : 0;
	*owner = user_ring_buffer__new(fd, NULL);
	return *owner ? 0 : -errno;
}

/*
 * Sends a record of `size` bytes. Where there is no room, waits timeout_ms milliseconds (-1: without limit, 0: not at
 * all) until programs have read; -ENOSPC if they have not. -E2BIG: the record is larger than the buffer.
 */
static inline int clbc_sender__send(struct user_ring_buffer *sender, const void *record, size_t size, int timeout_ms)
{
	void *room = user_ring_buffer__reserve(sender, (__u32)size);

	if (!room && errno == ENOSPC && timeout_ms != 0)
		room = user_ring_buffer__reserve_blocking(sender, (__u32)size, timeout_ms);
	if (!room)
		return -errno;
	memcpy(room, record, size);
	user_ring_buffer__submit(sender, room);
	return 0;
}

#endif /* CLBC_SENDER_H */
