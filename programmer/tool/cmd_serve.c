/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One client has the chip. Others that connect meanwhile are served by a target
 * that refuses, since flashrom prints no reason for a closed connection.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "backup.h"
#include "client.h"
#include "commands.h"
#include "listener.h"
#include "session.h"
#include "signals.h"
#include "slow_clock.h"
#include "tool_options.h"
#include "tool_say.h"

#define MAX_REFUSED 4
#define POLL_MS 5000
#define PROBLEM_SIZE 512
/* Signals, the listener, the client, those that are refused. */
#define MAX_FDS (1 + LISTENER_MAX + 1 + MAX_REFUSED)

struct server {
	struct frontend frontend;
	const struct params *params;
	struct listener listener;
	struct client *client; /* the one that may use the chip */
	struct client *refused[MAX_REFUSED];
	struct session *session;
	struct backup *backup; /* of the session; NULL: none is asked for */
	bool client_failed;    /* an error of its sessions */
	bool client_had_chip;
	bool over;
};

/* ---- targets ---- */

static int on_enable(void *arg)
{
	struct server *server = arg;
	const int error =
		backup_open_session(&server->frontend, server->params, &server->session, &server->backup);

	server->client_had_chip = true;
	server->client_failed = server->client_failed || error;
	return error;
}

static int on_disable(void *arg)
{
	struct server *server = arg;
	const int error = session_close(server->session);

	server->session = NULL;
	backup_free(server->backup);
	server->backup = NULL;
	server->client_failed = server->client_failed || error;
	return error;
}

static int on_command(void *arg, const uint8_t *out, size_t out_length, uint8_t *in, size_t in_length)
{
	const struct server *server = arg;
	const int error = session_command(server->session, out, out_length, in, in_length);

	if (!error)
		backup_note(server->backup, session_last_command(server->session));
	return error;
}

static int refuse_enable(void *arg)
{
	(void)arg;
	return BEKEN_ERR_ACCESS;
}

/* ---- clients that come and go ---- */

static void refuse(struct server *server, int fd, const char *peer)
{
	/* flashrom shows the name before it asks for the chip. */
	static const struct serprog_target target = {
		.enable = refuse_enable,
		.name = "busy, try later",
	};
	size_t i = 0;

	tool_note("Client %s refused: %s uses the chip.", peer, client_peer(server->client));
	while (i < MAX_REFUSED && server->refused[i])
		i++;
	if (i < MAX_REFUSED)
		server->refused[i] = client_new(fd, peer, &target);
	else
		close(fd);
}

static void admit(struct server *server, int fd, const char *peer)
{
	const struct serprog_target target = {
		.enable = on_enable,
		.disable = on_disable,
		.command = on_command,
		.arg = server,
		.delays = server->params->beken.enter == BEKEN_ENTER_NEVER,
		.max_read = server->params->slow_clock ? SLOW_CLOCK_MAX_READ : 0,
	};

	server->client_failed = server->client_had_chip = false;
	server->client = client_new(fd, peer, &target);
	if (server->client)
		tool_note("Client %s connected.", peer);
	else
		tool_error("Out of memory for client %s.", peer);
}

static void take_client(struct server *server, int listening_fd)
{
	char peer[LISTENER_TEXT_SIZE];
	const int fd = listener_accept(listening_fd, peer, sizeof(peer));

	if (fd < 0)
		return;
	if (server->client)
		refuse(server, fd, peer);
	else
		admit(server, fd, peer);
}

/* The session finishes whatever the client has left unfinished. */
static void part_from_client(struct server *server, const char *how)
{
	char peer[LISTENER_TEXT_SIZE];
	const bool in_use = server->session;

	snprintf(peer, sizeof(peer), "%s", client_peer(server->client));
	client_free(server->client);
	server->client = NULL;
	if (in_use)
		tool_warning("Client %s %s in the middle of its work. The chip was left in good order, but "
			     "what is in the flash may be half written.",
			     peer, how);
	else
		tool_note("Client %s %s.%s", peer, how,
			  server->client_failed ? " It could not do its work." : "");
}

static void serve_refused(struct client **client)
{
	if (client_serve(*client) && !client_is_silent(*client))
		return;
	client_free(*client);
	*client = NULL;
}

static void serve_client(struct server *server, bool readable)
{
	if (readable && !client_serve(server->client)) {
		part_from_client(server, server->session ? "vanished" : "has gone");
		server->over = server->over || server->client_had_chip;
	} else if (!server->session && client_is_silent(server->client)) {
		/* Without the chip it only keeps others away. */
		part_from_client(server, "was silent and is disconnected");
	}
}

/* ---- the loop ---- */

static struct pollfd readable(int fd)
{
	return (struct pollfd){ .fd = fd, .events = POLLIN };
}

static void collect_fds(const struct server *server, struct pollfd *fds)
{
	*fds++ = readable(signals_fd());
	for (size_t i = 0; i < LISTENER_MAX; i++)
		*fds++ = readable(i < server->listener.n ? server->listener.sockets[i].fd : -1);
	*fds++ = readable(client_fd(server->client));
	for (size_t i = 0; i < MAX_REFUSED; i++)
		*fds++ = readable(client_fd(server->refused[i]));
}

/* The client first: if it has gone, the next one is welcome. */
static void handle(struct server *server, const struct pollfd *fds)
{
	const struct pollfd *listening = fds + 1, *client = listening + LISTENER_MAX;

	if (server->client)
		serve_client(server, client->revents);
	for (size_t i = 0; i < MAX_REFUSED; i++) {
		if (server->refused[i])
			serve_refused(&server->refused[i]);
	}
	for (size_t i = 0; i < LISTENER_MAX; i++) {
		if (listening[i].revents)
			take_client(server, listening[i].fd);
	}
}

static void serve_until_ended(struct server *server, bool once)
{
	struct pollfd fds[MAX_FDS];

	while (!signals_count() && !(once && server->over)) {
		collect_fds(server, fds);
		/* The timeout is for silent clients. */
		if (poll(fds, MAX_FDS, POLL_MS) < 0) {
			if (errno == EINTR)
				continue;
			tool_error("Cannot wait for clients: %s.", strerror(errno));
			return;
		}
		if (!signals_count())
			handle(server, fds);
	}
}

static void hang_up(struct server *server)
{
	if (server->client)
		part_from_client(server, "is disconnected");
	for (size_t i = 0; i < MAX_REFUSED; i++)
		client_free(server->refused[i]);
}

/* ---- the start ---- */

static void warn_if_open_to_others(const struct listener *listener)
{
	for (size_t i = 0; i < listener->n; i++) {
		if (listener->sockets[i].is_outside)
			tool_warning("Listening on %s, where other machines can come. serprog has no "
				     "passwords: whoever reaches it can read and erase the flash. Safer: "
				     "listen on 127.0.0.1 and connect by ssh -L %u:127.0.0.1:%u.",
				     listener->sockets[i].text, listener->port, listener->port);
	}
}

static void print_addresses(const struct listener *listener)
{
	char name[LISTEN_HOST_SIZE] = "";

	for (size_t i = 0; i < listener->n; i++) {
		const struct listener_socket *at = &listener->sockets[i];

		printf("listening on %s\n", at->text);
		if (!at->is_ipv4)
			printf("    (flashrom itself connects by IPv4 only)\n");
		else if (at->is_any && !gethostname(name, sizeof(name) - 1))
			printf("    flashrom -p serprog:ip=%s:%u\n", name, listener->port);
		else
			printf("    flashrom -p serprog:ip=%s\n", at->text);
	}
	fflush(stdout);
}

static int serve(const struct tool_options *options, const struct listen_address *address, bool once)
{
	struct server server = { .params = &options->params };
	char problem[PROBLEM_SIZE];

	if (tool_frontend_init(&server.frontend, options))
		return TOOL_FAILED;
	/* write() reports a client that has gone. */
	signal(SIGPIPE, SIG_IGN);
	if (listener_open(&server.listener, address, problem, sizeof(problem))) {
		tool_error("%s", problem);
		return TOOL_FAILED;
	}
	warn_if_open_to_others(&server.listener);
	print_addresses(&server.listener);
	serve_until_ended(&server, once);
	hang_up(&server);
	listener_close(&server.listener);
	return once && server.client_failed ? TOOL_FAILED : TOOL_OK;
}

int cmd_serve(int argc, char **argv)
{
	const char *text = LISTEN_DEFAULT;
	bool once = false;
	const struct tool_option own[] = {
		{ .name = "listen",
		  .argument = "ADDRESS:PORT",
		  .text = &text,
		  .help = "where; default " LISTEN_DEFAULT "; port 0: any" },
		{ .name = "once", .flag = &once, .help = "end after the first client that used the chip" },
		{ .name = NULL },
	};
	const struct tool_usage usage = {
		.name = "serve",
		.description =
			"Serves the programmer to flashrom on another machine, over serprog. One client\n"
			"has the chip at a time, any number one after the other; others are refused\n"
			"meanwhile. serprog has no passwords, so it listens on this machine only unless\n"
			"told otherwise; reach it from another one by ssh -L 3334:127.0.0.1:3334.\n"
			"It does not see the files, so it does not look whether they are for this chip.\n",
		.options = own,
		.keys = "device enter leave attempts cen_low_ms window_ms pipeline clock unprotect sfdp backup",
		.exit_status = "  0  ended by Ctrl-C or a signal, or --once and the client's session was good\n"
			       "  1  it could not listen, or --once and the session failed\n"
			       "  2  wrong command line\n",
	};
	struct listen_address address;
	struct tool_options options;
	char problem[PROBLEM_SIZE];
	int status;

	if (!tool_options_read(&options, &usage, argc, argv, &status))
		return status;
	if (listen_address_parse(&address, text, problem, sizeof(problem))) {
		tool_error("%s", problem);
		return TOOL_USAGE;
	}
	return serve(&options, &address, once);
}
