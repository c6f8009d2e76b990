/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* xdpdrop INTERFACE [ADDRESS]...: drops what the addresses send, and counts packets by source, until Ctrl-C. */
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include "clbc/tools.h"
#include "xdpdrop.skel.h"

static int on_source(void *ctx __attribute__((unused)), const __be32 *source, const struct verdicts *verdicts)
{
	char text[INET_ADDRSTRLEN];

	printf("%-16s%10llu%10llu\n", clbc_ipv4(*source, text), verdicts->passed, verdicts->dropped);
	return 0;
}

static int block(const struct xdpdrop_bpf *skel, const char *text)
{
	__be32 address;
	__u8 any = 1;

	if (inet_pton(AF_INET, text, &address) != 1)
		return -EINVAL;
	return xdpdrop_bpf__update_blocked(skel, &address, &any, BPF_ANY);
}

int main(int argc, char **argv)
{
	struct xdpdrop_bpf *skel = xdpdrop_bpf__open_and_load();
	int err = skel ? 0 : -errno, signal;
	char message[256];
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	for (int i = 2; !err && i < argc; i++)
		err = block(skel, argv[i]);
	if (!err)
		err = xdpdrop_bpf__attach_to_filter(skel, if_nametoindex(argc > 1 ? argv[1] : "lo"));
	if (!err) {
		fprintf(stderr, "tracing packets, Ctrl-C ends it\n");
		sigwait(&signals, &signal);
		printf("%-16s%10s%10s\n", "SOURCE", "PASSED", "DROPPED");
		err = xdpdrop_bpf__for_each_sources(skel, on_source, NULL);
	}
	if (err)
		fprintf(stderr, "xdpdrop: %s\n", clbc_strerror(err, message, sizeof(message)));
	xdpdrop_bpf__destroy(skel);
	return err ? 1 : 0;
}
