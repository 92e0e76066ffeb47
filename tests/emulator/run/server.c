/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections and messages. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "server_internal.h"

#define READ_SIZE 65536
/* More than any transfer that makes sense; a client that says more is broken. */
#define MAX_MESSAGE (64u << 20)
#define MAX_POLL 256

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

static void reserve(struct buffer *b, size_t more)
{
	if (b->start == b->end)
		b->start = b->end = 0;
	if (b->size - b->end >= more)
		return;
	/* start stays a multiple of 8, so messages remain aligned. */
	if (b->start) {
		memmove(b->data, b->data + b->start, b->end - b->start);
		b->end -= b->start;
		b->start = 0;
	}
	if (b->size - b->end >= more)
		return;
	b->size = (b->end + more) * 2;
	b->data = must(realloc(b->data, b->size));
}

static void append(struct buffer *b, const void *data, size_t size)
{
	reserve(b, size);
	if (size)
		memcpy(b->data + b->end, data, size);
	b->end += size;
}

void server_send(struct conn *conn, const void *msg, size_t size, const void *data, size_t data_size)
{
	static const uint8_t zero[8];
	struct emu_msg head;
	size_t total = size + data_size;

	memcpy(&head, msg, sizeof(head));
	head.size = emu_padded(total);
	append(&conn->out, &head, sizeof(head));
	append(&conn->out, (const uint8_t *)msg + sizeof(head), size - sizeof(head));
	append(&conn->out, data, data_size);
	append(&conn->out, zero, head.size - total);
}

static void flush_conn(struct conn *conn)
{
	struct buffer *b = &conn->out;

	while (!conn->dead && b->start < b->end) {
		ssize_t n = send(conn->fd, b->data + b->start, b->end - b->start, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n < 0)
			conn->dead = true;
		else
			b->start += (size_t)n;
	}
}

/* ---- processes ---- */

static struct process *find_process(const struct server *server, pid_t pid)
{
	struct process *p = server->processes;

	while (p && p->pid != pid)
		p = p->next;
	return p;
}

static struct process *get_process(struct server *server, pid_t pid)
{
	struct process *p = find_process(server, pid);

	if (!p) {
		p = must(calloc(1, sizeof(*p)));
		p->pid = pid;
		p->alarm = BENCH_NEVER;
		p->done_tail = &p->done;
		p->next = server->processes;
		server->processes = p;
	}
	if (!p->n_conns) {
		/* A new program, perhaps also a new process by an old number. */
		quiesce_free(p->state);
		p->state = quiesce_new(pid);
		p->n_threads = 1;
		server_ran(server, p);
	}
	return p;
}

static void free_process(struct server *server, struct process *process)
{
	struct context *c;

	server_release_process(server, process);
	while ((c = process->contexts)) {
		process->contexts = c->next;
		free(c);
	}
	quiesce_free(process->state);
	free(process);
}

static void purge_processes(struct server *server)
{
	struct process **p = &server->processes;

	while (*p) {
		struct process *dead = *p;

		if (dead->n_conns || quiesce_process(dead->state, &dead->n_threads) != QUIESCE_DEAD) {
			p = &dead->next;
			continue;
		}
		*p = dead->next;
		free_process(server, dead);
	}
}

void server_expect(struct server *server, pid_t pid)
{
	get_process(server, pid);
}

unsigned int server_processes(const struct server *server, pid_t *pids, unsigned int max)
{
	unsigned int n = 0;

	for (struct process *p = server->processes; p; p = p->next) {
		/* Between two programs it has no connection. */
		if (!p->n_conns && quiesce_process(p->state, &p->n_threads) == QUIESCE_DEAD)
			continue;
		if (n < max)
			pids[n] = p->pid;
		n++;
	}
	return n;
}

/* ---- connections ---- */

static void free_conn(struct conn *conn)
{
	close(conn->fd);
	free(conn->in.data);
	free(conn->out.data);
	free(conn);
}

/* What the kernel does when the last file of a process is closed. */
static void drop_conn(struct server *server, struct conn *conn)
{
	struct process *p = conn->process;

	if (p) {
		if (conn->waiting)
			p->n_waiting--;
		p->n_conns--;
		server_ran(server, p);
		if (!p->n_conns)
			server_release_process(server, p);
	}
	free_conn(conn);
}

static void drop_dead(struct server *server)
{
	struct conn **c = &server->conns;
	bool dropped = false;

	while (*c) {
		struct conn *dead = *c;

		if (!dead->dead) {
			c = &dead->next;
			continue;
		}
		*c = dead->next;
		drop_conn(server, dead);
		dropped = true;
	}
	if (dropped)
		purge_processes(server);
}

static void accept_conn(struct server *server)
{
	struct conn *conn;
	int fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	conn = must(calloc(1, sizeof(*conn)));
	conn->fd = fd;
	conn->next = server->conns;
	server->conns = conn;
}

static void hello(struct server *server, struct conn *conn, const struct emu_hello *msg)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	/* The kernel's word for the pid, since that one gets our signals. */
	if (conn->process || msg->magic != EMU_MAGIC
			|| getsockopt(conn->fd, SOL_SOCKET, SO_PEERCRED, &peer, &size)) {
		conn->dead = true;
		return;
	}
	conn->process = get_process(server, peer.pid);
	conn->process->n_conns++;
	conn->tid = msg->tid;
	server_ran(server, conn->process);
	/* A thread has one connection: an older one was lost by it (after a
	 * vfork, or closed behind the library's back). */
	for (struct conn *c = server->conns; c; c = c->next)
		if (c != conn && c->process == conn->process && c->tid == conn->tid)
			c->dead = true;
}

static bool dispatch(struct server *server, struct conn *conn, const struct emu_msg *msg)
{
	const void *p = msg;
	static const size_t sizes[] = {
		[EMU_HELLO] = sizeof(struct emu_hello),
		[EMU_WAIT] = sizeof(struct emu_wait_msg),
		[EMU_UNWAIT] = sizeof(struct emu_seq),
		[EMU_NOTIFY] = sizeof(struct emu_notify),
		[EMU_SUBMIT] = sizeof(struct emu_submit),
		[EMU_CANCEL] = sizeof(struct emu_cancel),
		[EMU_REQUEST] = sizeof(struct emu_request),
	};

	if (msg->type == 0 || msg->type > EMU_REQUEST || msg->size < sizes[msg->type])
		return false;
	if ((msg->type == EMU_HELLO) != !conn->process)
		return false;
	if (conn->process && msg->type != EMU_UNWAIT)
		server_ran(server, conn->process);
	switch (msg->type) {
	case EMU_HELLO:
		hello(server, conn, p);
		break;
	case EMU_WAIT:
		server_wait(server, conn, p);
		break;
	case EMU_UNWAIT:
		server_ran(server, conn->process);
		server_unwait(conn, ((const struct emu_seq *)p)->seq);
		break;
	case EMU_NOTIFY:
		server_notify(server, conn->process, p);
		break;
	case EMU_SUBMIT:
		server_submit(server, conn->process, p);
		break;
	case EMU_CANCEL:
		server_cancel(server, conn->process, ((const struct emu_cancel *)p)->urb);
		break;
	case EMU_REQUEST:
		server_request(server, conn, p);
		break;
	}
	return true;
}

static void handle_input(struct server *server, struct conn *conn)
{
	struct buffer *b = &conn->in;

	while (!conn->dead && b->end - b->start >= sizeof(struct emu_msg)) {
		const struct emu_msg *msg = (const void *)(b->data + b->start);

		if (msg->size < sizeof(*msg) || msg->size > MAX_MESSAGE || msg->size % 8) {
			conn->dead = true;
			return;
		}
		if (b->end - b->start < msg->size) {
			reserve(b, msg->size - (b->end - b->start));
			return;
		}
		b->start += msg->size;
		if (!dispatch(server, conn, msg))
			conn->dead = true;
	}
}

static void read_conn(struct server *server, struct conn *conn)
{
	struct buffer *b = &conn->in;
	ssize_t n;

	reserve(b, READ_SIZE);
	n = recv(conn->fd, b->data + b->end, b->size - b->end, MSG_DONTWAIT);
	if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK))
		return;
	if (n <= 0) {
		conn->dead = true;
		return;
	}
	b->end += (size_t)n;
	handle_input(server, conn);
}

/* ---- the loop ---- */

static unsigned int fill_poll(struct server *server, int extra_fd, struct pollfd *fds)
{
	unsigned int n = 0;

	fds[n++] = (struct pollfd) { .fd = extra_fd, .events = POLLIN };
	fds[n++] = (struct pollfd) { .fd = server->listen_fd, .events = POLLIN };
	for (struct conn *c = server->conns; c && n < MAX_POLL; c = c->next) {
		short events = POLLIN;

		if (c->out.start < c->out.end)
			events |= POLLOUT;
		fds[n++] = (struct pollfd) { .fd = c->fd, .events = events };
	}
	return n;
}

bool server_readable(struct server *server)
{
	struct pollfd fds[MAX_POLL];

	return poll(fds, fill_poll(server, -1, fds), 0) > 0;
}

static int wait_for_input(struct server *server, int extra_fd, int64_t until_ns,
			  struct pollfd *fds)
{
	struct timespec ts = { 0 };
	unsigned int n = fill_poll(server, extra_fd, fds);
	int64_t left;
	int ready;

	if (until_ns != BENCH_NEVER) {
		left = until_ns - server_real(server);
		if (left > 0) {
			ts.tv_sec = left / 1000000000;
			ts.tv_nsec = left % 1000000000;
		}
	}
	ready = ppoll(fds, n, until_ns == BENCH_NEVER ? NULL : &ts, NULL);
	if (ready < 0 && errno == EINTR)
		ready = 0;
	if (ready <= 0)
		memset(fds, 0, n * sizeof(*fds));
	return ready;
}

int server_turn(struct server *server, int extra_fd, int64_t until_ns)
{
	struct pollfd fds[MAX_POLL];
	struct conn *conn;
	unsigned int n;
	int64_t again = server_advance(server);
	int ready;

	for (conn = server->conns; conn; conn = conn->next)
		flush_conn(conn);
	drop_dead(server);
	ready = wait_for_input(server, extra_fd, again < until_ns ? again : until_ns, fds);
	if (ready <= 0)
		return ready;
	/* What has come, came now, not when the poll began. */
	server_catch_up(server);
	/* fds follow the order of the list, which accept_conn() would shift. */
	for (conn = server->conns, n = 2; conn && n < MAX_POLL; conn = conn->next, n++)
		if (fds[n].revents & (POLLIN | POLLHUP | POLLERR))
			read_conn(server, conn);
	if (fds[1].revents)
		accept_conn(server);
	drop_dead(server);
	return 0;
}

static int listen_on(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 128)) {
		int saved = errno;

		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

struct server *server_new(struct bench *bench, const char *dir, bool virtual_clock)
{
	struct server *server = must(calloc(1, sizeof(*server)));
	char *clock_path;

	server->bench = bench;
	server->virtual_clock = virtual_clock;
	server->alarm = BENCH_NEVER;
	server->strangers_real = BENCH_NEVER;
	server->kworkers = kworkers_new();
	server->listen_fd = -1;
	if (asprintf(&server->socket_path, "%s/socket", dir) < 0
			|| asprintf(&clock_path, "%s/%s", dir, EMU_CLOCK_NAME) < 0)
		abort();
	server_usb_init(server);
	server->clock = vclock_new(clock_path, virtual_clock);
	free(clock_path);
	if (server->clock)
		server->listen_fd = listen_on(server->socket_path);
	if (server->listen_fd < 0) {
		int saved = errno;

		server_free(server);
		errno = saved;
		return NULL;
	}
	vclock_publish(server->clock, bench_now(bench), server_attached(server));
	return server;
}

void server_free(struct server *server)
{
	struct process *p;
	struct conn *c;

	if (!server)
		return;
	while ((c = server->conns)) {
		server->conns = c->next;
		free_conn(c);
	}
	while ((p = server->processes)) {
		server->processes = p->next;
		free_process(server, p);
	}
	server_usb_free(server);
	if (server->listen_fd >= 0)
		close(server->listen_fd);
	vclock_free(server->clock);
	kworkers_free(server->kworkers);
	free(server->socket_path);
	free(server);
}

const char *server_socket(const struct server *server)
{
	return server->socket_path;
}

void server_on_submit(struct server *server, server_submit_fn *fn, void *arg)
{
	server->on_submit = fn;
	server->on_submit_arg = arg;
}

void server_set_alarm(struct server *server, int64_t t)
{
	server->alarm = t;
}

int64_t server_real(const struct server *server)
{
	return vclock_real(server->clock);
}
