/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Every TCP connection that ends: whose it was, how long it lived, and how much went over it. */
#include "lbc.h"
#include "lbc_net.h"

union address {
	__be32 v4;
	u8 v6[16];
};

struct event {
	u64 microseconds;
	u64 sent;     /* bytes */
	u64 received; /* bytes, and one more for the other side's FIN */
	u32 pid;
	char comm[16];
	u16 local_port;
	u16 remote_port;
	u32 version; /* of IP: 4 or 6 */
	union address local;
	union address remote;
};

struct birth {
	u64 time;
	u32 pid;
	char comm[16];
};

/* Only connections from or to this port; 0 is every port. */
LBC_CONFIG(u16, target_port, 0);

LBC_RINGBUF(events, struct event, 256 * 1024);
LBC_HASH(births, struct sock *, struct birth, 10240);

/* What runs now is the connection's owner when it connects, and when it closes after the other side did. */
static void note_owner(struct birth *birth)
{
	birth->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(birth->comm, sizeof(birth->comm));
}

static void send(struct sock *sk, const struct birth *birth)
{
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);
	u16 local_port, remote_port = bpf_ntohs(sk->__sk_common.skc_dport);
	struct event *event;

	if (!tcp)
		return;
	/* A connection that is closed has given back the number of its port, but not forgotten it. */
	local_port = bpf_ntohs(tcp->inet_conn.icsk_inet.inet_sport);
	if (target_port && target_port != local_port && target_port != remote_port)
		return;
	event = LBC_RESERVE(events);
	if (!event)
		return;
	event->microseconds = (bpf_ktime_get_ns() - birth->time) / 1000;
	event->sent = tcp->bytes_sent - tcp->bytes_retrans;
	event->received = tcp->bytes_received;
	event->pid = birth->pid;
	__builtin_memcpy(event->comm, birth->comm, sizeof(event->comm));
	event->local_port = local_port;
	event->remote_port = remote_port;
	event->version = sk->__sk_common.skc_family == AF_INET6 ? 6 : 4;
	if (event->version == 6) {
		BPF_CORE_READ_INTO(&event->local.v6, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&event->remote.v6, sk, __sk_common.skc_v6_daddr);
	} else {
		event->local.v4 = sk->__sk_common.skc_rcv_saddr;
		event->remote.v4 = sk->__sk_common.skc_daddr;
	}
	LBC_SUBMIT(event);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_state, struct sock *sk, int old_state, int new_state)
{
	struct birth *birth, born = {};

	if (sk->sk_protocol != IPPROTO_TCP)
		return 0;
	birth = bpf_map_lookup_elem(&births, &sk);
	if (!birth && (new_state == TCP_SYN_SENT || new_state == TCP_SYN_RECV)) {
		born.time = bpf_ktime_get_ns();
		note_owner(&born);
		bpf_map_update_elem(&births, &sk, &born, BPF_ANY);
	} else if (birth && new_state == TCP_LAST_ACK) {
		note_owner(birth);
	} else if (birth && new_state == TCP_CLOSE) {
		send(sk, birth);
		bpf_map_delete_elem(&births, &sk);
	}
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
