/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* sockcount INTERFACE: the packets that arrive at it, by protocol, until Ctrl-C. */
#include <net/if.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include "clbc/tools.h"
#include "sockcount.skel.h"

static int on_protocol(void *ctx, const __u8 *protocol, const struct traffic *cpus)
{
	const struct protoent *entry = getprotobynumber(*protocol);
	struct traffic sum = {};

	for (int cpu = 0; cpu < *(const int *)ctx; cpu++) {
		sum.packets += cpus[cpu].packets;
		sum.octets += cpus[cpu].octets;
	}
	printf("%8u %-12s%10llu%12llu\n", *protocol, entry ? entry->p_name : "", sum.packets, sum.octets);
	return 0;
}

int main(int argc, char **argv)
{
	struct sockcount_bpf *skel = sockcount_bpf__open_and_load();
	int err = skel ? 0 : -errno, cpus = clbc_cpu_count(), fd = -1, signal;
	char message[256];
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	if (!err) {
		fd = clbc_open_packet_socket(if_nametoindex(argc > 1 ? argv[1] : "lo"));
		err = fd < 0 ? fd : sockcount_bpf__attach_to_on_packet(skel, fd);
	}
	if (!err) {
		fprintf(stderr, "tracing packets, Ctrl-C ends it\n");
		sigwait(&signals, &signal);
		printf("%8s %-12s%10s%12s\n", "PROTOCOL", "", "PACKETS", "BYTES");
		err = sockcount_bpf__for_each_protocols(skel, on_protocol, &cpus);
	}
	if (err)
		fprintf(stderr, "sockcount: %s\n", clbc_strerror(err, message, sizeof(message)));
	if (fd >= 0)
		close(fd);
	sockcount_bpf__destroy(skel);
	return err ? 1 : 0;
}
