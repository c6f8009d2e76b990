/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What arrives at an interface, by protocol. */
#include "lbc.h"
#include "lbc_net.h"

#define PACKET_OUTGOING 4 /* of include/uapi/linux/if_packet.h */

/* On one CPU. */
struct traffic {
	u64 packets;
	u64 octets; /* with the headers */
};

LBC_PERCPU_HASH(protocols, u8, struct traffic, 256); /* by number of IP protocol */

SEC("socket")
int on_packet(struct __sk_buff *skb)
{
	struct traffic first = { .packets = 1, .octets = skb->len }, *traffic;
	u16 ethertype = bpf_ntohs(skb->protocol);
	u32 at = ethertype == ETH_P_IP ? bpf_core_field_offset(struct iphdr, protocol)
				       : bpf_core_field_offset(struct ipv6hdr, nexthdr);
	u8 protocol;

	if (skb->pkt_type == PACKET_OUTGOING || (ethertype != ETH_P_IP && ethertype != ETH_P_IPV6))
		return 0;
	bpf_skb_load_bytes(skb, ETH_HLEN + at, &protocol, sizeof(protocol));
	traffic = bpf_map_lookup_elem(&protocols, &protocol);
	if (traffic) {
		traffic->packets++;
		traffic->octets += skb->len;
	} else {
		bpf_map_update_elem(&protocols, &protocol, &first, BPF_NOEXIST);
	}
	return 0; /* The socket itself receives nothing. */
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
