/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "quiesce.h"

/* Deeper nests of programs that cannot be preloaded are not looked at. */
#define MAX_DEPTH 4

struct quiesce {
	pid_t pid;
	int stat_fd;	/* /proc/PID/task/PID/stat, or -1 */
};

struct quiesce *quiesce_new(pid_t pid)
{
	struct quiesce *q = malloc(sizeof(*q));
	char path[64];

	if (!q)
		abort();
	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", (int)pid, (int)pid);
	q->pid = pid;
	q->stat_fd = open(path, O_RDONLY | O_CLOEXEC);
	return q;
}

void quiesce_free(struct quiesce *q)
{
	if (!q)
		return;
	if (q->stat_fd >= 0)
		close(q->stat_fd);
	free(q);
}

/* D (waiting for a disk, or for a vfork child to start its program) and t (a
 * debugger looks at it) end by themselves, so they count as running. */
static bool state_sleeps(char state)
{
	return strchr("STZXxI", state) != NULL;
}

/* Returns the state letter, or 0 if there is no such thread (any more). */
static char read_stat(int fd, long *n_threads)
{
	char text[512];
	const char *p;
	char state;
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return 0;
	text[n] = '\0';
	/* The name in parentheses may hold anything, also parentheses. */
	p = strrchr(text, ')');
	if (!p || !p[1] || !p[2])
		return 0;
	state = p[2];
	p += 2;
	/* proc(5): state is field 3, num_threads field 20. */
	for (int field = 3; field < 20 && p; field++) {
		p = strchr(p, ' ');
		if (p)
			p++;
	}
	*n_threads = p ? strtol(p, NULL, 10) : 1;
	return state;
}

static char read_stat_path(const char *path, long *n_threads)
{
	char state;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	state = read_stat(fd, n_threads);
	close(fd);
	return state;
}

static bool any_thread_runs(pid_t pid)
{
	char path[320];
	struct dirent *entry;
	bool runs = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	if (!dir)
		return false;
	while (!runs && (entry = readdir(dir))) {
		long n_threads;
		char state;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%s/stat", (int)pid, entry->d_name);
		state = read_stat_path(path, &n_threads);
		runs = state && !state_sleeps(state);
	}
	closedir(dir);
	return runs;
}

enum quiesce_state quiesce_process(struct quiesce *q, long *n_threads)
{
	char state = q->stat_fd < 0 ? 0 : read_stat(q->stat_fd, n_threads);

	if (!state)
		return QUIESCE_DEAD;
	/* The first thread may be a zombie while others live on. */
	if (*n_threads <= 1 && strchr("ZXx", state))
		return QUIESCE_DEAD;
	if (!state_sleeps(state))
		return QUIESCE_RUNS;
	if (*n_threads > 1 && any_thread_runs(q->pid))
		return QUIESCE_RUNS;
	return QUIESCE_SLEEPS;
}

static bool child_runs(pid_t pid)
{
	char path[64];
	long n_threads = 1;
	char state;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", (int)pid, (int)pid);
	state = read_stat_path(path, &n_threads);
	if (!state)
		return false;
	return !state_sleeps(state) || (n_threads > 1 && any_thread_runs(pid));
}

static bool children_run(pid_t pid, bool (*known)(void *arg, pid_t pid), void *arg, int depth)
{
	char path[64];
	char text[2048];
	char *p = text, *end;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	for (;;) {
		pid_t child = (pid_t)strtol(p, &end, 10);

		if (end == p)
			return false;
		p = end;
		if (known(arg, child))
			continue;
		if (child_runs(child))
			return true;
		if (depth < MAX_DEPTH && children_run(child, known, arg, depth + 1))
			return true;
	}
}

bool quiesce_strangers_run(struct quiesce *q, bool (*known)(void *arg, pid_t pid), void *arg)
{
	return children_run(q->pid, known, arg, 0);
}

int64_t quiesce_cpu_time(const struct quiesce *q)
{
	unsigned long long user = 0, system = 0;
	char path[64], text[512];
	const char *p;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)q->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	p = strrchr(text, ')');
	/* proc(5): utime and stime are fields 14 and 15, in clock ticks. */
	if (!p || sscanf(p + 1, " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu %llu", &user, &system) != 2)
		return 0;
	return (int64_t)((user + system) * 1000000000ULL / (unsigned long long)sysconf(_SC_CLK_TCK));
}
