/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* tcplife [PORT]: every TCP connection that ends, or those from and to PORT. */
#include <stdio.h>
#include <stdlib.h>
#include "clbc/tools.h"
#include "tcplife.skel.h"

static const char *text_of(const union address *address, unsigned int version, char *buf)
{
	return version == 6 ? clbc_ipv6(address->v6, buf) : clbc_ipv4(address->v4, buf);
}

static int on_event(void *ctx __attribute__((unused)), const struct event *e, size_t size __attribute__((unused)))
{
	char local[INET6_ADDRSTRLEN], remote[INET6_ADDRSTRLEN];

	printf("%-7u %-16.*s %-16s %-5u %-16s %-5u %9llu %9llu %7.1f\n", e->pid, CLBC_TEXT(e->comm),
	       text_of(&e->local, e->version, local), e->local_port, text_of(&e->remote, e->version, remote),
	       e->remote_port, e->sent, e->received, e->microseconds / 1000.0);
	return 0;
}

int main(int argc, char **argv)
{
	struct tcplife_bpf *skel = tcplife_bpf__open();
	char message[256];
	int err = skel ? 0 : -errno;

	setlinebuf(stdout);
	if (!err) {
		skel->rodata->target_port = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
		err = tcplife_bpf__load(skel);
	}
	if (!err)
		err = tcplife_bpf__attach(skel);
	if (!err)
		printf("%-7s %-16s %-16s %-5s %-16s %-5s %9s %9s %7s\n", "PID", "COMM", "LOCAL", "PORT", "REMOTE",
		       "PORT", "SENT", "RECEIVED", "MS");
	while (err >= 0)
		err = tcplife_bpf__poll_events(skel, on_event, NULL, NULL, -1 /* no time limit */);
	fprintf(stderr, "tcplife: %s\n", clbc_strerror(err, message, sizeof(message)));
	tcplife_bpf__destroy(skel);
	return 1;
}
