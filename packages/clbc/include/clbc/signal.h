/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The end of a tool that works until Ctrl-C. */
#ifndef CLBC_SIGNAL_H
#define CLBC_SIGNAL_H

#include <errno.h>
#include <signal.h>
#include <stddef.h>

/* Waits until a signal (SIGINT: Ctrl-C) comes to this thread, which takes it: it does nothing else. Returns 0, or a
 * negative error. */
static inline int clbc_wait_for_signal(int signal)
{
	sigset_t set;
	int taken, err;

	sigemptyset(&set);
	if (sigaddset(&set, signal))
		return -errno;
	err = sigprocmask(SIG_BLOCK, &set, NULL) ? errno : sigwait(&set, &taken);
	return -err;
}

#endif /* CLBC_SIGNAL_H */
