/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "kworkers.h"

/* It starts all other kernel threads. */
#define KTHREADD 2
/* Kernel threads; a large machine has a thousand. */
#define MAX_WORKERS 4096
#define LIST_SIZE (16 * MAX_WORKERS)

struct worker {
	pid_t pid;
	int stat_fd;
	bool listed;	/* in the newest list of kernel threads */
};

struct kworkers {
	int children_fd;	/* list of kernel threads, or -1 */
	char list[LIST_SIZE], newer[LIST_SIZE];
	unsigned int n;
	struct worker workers[MAX_WORKERS];
};

static int open_of(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* All of it, since the kernel gives a list in pieces; cut off at size. */
static void read_text(int fd, char *text, size_t size)
{
	size_t used = 0;
	ssize_t n = 1;

	while (fd >= 0 && n > 0 && used < size - 1) {
		n = pread(fd, text + used, size - 1 - used, (off_t)used);
		used += n > 0 ? (size_t)n : 0;
	}
	text[used] = '\0';
}

/* A name such as kworker/u8:3-events_unbound, in parentheses. */
static const char *name_in(const char *stat)
{
	const char *name = strchr(stat, '(');

	return name ? name + 1 : "";
}

static bool is_unbound(const char *stat)
{
	static const char start[] = "kworker/u";

	return !strncmp(name_in(stat), start, strlen(start));
}

/* One in D may wait for one more worker to be made. */
static bool runs(const char *stat)
{
	const char *end = strrchr(stat, ')');

	return end && end[1] && (end[2] == 'R' || end[2] == 'D');
}

static struct worker *find(struct kworkers *workers, pid_t pid)
{
	for (unsigned int i = 0; i < workers->n; i++)
		if (workers->workers[i].pid == pid)
			return &workers->workers[i];
	return NULL;
}

/* Other kernel threads are remembered as well, without a file, so that they are
 * looked at only once. */
static void add(struct kworkers *workers, pid_t pid)
{
	struct worker worker = { .pid = pid, .stat_fd = open_of(pid, "stat"), .listed = true };
	char stat[512];

	if (workers->n == MAX_WORKERS) {
		if (worker.stat_fd >= 0)
			close(worker.stat_fd);
		return;
	}
	read_text(worker.stat_fd, stat, sizeof(stat));
	if (worker.stat_fd >= 0 && pid != KTHREADD && !is_unbound(stat)) {
		close(worker.stat_fd);
		worker.stat_fd = -1;
	}
	workers->workers[workers->n++] = worker;
}

static void forget(struct kworkers *workers, unsigned int i)
{
	if (workers->workers[i].stat_fd >= 0)
		close(workers->workers[i].stat_fd);
	workers->workers[i] = workers->workers[--workers->n];
}

static void update(struct kworkers *workers)
{
	char *p = workers->list, *end;

	read_text(workers->children_fd, workers->newer, sizeof(workers->newer));
	if (!strcmp(workers->newer, workers->list))
		return;
	strcpy(workers->list, workers->newer);
	for (unsigned int i = 0; i < workers->n; i++)
		workers->workers[i].listed = workers->workers[i].pid == KTHREADD;
	for (;; p = end) {
		const pid_t pid = (pid_t)strtol(p, &end, 10);
		struct worker *worker;

		if (end == p)
			break;
		worker = find(workers, pid);
		if (worker)
			worker->listed = true;
		else
			add(workers, pid);
	}
	for (unsigned int i = workers->n; i-- > 0;)
		if (!workers->workers[i].listed)
			forget(workers, i);
}

struct kworkers *kworkers_new(void)
{
	struct kworkers *workers = calloc(1, sizeof(*workers));
	char stat[512] = "";
	int fd;

	if (!workers)
		abort();
	fd = open_of(KTHREADD, "stat");
	read_text(fd, stat, sizeof(stat));
	if (fd >= 0)
		close(fd);
	/* In a PID namespace number 2 is anybody. */
	workers->children_fd = -1;
	if (!strncmp(name_in(stat), "kthreadd)", strlen("kthreadd)")))
		workers->children_fd = open_of(KTHREADD, "task/2/children");
	if (workers->children_fd >= 0)
		add(workers, KTHREADD);
	return workers;
}

void kworkers_free(struct kworkers *workers)
{
	if (!workers)
		return;
	while (workers->n)
		forget(workers, workers->n - 1);
	if (workers->children_fd >= 0)
		close(workers->children_fd);
	free(workers);
}

bool kworkers_are_visible(const struct kworkers *workers)
{
	return workers->children_fd >= 0;
}

enum kworkers_state kworkers_look(struct kworkers *workers)
{
	char stat[512];

	if (!kworkers_are_visible(workers))
		return KWORKERS_HIDDEN;
	update(workers);
	for (unsigned int i = 0; i < workers->n; i++) {
		if (workers->workers[i].stat_fd < 0)
			continue;
		read_text(workers->workers[i].stat_fd, stat, sizeof(stat));
		if (runs(stat))
			return KWORKERS_BUSY;
	}
	return KWORKERS_IDLE;
}
