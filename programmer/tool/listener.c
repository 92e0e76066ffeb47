/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* accept4() */
#include "listener.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_PORT 65535
#define BACKLOG 8
/* A machine that is switched off says nothing: it is asked after 10 s of
 * silence, three times. */
#define KEEPALIVE_IDLE_S 10
#define KEEPALIVE_INTERVAL_S 5
#define KEEPALIVE_COUNT 3

/* ---- as text ---- */

static bool parse_port(const char *text, unsigned int *port)
{
	char *end;
	const unsigned long number = strtoul(text, &end, 10);

	*port = (unsigned int)number;
	return isdigit((unsigned char)*text) && !*end && number <= MAX_PORT;
}

/* Where the host ends; NULL: a bracket is not closed. */
static const char *end_of_host(const char *text)
{
	const char *colon = strchr(text, ':');

	if (*text == '[')
		return strchr(text, ']');
	/* More than one colon: an IPv6 address alone. */
	return colon && !strchr(colon + 1, ':') ? colon : text + strlen(text);
}

int listen_address_parse(struct listen_address *address, const char *text, char *problem, size_t problem_size)
{
	const bool brackets = *text == '[';
	const char *const host = text + brackets, *const end = end_of_host(text);
	const size_t length = end ? (size_t)(end - host) : 0;
	const char *const port = end ? end + brackets : "";

	address->port = LISTEN_DEFAULT_PORT;
	if (!length || length >= sizeof(address->host) ||
	    (*port && (*port != ':' || !parse_port(port + 1, &address->port)))) {
		snprintf(problem, problem_size,
			 "Bad address \"%.60s\" for --listen: it takes ADDRESS or ADDRESS:PORT, such as "
			 "127.0.0.1:3334, [::1]:3334 or myhost.",
			 text);
		return -1;
	}
	memcpy(address->host, host, length);
	address->host[length] = '\0';
	return 0;
}

void listen_address_format(const char *host, unsigned int port, char *text, size_t size)
{
	snprintf(text, size, strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, port);
}

/* ---- the sockets ---- */

union address {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
	struct sockaddr_storage room;
};

static in_port_t *port_of(union address *address)
{
	return address->any.sa_family == AF_INET6 ? &address->ipv6.sin6_port : &address->ipv4.sin_port;
}

static void to_text(union address *address, socklen_t length, char *text, size_t size)
{
	char host[LISTEN_HOST_SIZE];

	if (getnameinfo(&address->any, length, host, sizeof(host), NULL, 0, NI_NUMERICHOST))
		strcpy(host, "?");
	listen_address_format(host, ntohs(*port_of(address)), text, size);
}

static void describe(struct listener_socket *to, union address *address, socklen_t length)
{
	const in_addr_t number = ntohl(address->ipv4.sin_addr.s_addr);

	to_text(address, length, to->text, sizeof(to->text));
	to->is_ipv4 = address->any.sa_family == AF_INET;
	if (to->is_ipv4) {
		to->is_any = number == INADDR_ANY;
		to->is_outside = number >> 24 != IN_LOOPBACKNET;
	} else {
		to->is_any = IN6_IS_ADDR_UNSPECIFIED(&address->ipv6.sin6_addr);
		to->is_outside = !IN6_IS_ADDR_LOOPBACK(&address->ipv6.sin6_addr);
	}
}

static int set_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

/* Of the same port, whichever the first one got. */
static int bind_and_listen(struct listener *listener, int fd, const struct addrinfo *info)
{
	union address address = { .any = { 0 } };
	socklen_t length = sizeof(address);

	memcpy(&address, info->ai_addr, info->ai_addrlen);
	if (listener->n)
		*port_of(&address) = htons((uint16_t)listener->port);
	/* A server that was just ended must not keep the next one from starting. */
	if (set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1))
		return -1;
	/* Otherwise :: may take the port of 0.0.0.0 as well. */
	if (info->ai_family == AF_INET6 && set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1))
		return -1;
	if (bind(fd, &address.any, info->ai_addrlen) || listen(fd, BACKLOG) ||
	    getsockname(fd, &address.any, &length))
		return -1;
	listener->port = ntohs(*port_of(&address));
	listener->sockets[listener->n].fd = fd;
	describe(&listener->sockets[listener->n++], &address, length);
	return 0;
}

/* Returns 0 or a value of errno. */
static int add(struct listener *listener, const struct addrinfo *info)
{
	const int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error;

	if (fd < 0)
		return errno;
	error = bind_and_listen(listener, fd, info) ? errno : 0;
	if (error)
		close(fd);
	return error;
}

int listener_open(struct listener *listener, const struct listen_address *address, char *problem,
		  size_t problem_size)
{
	const struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM };
	struct addrinfo *infos = NULL;
	char port[16];
	int code;

	listener->n = 0;
	snprintf(port, sizeof(port), "%u", address->port);
	code = getaddrinfo(address->host, port, &hints, &infos);
	if (code) {
		snprintf(problem, problem_size, "Cannot find the address \"%.60s\": %s.", address->host,
			 code == EAI_SYSTEM ? strerror(errno) : gai_strerror(code));
		return -1;
	}
	for (const struct addrinfo *info = infos; info && listener->n < LISTENER_MAX; info = info->ai_next) {
		const int error = add(listener, info);

		/* A name may have an address that this machine lacks, such as ::1. */
		if (error && (error != EADDRNOTAVAIL || !info->ai_next) && !listener->n) {
			snprintf(problem, problem_size, "Cannot listen on %.60s, port %u: %s.", address->host,
				 address->port, strerror(error));
			break;
		}
	}
	freeaddrinfo(infos);
	return listener->n ? 0 : -1;
}

void listener_close(struct listener *listener)
{
	for (size_t i = 0; i < listener->n; i++)
		close(listener->sockets[i].fd);
}

int listener_accept(int fd, char *peer, size_t peer_size)
{
	union address address = { .any = { 0 } };
	socklen_t length = sizeof(address);
	const int client = accept4(fd, &address.any, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (client < 0)
		return -1;
	to_text(&address, length, peer, peer_size);
	/* An answer is complete when it is sent: waiting for more costs 40 ms. */
	(void)set_option(client, IPPROTO_TCP, TCP_NODELAY, 1);
	/* If these cannot be set, a client that has gone is noticed later. */
	(void)set_option(client, SOL_SOCKET, SO_KEEPALIVE, 1);
	(void)set_option(client, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
	(void)set_option(client, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
	(void)set_option(client, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT);
	return client;
}
