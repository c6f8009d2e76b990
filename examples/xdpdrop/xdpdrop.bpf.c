/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Drops what certain addresses send, and counts what all of them send. */
#include "lbc.h"
#include "lbc_net.h"

struct verdicts {
	u64 passed;
	u64 dropped;
};

LBC_HASH(blocked, __be32, u8, 1024);		   /* the addresses; the value means nothing */
LBC_HASH(sources, __be32, struct verdicts, 65536); /* packets by who sent them */

SEC("xdp")
int filter(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;
	struct iphdr *ip = (void *)(ethernet + 1);
	struct verdicts none = {}, *verdicts;
	bool drop;

	if ((void *)(ip + 1) > end || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	drop = bpf_map_lookup_elem(&blocked, &ip->saddr);
	bpf_map_update_elem(&sources, &ip->saddr, &none, BPF_NOEXIST);
	verdicts = bpf_map_lookup_elem(&sources, &ip->saddr);
	if (verdicts)
		__sync_fetch_and_add(drop ? &verdicts->dropped : &verdicts->passed, 1);
	return drop ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
