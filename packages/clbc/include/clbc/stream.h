/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Event streams: ring buffers and perf event arrays behind one set of calls. One call at a time reads a stream. */
#ifndef CLBC_STREAM_H
#define CLBC_STREAM_H

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <linux/perf_event.h>
#include <bpf/libbpf.h>
#include "error.h"
#include "map.h"

/* Pages of each CPU's perf buffer, a power of two; define it before the include to have another size. */
#ifndef CLBC_PERF_PAGES
#define CLBC_PERF_PAGES 64
#endif

/* A call delivers so many records at most: a loop over calls looks at its own end under any load. */
#define CLBC_POLL_RECORDS 65536

/* Ends a call that has delivered enough; no user sees it. */
#define CLBC_ENOUGH CLBC_ERROR_END

/* A perf record's size field has 16 bits. */
#define CLBC_PERF_RECORD_MAX 65536

/*
 * Called for a record, which is lent until it returns; `size` is its length in bytes. A negative result ends the call
 * that delivers records, which returns it; the record counts as read.
 */
typedef int (*clbc_record_fn)(void *ctx, const void *record, size_t size);

/* Called where a perf buffer was full: `count` records of a CPU are lost. Ring buffers do not tell what they drop. */
typedef void (*clbc_lost_fn)(void *ctx, int cpu, __u64 count);

/* A request to end waits. It is kept: once it is made, every wait on it ends at once. */
struct clbc_stop {
	int fd;
	int requested;
};

static inline int clbc_stop__init(struct clbc_stop *stop)
{
	stop->requested = 0;
	stop->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return stop->fd < 0 ? -errno : 0;
}

/* Ends the waits of all threads; it may be called in a signal handler. */
static inline void clbc_stop__request(struct clbc_stop *stop)
{
	__u64 one = 1;
	int saved_errno = errno;

	__atomic_store_n(&stop->requested, 1, __ATOMIC_RELEASE);
	if (write(stop->fd, &one, sizeof(one)) < 0) {
		/* only a full counter refuses the write, and then the descriptor is readable already */
	}
	errno = saved_errno;
}

static inline void clbc_stop__close(struct clbc_stop *stop)
{
	if (stop->fd >= 0)
		close(stop->fd);
	stop->fd = -1;
}

struct clbc_stream {
	struct ring_buffer *ring; /* one of these two */
	struct perf_buffer *perf;
	size_t next; /* perf buffer: whose turn it is, so that a busy CPU starves no other */
	struct clbc_stop *stop;
	int epoll_fd;		/* readable where records wait, or a stop was requested */
	size_t min_size;	/* of a record, in bytes */
	size_t max_size;	/* 0: the program decides */
	void *aligned;		/* a copy of a perf record, which the kernel aligns to 4 bytes only */
	clbc_record_fn deliver; /* these five last for one call */
	clbc_lost_fn on_lost;
	void *ctx;
	int count;
	int result;
	int reading;  /* 1 while a call reads */
	int deferred; /* an error that came after records which a read returned */
	__u64 lost;   /* records that the kernel reported as lost, since the stream was opened */
};

/* The length of a record without the up to 7 bytes by which the kernel pads a perf sample, where that can be known. */
static inline size_t clbc_stream__trim(const struct clbc_stream *stream, size_t size)
{
	return stream->perf && stream->max_size && size > stream->max_size && size - stream->max_size < 8
		   ? stream->max_size
		   : size;
}

/* Returns a negative error to end the call. */
static inline int clbc_stream__deliver(struct clbc_stream *stream, const void *record, size_t raw_size)
{
	size_t size = clbc_stream__trim(stream, raw_size);

	if (size < stream->min_size) {
		stream->result = -CLBC_SHORT_RECORD;
		return stream->result;
	}
	stream->result = stream->deliver(stream->ctx, record, size);
	if (++stream->count == CLBC_POLL_RECORDS && stream->result >= 0)
		return -CLBC_ENOUGH;
	return stream->result;
}

static inline int clbc_stream__on_ring_record(void *ctx, void *record, size_t size)
{
	return clbc_stream__deliver((struct clbc_stream *)ctx, record, size);
}

/* PERF_RECORD_SAMPLE with PERF_SAMPLE_RAW, and PERF_RECORD_LOST, see perf_event_open(2). */
struct clbc_perf_sample {
	struct perf_event_header header;
	__u32 size;
	char record[];
};

struct clbc_perf_lost {
	struct perf_event_header header;
	__u64 id;
	__u64 count;
};

static inline enum bpf_perf_event_ret clbc_stream__on_perf_record(void *ctx, int cpu, struct perf_event_header *header)
{
	struct clbc_stream *stream = (struct clbc_stream *)ctx;

	if (header->type == PERF_RECORD_SAMPLE) {
		const struct clbc_perf_sample *sample = (const struct clbc_perf_sample *)(const void *)header;

		memcpy(stream->aligned, sample->record, sample->size);
		/* an error of ours is in `result`; libbpf would print one that it is told */
		return clbc_stream__deliver(stream, stream->aligned, sample->size) < 0 ? LIBBPF_PERF_EVENT_DONE
										       : LIBBPF_PERF_EVENT_CONT;
	}
	if (header->type == PERF_RECORD_LOST) {
		__u64 count = ((const struct clbc_perf_lost *)(const void *)header)->count;

		stream->lost += count;
		if (stream->on_lost)
			stream->on_lost(stream->ctx, cpu, count);
	}
	return LIBBPF_PERF_EVENT_CONT;
}

static inline void clbc_stream__free(struct clbc_stream *stream)
{
	if (!stream)
		return;
	ring_buffer__free(stream->ring);
	perf_buffer__free(stream->perf);
	if (stream->epoll_fd >= 0)
		close(stream->epoll_fd);
	free(stream->aligned);
	free(stream);
}

static inline int clbc_stream__watch(struct clbc_stream *stream, int fd)
{
	struct epoll_event event;

	memset(&event, 0, sizeof(event));
	event.events = EPOLLIN;
	return epoll_ctl(stream->epoll_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static inline int clbc_stream__open_perf(struct clbc_stream *stream, int map_fd)
{
	struct perf_event_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.size = sizeof(attr);
	attr.type = PERF_TYPE_SOFTWARE;
	attr.config = PERF_COUNT_SW_BPF_OUTPUT;
	attr.sample_type = PERF_SAMPLE_RAW;
	attr.sample_period = 1;
	attr.wakeup_events = 1;
	stream->aligned = malloc(CLBC_PERF_RECORD_MAX);
	if (!stream->aligned)
		return -ENOMEM;
	/* the raw form, because its callback alone can stop between two records */
	stream->perf = perf_buffer__new_raw(map_fd, CLBC_PERF_PAGES, &attr, clbc_stream__on_perf_record, stream, NULL);
	return stream->perf ? perf_buffer__epoll_fd(stream->perf) : -errno;
}

static inline int clbc_stream__open_ring(struct clbc_stream *stream, int map_fd)
{
	stream->ring = ring_buffer__new(map_fd, clbc_stream__on_ring_record, stream, NULL);
	return stream->ring ? ring_buffer__epoll_fd(stream->ring) : -errno;
}

static inline int clbc_stream__open(struct clbc_stream *stream, const struct bpf_map *map)
{
	int map_fd = clbc_map__fd(map), fd, err;

	if (map_fd < 0)
		return map_fd;
	stream->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (stream->epoll_fd < 0)
		return -errno;
	if (bpf_map__type(map) == BPF_MAP_TYPE_RINGBUF)
		fd = clbc_stream__open_ring(stream, map_fd);
	else
		fd = clbc_stream__open_perf(stream, map_fd);
	if (fd < 0)
		return fd;
	err = clbc_stream__watch(stream, fd);
	return err ? err : clbc_stream__watch(stream, stream->stop->fd);
}

/*
 * Opens the stream of a loaded map into *owner, unless there is one already. Records are min_size to max_size bytes
 * long (max_size 0: the program decides). The stop must outlive the stream.
 */
static inline int clbc_stream__ensure(struct clbc_stream **owner, const struct bpf_map *map, struct clbc_stop *stop,
				      size_t min_size, size_t max_size)
{
	struct clbc_stream *stream, *none = NULL;
	int err;

	if (__atomic_load_n(owner, __ATOMIC_ACQUIRE))
		return 0;
	stream = (struct clbc_stream *)calloc(1, sizeof(*stream));
	if (!stream)
		return -ENOMEM;
	stream->stop = stop;
	stream->epoll_fd = -1;
	stream->min_size = min_size;
	stream->max_size = max_size;
	err = clbc_stream__open(stream, map);
	/* two threads may have come here for a ring buffer: the first one's stays */
	if (err || !__atomic_compare_exchange_n(owner, &none, stream, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		clbc_stream__free(stream);
	return err;
}

/* After load: opens the stream of a perf event array, which drops what is sent before; a ring buffer keeps it. */
static inline int clbc_stream__receive(struct clbc_stream **owner, const struct bpf_map *map, struct clbc_stop *stop,
				       size_t min_size, size_t max_size)
{
	if (bpf_map__type(map) != BPF_MAP_TYPE_PERF_EVENT_ARRAY || !bpf_map__autocreate(map))
		return 0;
	return clbc_stream__ensure(owner, map, stop, min_size, max_size);
}

/* Reads what is there, up to CLBC_POLL_RECORDS: the number of records, or the negative result that ended it. */
static inline int clbc_stream__drain(struct clbc_stream *stream)
{
	size_t buffers = stream->perf ? perf_buffer__buffer_cnt(stream->perf) : 0;
	int err = 0;

	stream->count = 0;
	stream->result = 0;
	if (stream->ring)
		err = ring_buffer__consume(stream->ring);
	for (size_t i = 0; i < buffers && !err && stream->result >= 0 && stream->count < CLBC_POLL_RECORDS; i++) {
		err = perf_buffer__consume_buffer(stream->perf, stream->next);
		stream->next = (stream->next + 1) % buffers;
	}
	if (stream->result < 0)
		return stream->result;
	return err < 0 && err != -CLBC_ENOUGH ? err : stream->count;
}

/* Reads what is there, else waits for it; see clbc_stream__poll(). */
static inline int clbc_stream__run(struct clbc_stream *stream, clbc_record_fn on_record, clbc_lost_fn on_lost,
				   void *ctx, int timeout_ms)
{
	struct epoll_event events[2];
	int result = stream->deferred;

	stream->deliver = on_record;
	stream->on_lost = on_lost;
	stream->ctx = ctx;
	stream->deferred = 0;
	if (result)
		return result;
	if (__atomic_load_n(&stream->stop->requested, __ATOMIC_ACQUIRE))
		return -CLBC_STOPPED;
	result = clbc_stream__drain(stream);
	if (result || timeout_ms == 0)
		return result;
	result = epoll_wait(stream->epoll_fd, events, 2, timeout_ms);
	if (result < 0)
		return -errno;
	if (__atomic_load_n(&stream->stop->requested, __ATOMIC_ACQUIRE))
		return -CLBC_STOPPED;
	return result == 0 ? 0 : clbc_stream__drain(stream);
}

/* One call at a time: false where another one reads, in another thread or below this one. */
static inline bool clbc_stream__acquire(struct clbc_stream *stream)
{
	return !__atomic_exchange_n(&stream->reading, 1, __ATOMIC_ACQUIRE);
}

static inline void clbc_stream__release(struct clbc_stream *stream)
{
	__atomic_store_n(&stream->reading, 0, __ATOMIC_RELEASE);
}

/*
 * Calls on_record for the records that are there (CLBC_POLL_RECORDS at most); where there are none, waits for
 * timeout_ms milliseconds (-1: without limit) until some arrive. Returns how many it delivered (0: time is up), the
 * negative result of on_record, -CLBC_SHORT_RECORD for a record below min_size (read on with another call), -EINTR on a
 * signal, -CLBC_STOPPED, or -CLBC_BUSY while another call reads. on_lost may be NULL.
 */
static inline int clbc_stream__poll(struct clbc_stream *stream, clbc_record_fn on_record, clbc_lost_fn on_lost,
				    void *ctx, int timeout_ms)
{
	int result;

	if (!clbc_stream__acquire(stream))
		return -CLBC_BUSY;
	result = clbc_stream__run(stream, on_record, on_lost, ctx, timeout_ms);
	clbc_stream__release(stream);
	return result;
}

struct clbc_batch {
	char *records;
	size_t record_size;
	size_t capacity;
	size_t count;
};

static inline int clbc_batch__add(void *ctx, const void *record, size_t size)
{
	struct clbc_batch *batch = (struct clbc_batch *)ctx;

	(void)size; /* at least min_size, which is the record's size here */
	memcpy(batch->records + batch->count++ * batch->record_size, record, batch->record_size);
	return batch->count == batch->capacity ? -CLBC_ENOUGH : 0;
}

/*
 * Copies up to `capacity` records of min_size bytes each into an array, waiting as clbc_stream__poll() does; the
 * records after them stay for the next call. Returns how many it copied, or a negative error; an error after some
 * records is returned by the next call.
 */
static inline int clbc_stream__read(struct clbc_stream *stream, void *records, size_t capacity, int timeout_ms)
{
	struct clbc_batch batch = { (char *)records, stream->min_size, capacity, 0 };
	int result;

	if (capacity == 0)
		return -EINVAL;
	if (!clbc_stream__acquire(stream))
		return -CLBC_BUSY;
	result = clbc_stream__run(stream, clbc_batch__add, NULL, &batch, timeout_ms);
	if (batch.count > 0 && result < 0 && result != -CLBC_ENOUGH)
		stream->deferred = result;
	clbc_stream__release(stream);
	return batch.count > 0 ? (int)batch.count : result;
}

/* Streams that are waited for together have to fit here. */
#define CLBC_STREAMS_MAX 64

/*
 * Waits until one of several open streams has records, timeout_ms milliseconds or (-1) without limit; then read all of
 * them with timeout 0, because a perf buffer tells once that it has records. Returns how many have some (0: time is
 * up), -EINTR on a signal, or -CLBC_STOPPED after a stop of the first one.
 */
static inline int clbc_streams__wait(struct clbc_stream *const *streams, size_t count, int timeout_ms)
{
	struct pollfd fds[CLBC_STREAMS_MAX];
	int ready;

	if (count == 0 || count > CLBC_STREAMS_MAX)
		return -EINVAL;
	for (size_t i = 0; i < count; i++) {
		fds[i].fd = streams[i]->epoll_fd;
		fds[i].events = POLLIN;
		if (streams[i]->deferred)
			return 1;
	}
	ready = poll(fds, count, timeout_ms);
	if (ready < 0)
		return -errno;
	return __atomic_load_n(&streams[0]->stop->requested, __ATOMIC_ACQUIRE) ? -CLBC_STOPPED : ready;
}

#endif /* CLBC_STREAM_H */
