/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "signals.h"

#define READ_SIZE 8192
/* A client that reads nothing for this long has gone. */
#define SEND_LIMIT_MS 30000
#define SILENCE_LIMIT_US 30000000

struct client {
	int fd;
	char peer[LISTENER_TEXT_SIZE];
	struct serprog *serprog;
	bool lost;
	int64_t active_us; /* when it last sent something or connected */
};

/* False if nothing more can be sent. */
static bool wait_to_send(const struct client *client)
{
	struct pollfd fds[] = {
		{ .fd = client->fd, .events = POLLOUT },
		{ .fd = signals_fd(), .events = POLLIN },
	};
	const int n = poll(fds, 2, SEND_LIMIT_MS);

	if (n < 0)
		return errno == EINTR;
	return n && !fds[1].revents;
}

static void on_send(void *arg, const uint8_t *data, size_t n)
{
	struct client *client = arg;

	while (n && !client->lost) {
		const ssize_t written = write(client->fd, data, n);

		if (written > 0) {
			data += written;
			n -= (size_t)written;
		} else if (written < 0 && errno == EAGAIN) {
			client->lost = !wait_to_send(client);
		} else if (errno != EINTR) {
			client->lost = true;
		}
	}
}

struct client *client_new(int fd, const char *peer, const struct serprog_target *target)
{
	struct client *client = calloc(1, sizeof(*client));

	if (client)
		client->serprog = serprog_new(target, on_send, client);
	if (!client || !client->serprog) {
		close(fd);
		free(client);
		return NULL;
	}
	client->fd = fd;
	strncpy(client->peer, peer, sizeof(client->peer) - 1);
	client->active_us = beken_clock_us();
	return client;
}

void client_free(struct client *client)
{
	if (!client)
		return;
	serprog_free(client->serprog);
	close(client->fd);
	free(client);
}

int client_fd(const struct client *client)
{
	return client ? client->fd : -1;
}

const char *client_peer(const struct client *client)
{
	return client->peer;
}

bool client_is_silent(const struct client *client)
{
	return beken_clock_us() - client->active_us >= SILENCE_LIMIT_US;
}

bool client_serve(struct client *client)
{
	uint8_t data[READ_SIZE];
	const ssize_t n = read(client->fd, data, sizeof(data));

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (!n)
		return false;
	client->active_us = beken_clock_us();
	serprog_feed(client->serprog, data, (size_t)n);
	return !client->lost;
}
