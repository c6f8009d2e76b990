/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Sockets for socket filters. */
#ifndef CLBC_NETWORK_H
#define CLBC_NETWORK_H

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <sys/socket.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

/*
 * Opens a raw socket that receives every packet of a network interface by its index, 0 for all; needs CAP_NET_RAW. With
 * a filter that returns 0 for every packet it only shows them to the filter. Returns the descriptor, which the caller
 * closes.
 */
static inline int clbc_open_packet_socket(int ifindex)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL)), err;
	struct sockaddr_ll address;

	if (fd < 0)
		return -errno;
	memset(&address, 0, sizeof(address));
	address.sll_family = AF_PACKET;
	address.sll_protocol = htons(ETH_P_ALL);
	address.sll_ifindex = ifindex;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* Takes the filter off a socket. */
static inline int clbc_detach_socket(int socket_fd)
{
	int unused = 0;

	return setsockopt(socket_fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused)) ? -errno : 0;
}

#endif /* CLBC_NETWORK_H */
