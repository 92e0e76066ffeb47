/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "usbip_server.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "complain.h"
#include "usbip_conn.h"
#include "usbip_say.h"
#include "usbip_socket.h"

#define NS_PER_S 1000000000LL
#define MAX_CONNS 64

enum { POLL_SIGNAL, POLL_LISTEN, POLL_CONTROL, POLL_CONNS };

struct usbip_server {
	struct usbip_exports *exports;
	struct usbip_clock *clock;
	struct usbip_control *control;
	int listen_fd, signal_fd;
	struct usbip_conn *conns[MAX_CONNS];
	unsigned int n_conns;
};

struct usbip_server *usbip_server_new(struct usbip_exports *exports, struct usbip_clock *clock,
				      struct usbip_control *control, int listen_fd, int signal_fd)
{
	struct usbip_server *server = must(calloc(1, sizeof(*server)));

	server->exports = exports;
	server->clock = clock;
	server->control = control;
	server->listen_fd = listen_fd;
	server->signal_fd = signal_fd;
	return server;
}

void usbip_server_free(struct usbip_server *server)
{
	if (!server)
		return;
	for (unsigned int i = 0; i < server->n_conns; i++)
		usbip_conn_free(server->conns[i]);
	free(server);
}

static void accept_client(struct usbip_server *server)
{
	struct usbip_address address;
	char name[USBIP_NAME_SIZE];
	int fd = usbip_accept(server->listen_fd, &address);

	if (fd < 0)
		return;
	usbip_name(&address, name);
	if (server->n_conns == MAX_CONNS) {
		usbip_warn("USB/IP client %s: there are %d already; connection closed", name, MAX_CONNS);
		close(fd);
		return;
	}
	server->conns[server->n_conns++] = usbip_conn_new(fd, name, server->exports, server->clock);
}

static void write_all(struct usbip_server *server)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < server->n_conns; i++) {
		struct usbip_conn *conn = server->conns[i];

		usbip_conn_write(conn);
		if (usbip_conn_is_over(conn))
			usbip_conn_free(conn);
		else
			server->conns[kept++] = conn;
	}
	server->n_conns = kept;
}

static unsigned int fill_poll(const struct usbip_server *server, struct pollfd *fds)
{
	fds[POLL_SIGNAL] = (struct pollfd) { .fd = server->signal_fd, .events = POLLIN };
	fds[POLL_LISTEN] = (struct pollfd) { .fd = server->listen_fd, .events = POLLIN };
	fds[POLL_CONTROL] = (struct pollfd) { .fd = server->control->fd, .events = POLLIN };
	for (unsigned int i = 0; i < server->n_conns; i++)
		fds[POLL_CONNS + i] = (struct pollfd) {
			.fd = usbip_conn_fd(server->conns[i]),
			.events = usbip_conn_events(server->conns[i]),
		};
	return POLL_CONNS + server->n_conns;
}

/* Shortens a wait so that no client outstays its deadline. */
static int64_t until_deadline(const struct usbip_server *server, int64_t wait_ns)
{
	int64_t real = usbip_clock_real(server->clock);

	for (unsigned int i = 0; i < server->n_conns; i++) {
		int64_t deadline = usbip_conn_deadline(server->conns[i]);

		if (deadline == BENCH_NEVER)
			continue;
		deadline = deadline > real ? deadline - real : 0;
		wait_ns = deadline < wait_ns ? deadline : wait_ns;
	}
	return wait_ns;
}

/* Returns whether there is any, or -1 after a message. */
static int wait_for_input(struct pollfd *fds, unsigned int n, int64_t wait_ns)
{
	struct timespec ts = { .tv_sec = wait_ns / NS_PER_S, .tv_nsec = wait_ns % NS_PER_S };
	int ready = ppoll(fds, n, wait_ns == BENCH_NEVER ? NULL : &ts, NULL);

	if (ready >= 0)
		return ready > 0;
	if (errno != EINTR) {
		complain("poll: %s", strerror(errno));
		return -1;
	}
	/* Nobody has looked: that is not the same as nothing. */
	for (unsigned int i = 0; i < n; i++)
		fds[i].revents = 0;
	return 1;
}

/* What has come while we were held up is acted on in the order in which it came. */
static void hear_clients(struct usbip_server *server, const struct pollfd *fds)
{
	int64_t came[MAX_CONNS];
	unsigned int first, left = 0;

	for (unsigned int i = 0; i < server->n_conns; i++) {
		bool heard = fds[i].revents & (POLLIN | POLLHUP | POLLERR);

		came[i] = heard ? usbip_conn_receive(server->conns[i]) : BENCH_NEVER;
		left += heard;
	}
	for (; left; left--) {
		first = 0;
		for (unsigned int i = 1; i < server->n_conns; i++)
			if (came[i] < came[first])
				first = i;
		usbip_clock_follow(server->clock, came[first]);
		usbip_conn_handle(server->conns[first]);
		came[first] = BENCH_NEVER;
	}
}

static bool hear_control(struct usbip_server *server)
{
	usbip_clock_follow(server->clock, usbip_clock_real(server->clock));
	return usbip_control_read(server->control, server->exports);
}

/* Returns true when it is time to end. */
static bool take_input(struct usbip_server *server, const struct pollfd *fds)
{
	bool quit = fds[POLL_SIGNAL].revents != 0;

	hear_clients(server, fds + POLL_CONNS);
	/* It comes behind those that fds knows. */
	if (fds[POLL_LISTEN].revents)
		accept_client(server);
	if (fds[POLL_CONTROL].revents)
		quit |= hear_control(server);
	return quit;
}

static int64_t turn(struct usbip_server *server)
{
	int64_t alarm = usbip_exports_look(server->exports);

	usbip_clock_leap(server->clock, alarm);
	alarm = usbip_exports_look(server->exports);
	write_all(server);
	return until_deadline(server, usbip_clock_idle(server->clock, alarm));
}

int usbip_server_run(struct usbip_server *server)
{
	struct pollfd fds[POLL_CONNS + MAX_CONNS];
	bool quit = false;

	while (!quit) {
		int64_t wait_ns = turn(server), real = usbip_clock_real(server->clock);
		int ready = wait_for_input(fds, fill_poll(server, fds), wait_ns);

		if (ready < 0)
			return -1;
		if (ready)
			quit = take_input(server, fds);
		else	/* now we know that nothing had come by then */
			usbip_clock_follow(server->clock, real);
	}
	return 0;
}
