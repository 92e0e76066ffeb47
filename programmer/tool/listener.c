/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* accept4() */
#include "listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 8
/* A machine that is switched off says nothing: it is asked after 10 s of
 * silence, three times. */
#define KEEPALIVE_IDLE_S 10
#define KEEPALIVE_INTERVAL_S 5
#define KEEPALIVE_COUNT 3

struct listener {
	size_t n;
	int fds[LISTENER_MAX];
	struct sockaddr_storage addresses[LISTENER_MAX];
	char texts[LISTENER_MAX][LISTENER_TEXT_SIZE];
	unsigned int port;
};

static unsigned int port_of(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)address)->sin6_port);
	return ntohs(((const struct sockaddr_in *)address)->sin_port);
}

static void set_port(struct sockaddr_storage *address, unsigned int port)
{
	if (address->ss_family == AF_INET6)
		((struct sockaddr_in6 *)address)->sin6_port = htons((uint16_t)port);
	else
		((struct sockaddr_in *)address)->sin_port = htons((uint16_t)port);
}

static void to_text(const struct sockaddr_storage *address, socklen_t length, char *text, size_t size)
{
	char host[LISTEN_HOST_SIZE];

	if (getnameinfo((const struct sockaddr *)address, length, host, sizeof(host), NULL, 0, NI_NUMERICHOST))
		strcpy(host, "?");
	listen_address_format(host, port_of(address), text, size);
}

static int set_flag(int fd, int level, int option)
{
	const int on = 1;

	return setsockopt(fd, level, option, &on, sizeof(on));
}

/* Of the same port, whichever the first one got. */
static int bind_and_listen(struct listener *listener, int fd, const struct addrinfo *info)
{
	struct sockaddr_storage *address = &listener->addresses[listener->n];
	socklen_t length = info->ai_addrlen;

	memset(address, 0, sizeof(*address));
	memcpy(address, info->ai_addr, info->ai_addrlen);
	if (listener->n)
		set_port(address, listener->port);
	/* A server that was just ended must not keep the next one from starting. */
	if (set_flag(fd, SOL_SOCKET, SO_REUSEADDR))
		return -1;
	/* Otherwise :: may take the port of 0.0.0.0 as well. */
	if (info->ai_family == AF_INET6 && set_flag(fd, IPPROTO_IPV6, IPV6_V6ONLY))
		return -1;
	if (bind(fd, (const struct sockaddr *)address, length) || listen(fd, BACKLOG))
		return -1;
	length = sizeof(*address);
	if (getsockname(fd, (struct sockaddr *)address, &length))
		return -1;
	listener->port = port_of(address);
	to_text(address, length, listener->texts[listener->n], LISTENER_TEXT_SIZE);
	listener->fds[listener->n++] = fd;
	return 0;
}

static int add(struct listener *listener, const struct addrinfo *info)
{
	const int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error;

	if (fd < 0)
		return -1;
	if (!bind_and_listen(listener, fd, info))
		return 0;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static struct addrinfo *look_up(const struct listen_address *address, char *problem, size_t problem_size)
{
	const struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM };
	struct addrinfo *infos = NULL;
	char port[16];
	int code;

	snprintf(port, sizeof(port), "%u", address->port);
	code = getaddrinfo(address->host, port, &hints, &infos);
	if (!code)
		return infos;
	snprintf(problem, problem_size, "Cannot find the address \"%.60s\": %s.", address->host,
		 code == EAI_SYSTEM ? strerror(errno) : gai_strerror(code));
	return NULL;
}

struct listener *listener_open(const struct listen_address *address, char *problem, size_t problem_size)
{
	struct listener *listener = calloc(1, sizeof(*listener));
	struct addrinfo *infos;

	if (!listener) {
		snprintf(problem, problem_size, "Out of memory.");
		return NULL;
	}
	infos = look_up(address, problem, problem_size);
	for (const struct addrinfo *info = infos; info && listener->n < LISTENER_MAX; info = info->ai_next) {
		/* A name may have an address that this machine lacks, such as ::1. */
		if (add(listener, info) && (errno != EADDRNOTAVAIL || !info->ai_next) && !listener->n) {
			snprintf(problem, problem_size, "Cannot listen on %.60s, port %u: %s.", address->host,
				 address->port, strerror(errno));
			break;
		}
	}
	if (infos)
		freeaddrinfo(infos);
	if (listener->n)
		return listener;
	listener_close(listener);
	return NULL;
}

void listener_close(struct listener *listener)
{
	if (!listener)
		return;
	for (size_t i = 0; i < listener->n; i++)
		close(listener->fds[i]);
	free(listener);
}

const int *listener_fds(const struct listener *listener, size_t *n)
{
	*n = listener->n;
	return listener->fds;
}

const char *listener_text(const struct listener *listener, size_t i)
{
	return listener->texts[i];
}

unsigned int listener_port(const struct listener *listener)
{
	return listener->port;
}

bool listener_is_open_to_others(const struct listener *listener, size_t i)
{
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&listener->addresses[i];
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&listener->addresses[i];

	if (!listener_is_ipv4(listener, i))
		return !IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
	return ntohl(v4->sin_addr.s_addr) >> 24 != IN_LOOPBACKNET;
}

bool listener_is_any(const struct listener *listener, size_t i)
{
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&listener->addresses[i];
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&listener->addresses[i];

	if (!listener_is_ipv4(listener, i))
		return IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr);
	return v4->sin_addr.s_addr == htonl(INADDR_ANY);
}

bool listener_is_ipv4(const struct listener *listener, size_t i)
{
	return listener->addresses[i].ss_family == AF_INET;
}

static void set_number(int fd, int option, int value)
{
	/* If it cannot be set, a client that has gone is noticed later. */
	(void)setsockopt(fd, IPPROTO_TCP, option, &value, sizeof(value));
}

int listener_accept(int fd, char *peer, size_t peer_size)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	int client;

	memset(&address, 0, sizeof(address));
	client = accept4(fd, (struct sockaddr *)&address, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (client < 0)
		return -1;
	to_text(&address, length, peer, peer_size);
	/* An answer is complete when it is sent: waiting for more costs 40 ms. */
	(void)set_flag(client, IPPROTO_TCP, TCP_NODELAY);
	(void)set_flag(client, SOL_SOCKET, SO_KEEPALIVE);
	set_number(client, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
	set_number(client, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
	set_number(client, TCP_KEEPCNT, KEEPALIVE_COUNT);
	return client;
}
