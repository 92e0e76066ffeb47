/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connection of a thread to the server. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "preload.h"

#define POST_SIZE 65536
#define RX_MIN 65536
#define POLL_ON_STACK 64

struct connection {
	int fd;
	pid_t pid;		/* 0: none; not ours after a fork */
	uint32_t seq;
	uint8_t *rx;
	size_t rx_len, rx_size;
};

static __thread struct connection conn __attribute__((tls_model("initial-exec")));

static char socket_path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
static struct emu_page *page;
static _Atomic int mode_state;	/* 0: not looked yet, else 1 + mode */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_key_t thread_key;
static bool have_key;
static _Atomic uint8_t own_fds[EMU_MAX_FDS];
static uint8_t post[POST_SIZE] __attribute__((aligned(8)));
static size_t post_len;

void *emu_real(void **slot, const char *name)
{
	void *fn = __atomic_load_n(slot, __ATOMIC_ACQUIRE);

	if (!fn) {
		fn = dlsym(RTLD_NEXT, name);
		if (!fn)
			abort();
		__atomic_store_n(slot, fn, __ATOMIC_RELEASE);
	}
	return fn;
}

/* ---- setting up ---- */

static bool map_clock(void)
{
	char path[sizeof(socket_path) + sizeof(EMU_CLOCK_NAME)];
	char *slash;
	void *p;
	int fd;

	strcpy(path, socket_path);
	slash = strrchr(path, '/');
	if (!slash)
		return false;
	strcpy(slash + 1, EMU_CLOCK_NAME);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	p = mmap(NULL, sizeof(*page), PROT_READ, MAP_SHARED, fd, 0);
	syscall(SYS_close, fd);
	if (p == MAP_FAILED)
		return false;
	page = p;
	return page->magic == EMU_MAGIC;
}

static void set_mode(enum emu_mode mode)
{
	atomic_store(&mode_state, 1 + (int)mode);
}

static enum emu_mode find_mode(void)
{
	const char *path = getenv(EMU_SOCKET_ENV);

	if (!path || strlen(path) >= sizeof(socket_path))
		return EMU_OFF;
	strcpy(socket_path, path);
	if (!map_clock())
		return EMU_OFF;
	return page->virtual_clock ? EMU_VIRTUAL : EMU_REAL;
}

enum emu_mode emu_mode(void)
{
	int state = atomic_load_explicit(&mode_state, memory_order_acquire);
	int saved;

	if (!state) {
		saved = errno;
		set_mode(find_mode());
		errno = saved;
		state = atomic_load(&mode_state);
	}
	return (enum emu_mode)(state - 1);
}

const struct emu_page *emu_page(void)
{
	return page;
}

void emu_lock(sigset_t *saved)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, saved);
	pthread_mutex_lock(&lock);
}

void emu_unlock(const sigset_t *saved)
{
	pthread_mutex_unlock(&lock);
	pthread_sigmask(SIG_SETMASK, saved, NULL);
}

/* ---- the socket ---- */

bool emu_owns_fd(int fd)
{
	return fd >= 0 && fd < EMU_MAX_FDS && atomic_load(&own_fds[fd]);
}

/* Out of the way of shells and of programs that count on low numbers, but
 * below FD_SETSIZE. */
static int move_high(int fd)
{
	struct rlimit limit = { .rlim_cur = 256 };
	int high;

	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur > EMU_MAX_FDS)
		limit.rlim_cur = EMU_MAX_FDS;
	high = fcntl(fd, F_DUPFD_CLOEXEC, (int)(limit.rlim_cur - limit.rlim_cur / 4));
	if (high < 0)
		return fd;
	syscall(SYS_close, fd);
	return high;
}

static bool send_all(const void *data, size_t size)
{
	const uint8_t *p = data;

	while (size) {
		/* Not send(): that would be a place where a thread may be
		 * cancelled, with the lock held. */
		ssize_t n = syscall(SYS_sendto, conn.fd, p, size, MSG_NOSIGNAL, NULL, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		p += n;
		size -= (size_t)n;
	}
	return true;
}

static void close_conn(void)
{
	if (conn.pid && conn.fd >= 0) {
		if (conn.fd < EMU_MAX_FDS)
			atomic_store(&own_fds[conn.fd], 0);
		syscall(SYS_close, conn.fd);
	}
	conn.pid = 0;
	conn.fd = -1;
	conn.rx_len = 0;
}

/* The server has gone: from now on time is real and there are no devices. */
static void lose(void)
{
	close_conn();
	set_mode(EMU_OFF);
}

static bool greet(pid_t pid)
{
	struct emu_hello hello = {
		.msg = { .size = sizeof(hello), .type = EMU_HELLO },
		.magic = EMU_MAGIC,
		.pid = pid,
		.tid = (int32_t)syscall(SYS_gettid),
	};

	return send_all(&hello, sizeof(hello));
}

/* With the lock held. */
static bool connect_thread(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	pid_t pid = getpid();

	if (conn.pid == pid)
		return true;
	if (emu_mode() == EMU_OFF)
		return false;
	/* Inherited by a fork: the number is ours to close, not to use. */
	close_conn();
	conn.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (conn.fd < 0)
		return false;
	conn.fd = move_high(conn.fd);
	conn.pid = pid;
	if (conn.fd < EMU_MAX_FDS)
		atomic_store(&own_fds[conn.fd], 1);
	strcpy(address.sun_path, socket_path);
	if (connect(conn.fd, (struct sockaddr *)&address, sizeof(address)) || !greet(pid)) {
		lose();
		return false;
	}
	if (have_key)
		pthread_setspecific(thread_key, &conn);
	return true;
}

/* ---- sending ---- */

static bool flush_post(void)
{
	size_t len = post_len;

	post_len = 0;
	if (!len)
		return true;
	if (!connect_thread())
		return false;
	if (send_all(post, len))
		return true;
	lose();
	return false;
}

void emu_flush_locked(void)
{
	flush_post();
}

void emu_flush(void)
{
	sigset_t saved;
	int error = errno;

	if (!post_len)
		return;
	emu_lock(&saved);
	flush_post();
	emu_unlock(&saved);
	errno = error;
}

static void post_bytes(const void *data, size_t size)
{
	if (!size)
		return;
	if (size > sizeof(post) - post_len) {
		flush_post();
		if (size > sizeof(post)) {
			if (connect_thread() && !send_all(data, size))
				lose();
			return;
		}
	}
	memcpy(post + post_len, data, size);
	post_len += size;
}

void emu_post(const void *msg, size_t size, const void *data, size_t data_size)
{
	static const uint8_t zero[8];
	struct emu_msg head;
	size_t total = size + data_size;

	memcpy(&head, msg, sizeof(head));
	head.size = emu_padded(total);
	post_bytes(&head, sizeof(head));
	post_bytes((const uint8_t *)msg + sizeof(head), size - sizeof(head));
	post_bytes(data, data_size);
	post_bytes(zero, head.size - total);
}

/* ---- receiving ---- */

static bool grow_rx(size_t need)
{
	size_t size = conn.rx_size ? conn.rx_size : RX_MIN;
	void *p;

	while (size < need)
		size *= 2;
	if (size == conn.rx_size)
		return true;
	/* Not malloc(): a signal handler may be what sleeps. */
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return false;
	if (conn.rx) {
		memcpy(p, conn.rx, conn.rx_len);
		munmap(conn.rx, conn.rx_size);
	}
	conn.rx = p;
	conn.rx_size = size;
	return true;
}

/* Handles one whole message, if there is one; *end is where it stopped. */
static const struct emu_msg *next_message(size_t start)
{
	const struct emu_msg *msg = (const void *)(conn.rx + start);

	if (conn.rx_len - start < sizeof(*msg) || conn.rx_len - start < msg->size)
		return NULL;
	return msg;
}

struct awaited {
	uint32_t seq;
	bool woke;
	/* A transfer is done. It may have been sent for an earlier wait that a
	 * signal ended, so no EMU_WOKE need follow. */
	bool done;
	struct emu_result *result;	/* NULL: a wait */
	void **data;
};

static void take_result(const struct emu_result *result, struct awaited *awaited)
{
	if (!awaited->result || result->seq != awaited->seq)
		return;
	awaited->woke = true;
	*awaited->result = *result;
	if (!awaited->data)
		return;
	*awaited->data = malloc(result->length + 1);
	if (!*awaited->data)
		abort();
	memcpy(*awaited->data, result + 1, result->length);
}

static void take_message(const struct emu_msg *msg, struct awaited *awaited)
{
	const void *p = msg;

	switch (msg->type) {
	case EMU_DONE:
		emu_usb_done(p);
		awaited->done = true;
		break;
	case EMU_WOKE:
		if (!awaited->result && ((const struct emu_seq *)p)->seq == awaited->seq)
			awaited->woke = true;
		break;
	case EMU_RESULT:
		take_result(p, awaited);
		break;
	}
}

/* Takes what has arrived, with the lock held. */
static bool receive(struct awaited *awaited, int flags)
{
	const struct emu_msg *msg;
	size_t start = 0, need = RX_MIN;
	ssize_t n;

	if (conn.rx_len >= sizeof(*msg))
		need = ((const struct emu_msg *)conn.rx)->size;
	if (!grow_rx(need))
		return false;
	do {
		n = syscall(SYS_recvfrom, conn.fd, conn.rx + conn.rx_len, conn.rx_size - conn.rx_len,
			    flags, NULL, NULL);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return true;
	if (n <= 0)
		return false;
	conn.rx_len += (size_t)n;
	while ((msg = next_message(start))) {
		take_message(msg, awaited);
		start += msg->size;
	}
	memmove(conn.rx, conn.rx + start, conn.rx_len - start);
	conn.rx_len -= start;
	return true;
}

bool emu_request(struct emu_request *request, struct emu_result *result, void **data)
{
	struct awaited awaited = { .result = result, .data = data };
	int error = errno;
	sigset_t saved;
	bool ok;

	emu_not_spinning();
	emu_lock(&saved);
	ok = connect_thread();
	if (ok) {
		awaited.seq = request->seq = ++conn.seq;
		request->msg.type = EMU_REQUEST;
		emu_post(request, sizeof(*request), NULL, 0);
		ok = flush_post();
	}
	while (ok && !awaited.woke)
		ok = receive(&awaited, 0);
	if (!ok && emu_mode() != EMU_OFF)
		lose();
	emu_unlock(&saved);
	errno = error;
	return ok;
}

/* ---- waiting ---- */

static bool start_wait(const struct emu_wait *wait, uint32_t flags, uint32_t *seq)
{
	struct emu_wait_msg msg = {
		.msg.type = EMU_WAIT,
		.flags = wait->flags | flags | (wait->n_fds ? EMU_WAIT_FDS : 0),
		.deadline = wait->deadline,
		.ctx = wait->ctx,
		.gen = wait->gen,
	};

	if (!connect_thread())
		return false;
	*seq = msg.seq = ++conn.seq;
	emu_post(&msg, sizeof(msg), NULL, 0);
	return flush_post();
}

static void stop_wait(uint32_t seq)
{
	struct emu_seq msg = { .msg.type = EMU_UNWAIT, .seq = seq };

	/* A handler may have lost the connection, or got another one. */
	if (conn.pid != getpid())
		return;
	emu_post(&msg, sizeof(msg), NULL, 0);
	flush_post();
}

static enum emu_woken poll_once(struct emu_wait *wait, struct pollfd *all, struct awaited *awaited,
				const sigset_t *mask)
{
	nfds_t n = wait->n_fds;
	int ready;
	bool ok = true;

	/* A caller's own -1 entries are skipped by the kernel. */
	all[n] = (struct pollfd) { .fd = conn.fd, .events = POLLIN };
	ready = EMU_REAL(ppoll)(all, n + 1, NULL, mask);
	if (ready < 0)
		return errno == EINTR ? EMU_WOKEN_SIGNAL : EMU_WOKEN_LOST;
	if (all[n].revents) {
		pthread_mutex_lock(&lock);
		ok = receive(awaited, MSG_DONTWAIT);
		if (!ok)
			lose();
		pthread_mutex_unlock(&lock);
		ready--;
	}
	if (ready > 0) {
		memcpy(wait->fds, all, n * sizeof(*all));
		return EMU_WOKEN_FDS;
	}
	return ok ? EMU_WOKEN_TIME : EMU_WOKEN_LOST;
}

/* Signals are blocked but inside ppoll(). */
static enum emu_woken wait_blocked(struct emu_wait *wait, struct pollfd *all, const sigset_t *saved)
{
	struct awaited awaited = { 0 };
	enum emu_woken woken = EMU_WOKEN_LOST;
	bool started;

	pthread_mutex_lock(&lock);
	started = start_wait(wait, 0, &awaited.seq);
	pthread_mutex_unlock(&lock);
	if (!started)
		return EMU_WOKEN_LOST;
	while (!awaited.woke) {
		woken = poll_once(wait, all, &awaited, wait->mask ? wait->mask : saved);
		if (woken != EMU_WOKEN_TIME)
			break;
		if (awaited.done && (wait->flags & EMU_WAIT_EVENTS))
			break;
	}
	if (!awaited.woke && woken != EMU_WOKEN_LOST) {
		pthread_mutex_lock(&lock);
		stop_wait(awaited.seq);
		pthread_mutex_unlock(&lock);
	}
	return woken;
}

enum emu_woken emu_wait(struct emu_wait *wait)
{
	struct pollfd few[POLL_ON_STACK], *all = few;
	size_t size = (wait->n_fds + 1) * sizeof(*all);
	enum emu_woken woken;
	int error = errno;
	sigset_t saved, every;

	emu_not_spinning();
	if (wait->n_fds >= POLL_ON_STACK) {
		all = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (all == MAP_FAILED)
			return EMU_WOKEN_LOST;
	}
	if (wait->n_fds)
		memcpy(all, wait->fds, wait->n_fds * sizeof(*all));
	sigfillset(&every);
	pthread_sigmask(SIG_SETMASK, &every, &saved);
	woken = wait_blocked(wait, all, &saved);
	pthread_sigmask(SIG_SETMASK, &saved, NULL);
	if (all != few)
		munmap(all, size);
	errno = woken == EMU_WOKEN_SIGNAL ? EINTR : error;
	return woken;
}

uint32_t emu_timer_start(int64_t deadline)
{
	struct emu_wait wait = { .deadline = deadline };
	uint32_t seq = 0;
	sigset_t saved;

	emu_not_spinning();
	emu_lock(&saved);
	start_wait(&wait, EMU_WAIT_TIMER, &seq);
	emu_unlock(&saved);
	return seq;
}

void emu_timer_stop(uint32_t seq)
{
	int error = errno;
	sigset_t saved;

	emu_lock(&saved);
	stop_wait(seq);
	emu_unlock(&saved);
	errno = error;
}

/* ---- threads and forks ---- */

static void thread_ends(void *arg)
{
	sigset_t saved;

	(void)arg;
	emu_lock(&saved);
	if (conn.pid == getpid()) {
		flush_post();
		close_conn();
	}
	if (conn.rx)
		munmap(conn.rx, conn.rx_size);
	conn.rx = NULL;
	conn.rx_size = 0;
	emu_unlock(&saved);
}

static sigset_t fork_saved;

static void before_fork(void)
{
	sigset_t saved;

	emu_lock(&saved);
	flush_post();
	fork_saved = saved;
}

static void after_fork_parent(void)
{
	sigset_t saved = fork_saved;

	emu_unlock(&saved);
}

/* The child is known to the server before it does anything. */
static void after_fork_child(void)
{
	sigset_t saved = fork_saved;
	int error = errno;

	for (int fd = 0; fd < EMU_MAX_FDS; fd++)
		if (fd != conn.fd && atomic_exchange(&own_fds[fd], 0))
			syscall(SYS_close, fd);
	connect_thread();
	errno = error;
	emu_unlock(&saved);
}

__attribute__((constructor)) static void start(void)
{
	sigset_t saved;
	int error = errno;

	if (emu_mode() == EMU_OFF)
		return;
	have_key = !pthread_key_create(&thread_key, thread_ends);
	pthread_atfork(before_fork, after_fork_parent, after_fork_child);
	emu_lock(&saved);
	connect_thread();
	emu_unlock(&saved);
	errno = error;
}

__attribute__((destructor)) static void finish(void)
{
	emu_flush();
}
