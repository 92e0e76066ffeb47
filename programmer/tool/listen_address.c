/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "listen_address.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PORT 65535
#define FORMS "it takes ADDRESS or ADDRESS:PORT, such as 127.0.0.1:3334, [::1]:3334 or myhost"

static int report(const char *text, char *problem, size_t problem_size)
{
	snprintf(problem, problem_size, "Bad address \"%.60s\" for --listen: " FORMS ".", text);
	return -1;
}

static bool parse_port(const char *text, unsigned int *port)
{
	unsigned long number;

	if (!*text || strspn(text, "0123456789") != strlen(text) || strlen(text) > 5)
		return false;
	number = strtoul(text, NULL, 10);
	*port = (unsigned int)number;
	return number <= MAX_PORT;
}

/* Splits; *port points to what follows the host: a colon or the end. */
static bool split(const char *text, const char **host, size_t *length, const char **port)
{
	const char *end;

	if (*text == '[') {
		end = strchr(text, ']');
		*host = text + 1;
		*length = end ? (size_t)(end - *host) : 0;
		*port = end ? end + 1 : NULL;
		return end;
	}
	end = strchr(text, ':');
	/* More than one colon: an IPv6 address alone. */
	if (!end || strchr(end + 1, ':'))
		end = text + strlen(text);
	*host = text;
	*length = (size_t)(end - text);
	*port = end;
	return true;
}

int listen_address_parse(struct listen_address *address, const char *text, char *problem, size_t problem_size)
{
	const char *host, *port;
	size_t length;

	if (!split(text, &host, &length, &port) || !length || length >= sizeof(address->host))
		return report(text, problem, problem_size);
	memcpy(address->host, host, length);
	address->host[length] = '\0';
	address->port = LISTEN_DEFAULT_PORT;
	if (*port && (*port != ':' || !parse_port(port + 1, &address->port)))
		return report(text, problem, problem_size);
	return 0;
}

void listen_address_format(const char *host, unsigned int port, char *text, size_t size)
{
	snprintf(text, size, strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, port);
}
