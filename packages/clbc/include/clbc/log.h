/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What programs print with bpf_printk(), and what libbpf prints. */
#ifndef CLBC_LOG_H
#define CLBC_LOG_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <bpf/libbpf.h>
#include "error.h"
#include "stream.h"

/* Called with one line, without its end. A negative result ends the read, which returns it. */
typedef int (*clbc_line_fn)(void *ctx, const char *line);

/* The machine's one trace pipe: it has the lines of all programs, and each line goes to one reader only. */
struct clbc_trace_pipe {
	int fd;
	size_t filled; /* of the line that is not complete yet */
	char buffer[8192];
};

/* Opens the trace pipe where tracefs or debugfs is mounted by convention; needs root. */
static inline int clbc_trace_pipe__open(struct clbc_trace_pipe *pipe)
{
	pipe->filled = 0;
	pipe->fd = open("/sys/kernel/tracing/trace_pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (pipe->fd < 0)
		pipe->fd = open("/sys/kernel/debug/tracing/trace_pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return pipe->fd < 0 ? -errno : 0;
}

static inline void clbc_trace_pipe__close(struct clbc_trace_pipe *pipe)
{
	if (pipe->fd >= 0)
		close(pipe->fd);
	pipe->fd = -1;
}

/* Hands out the complete lines of the buffer, and one that fills it; returns how many. */
static inline int clbc_trace_pipe__split(struct clbc_trace_pipe *pipe, clbc_line_fn on_line, void *ctx)
{
	char *line = pipe->buffer, *end;
	int count = 0, result = 0;

	pipe->buffer[pipe->filled] = '\0';
	while (result >= 0 && *line) {
		end = strchr(line, '\n');
		if (!end && (line > pipe->buffer || pipe->filled + 1 < sizeof(pipe->buffer)))
			break;
		if (end)
			*end = '\0';
		result = on_line(ctx, line);
		line = end ? end + 1 : pipe->buffer + pipe->filled;
		count++;
	}
	pipe->filled -= line - pipe->buffer;
	memmove(pipe->buffer, line, pipe->filled);
	return result < 0 ? result : count;
}

/*
 * Calls on_line for the lines that are there, else waits for some: timeout_ms milliseconds, or without limit for -1.
 * Returns how many, 0 when time is up, -EINTR on a signal, -CLBC_STOPPED when a stop was requested (stop may be NULL),
 * or the negative result of on_line.
 */
static inline int clbc_trace_pipe__poll(struct clbc_trace_pipe *pipe, struct clbc_stop *stop, clbc_line_fn on_line,
					void *ctx, int timeout_ms)
{
	struct pollfd fds[2] = { { pipe->fd, POLLIN, 0 }, { stop ? stop->fd : -1, POLLIN, 0 } };
	ssize_t size;
	int ready = poll(fds, 2, timeout_ms);

	if (ready < 0)
		return -errno;
	if (stop && __atomic_load_n(&stop->requested, __ATOMIC_ACQUIRE))
		return -CLBC_STOPPED;
	if (ready == 0)
		return 0;
	size = read(pipe->fd, pipe->buffer + pipe->filled, sizeof(pipe->buffer) - 1 - pipe->filled);
	if (size < 0)
		return errno == EAGAIN ? 0 : -errno;
	pipe->filled += size;
	return clbc_trace_pipe__split(pipe, on_line, ctx);
}

/* Called for a message of libbpf, which ends with a line break. */
typedef void (*clbc_message_fn)(void *ctx, enum libbpf_print_level level, const char *message);

struct clbc_print {
	clbc_message_fn on_message;
	void *ctx;
	enum libbpf_print_level most;
};

static inline struct clbc_print *clbc_print__current(void)
{
	static struct clbc_print print;

	return &print;
}

__attribute__((format(printf, 2, 0))) static inline int clbc_print__message(enum libbpf_print_level level,
									    const char *format, va_list args)
{
	const struct clbc_print *print = clbc_print__current();
	char message[4096], *long_message = NULL;
	va_list again;
	int length;

	if (level > print->most || !print->on_message)
		return 0;
	va_copy(again, args);
	length = vsnprintf(message, sizeof(message), format, args);
	if (length >= (int)sizeof(message)) /* a verifier log */
		long_message = (char *)malloc(length + 1);
	if (long_message)
		vsnprintf(long_message, length + 1, format, again);
	va_end(again);
	print->on_message(print->ctx, level, long_message ? long_message : message);
	free(long_message);
	return length;
}

/*
 * Gives libbpf's messages up to a level (LIBBPF_WARN, LIBBPF_INFO, LIBBPF_DEBUG) to a callback, for the whole process;
 * with NULL they are dropped. Not to be called while another thread uses libbpf.
 */
static inline void clbc_set_print(enum libbpf_print_level most, clbc_message_fn on_message, void *ctx)
{
	struct clbc_print *print = clbc_print__current();

	print->on_message = on_message;
	print->ctx = ctx;
	print->most = most;
	libbpf_set_print(clbc_print__message);
}

#endif /* CLBC_LOG_H */
