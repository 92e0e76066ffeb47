/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "usbip_socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "complain.h"
#include "usbip_wire.h"

#define NS_PER_S 1000000000LL
#define BACKLOG 16

static bool is_port(const char *text)
{
	size_t length = strlen(text);

	return length && length <= 5 && strspn(text, "0123456789") == length && atoi(text) <= 65535;
}

/* Takes host and port apart. In brackets, the host may have colons. */
static int split(const char *text, char *host, size_t host_size, char port[6])
{
	const char *bracket = *text == '[' ? strchr(text, ']') : NULL;
	const char *colon = strchr(bracket ? bracket : text, ':');
	const char *end = colon ? colon : text + strlen(text);
	int length = (int)(end - text);

	if (colon && !is_port(colon + 1))
		return -1;
	if (*text == '[' && (!bracket || bracket + 1 != end))
		return -1;
	if (bracket) {
		text++;
		length -= 2;
	}
	if ((size_t)length >= host_size)
		return -1;
	snprintf(host, host_size, "%.*s", length, text);
	if (!*host)
		snprintf(host, host_size, "127.0.0.1");
	if (colon)
		snprintf(port, 6, "%s", colon + 1);
	else
		snprintf(port, 6, "%d", USBIP_PORT);
	return 0;
}

int usbip_parse_address(const char *text, struct usbip_address *address)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *found = NULL;
	char host[NI_MAXHOST], port[6];

	if (split(text, host, sizeof(host), port) || getaddrinfo(host, port, &hints, &found)) {
		complain("--listen takes ADDRESS:PORT in numbers, such as 127.0.0.1:3240 or [::1]:0, "
			 "not \"%s\"", text);
		return -1;
	}
	memcpy(&address->address, found->ai_addr, found->ai_addrlen);
	address->length = found->ai_addrlen;
	freeaddrinfo(found);
	return 0;
}

bool usbip_is_loopback(const struct usbip_address *address)
{
	const struct sockaddr_in *v4 = (const void *)&address->address;
	const struct sockaddr_in6 *v6 = (const void *)&address->address;

	if (address->address.ss_family == AF_INET)
		return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

void usbip_name(const struct usbip_address *address, char name[USBIP_NAME_SIZE])
{
	char host[46] = "?", port[6] = "?";	/* INET6_ADDRSTRLEN; 65535 */
	bool v6 = address->address.ss_family == AF_INET6;

	getnameinfo((const struct sockaddr *)&address->address, address->length, host, sizeof(host), port,
		    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(name, USBIP_NAME_SIZE, v6 ? "[%s]:%s" : "%s:%s", host, port);
}

static int open_socket(const struct usbip_address *address)
{
	int family = address->address.ss_family, on = 1, saved;
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (!bind(fd, (const struct sockaddr *)&address->address, address->length) && !listen(fd, BACKLOG))
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

int usbip_listen(struct usbip_address *address)
{
	char name[USBIP_NAME_SIZE];
	int fd = open_socket(address);

	if (fd >= 0) {
		getsockname(fd, (struct sockaddr *)&address->address, &address->length);
		return fd;
	}
	usbip_name(address, name);
	complain("cannot listen on %s: %s", name, strerror(errno));
	return -1;
}

int usbip_accept(int listen_fd, struct usbip_address *address)
{
	int fd, on = 1;

	address->length = sizeof(address->address);
	fd = accept4(listen_fd, (struct sockaddr *)&address->address, &address->length,
		     SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return -1;
	/* Each answer is awaited. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	/* A machine that vanished does not keep its device for ever. */
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	/* Without it (before Linux 4.14), all bytes seem to have come just now. */
	setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	return fd;
}

static int64_t age_of(const struct timespec *stamp)
{
	struct timespec now;
	int64_t age;

	clock_gettime(CLOCK_REALTIME, &now);
	age = (now.tv_sec - stamp->tv_sec) * NS_PER_S + now.tv_nsec - stamp->tv_nsec;
	return age > 0 ? age : 0;	/* somebody may have set that clock back */
}

ssize_t usbip_receive(int fd, void *bytes, size_t size, int64_t *age)
{
	char space[CMSG_SPACE(sizeof(struct timespec))];
	struct iovec vector = { .iov_base = bytes, .iov_len = size };
	struct msghdr message = {
		.msg_iov = &vector, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof(space),
	};
	ssize_t n = recvmsg(fd, &message, MSG_DONTWAIT);
	struct timespec stamp;

	*age = 0;
	for (struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&message) : NULL; c; c = CMSG_NXTHDR(&message, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
		*age = age_of(&stamp);
	}
	return n;
}
