/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client for harness_test.sh: `clock_test NAME` runs one case and returns 0,
 * or says what is wrong and returns 1.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define US 1000LL
#define MS 1000000LL
#define S 1000000000LL

static long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * S + ts.tv_nsec;
}

static int expect(const char *what, long long got, long long low, long long high)
{
	if (got >= low && got <= high)
		return 0;
	printf("%s: %lld is not in %lld..%lld\n", what, got, low, high);
	return 1;
}

/* A look at the clock has a price, so "exact" means within some us. */
static int lasted(const char *what, long long since, long long ns)
{
	return expect(what, now() - since, ns - 1 * US, ns + 10 * US);
}

static int sleeps(void)
{
	struct timespec ts = { .tv_nsec = 250 * MS }, until;
	long long t = now();
	int bad = 0;

	sleep(10);
	bad |= lasted("sleep", t, 10 * S);
	t = now();
	usleep(1500);
	bad |= lasted("usleep", t, 1500 * US);
	t = now();
	nanosleep(&ts, NULL);
	bad |= lasted("nanosleep", t, 250 * MS);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 3;
	t = now();
	clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL);
	return bad | lasted("clock_nanosleep", t, 3 * S);
}

static int polls(void)
{
	struct timeval tv = { .tv_sec = 2 };
	fd_set set;
	long long t = now();
	int bad = 0, fds[2];

	if (pipe(fds))
		return 1;
	struct pollfd pfd = { .fd = fds[0], .events = POLLIN };

	bad |= expect("poll", poll(&pfd, 1, 1000), 0, 0);
	bad |= lasted("poll", t, 1 * S);
	FD_ZERO(&set);
	FD_SET(fds[0], &set);
	t = now();
	bad |= expect("select", select(fds[0] + 1, &set, NULL, NULL, &tv), 0, 0);
	bad |= lasted("select", t, 2 * S);
	bad |= expect("rest of select", tv.tv_sec, 0, 0);
	if (write(fds[1], "x", 1) != 1)
		return 1;
	t = now();
	bad |= expect("ready poll", poll(&pfd, 1, 1000), 1, 1);
	return bad | lasted("ready poll", t, 0);
}

static int spins(void)
{
	static const long long delays[] = { 10 * US, 100 * US, 1 * MS, 10 * MS, 100 * MS, 1 * S };
	int bad = 0;

	for (size_t i = 0; i < sizeof(delays) / sizeof(*delays); i++) {
		long long start = now();
		long long t;

		do {
			t = now();
		} while (t - start < delays[i]);
		bad |= expect("spin", t - start, delays[i], delays[i] + delays[i] / 8 + 2 * US);
		usleep(1);
	}
	return bad;
}

static int busy_polls(void)
{
	struct pollfd pfd = { .fd = -1 };
	struct timeval a, b;

	gettimeofday(&a, NULL);
	do {
		poll(&pfd, 1, 0);
		gettimeofday(&b, NULL);
	} while (b.tv_sec - a.tv_sec < 2);
	return 0;
}

/* Each side waits for the other with a time-out that must never be seen. */
static int ping_pong(void)
{
	int there[2], back[2], status, bad = 0;
	char c = 0;
	pid_t pid;

	if (pipe(there) || pipe(back))
		return 1;
	pid = fork();
	for (int i = 0; i < 500 && !bad; i++) {
		int in = pid ? back[0] : there[0];
		int out = pid ? there[1] : back[1];
		struct pollfd pfd = { .fd = in, .events = POLLIN };

		if (pid && write(out, &c, 1) != 1)
			bad = 1;
		if (poll(&pfd, 1, 5) != 1 || read(in, &c, 1) != 1)
			bad = 1;
		for (volatile int spin = 0; spin < 100000; spin++)
			;
		if (!pid && write(out, &c, 1) != 1)
			bad = 1;
	}
	if (bad)
		puts("a poll timed out");
	if (!pid)
		_exit(bad);
	waitpid(pid, &status, 0);
	return bad | status;
}

static volatile sig_atomic_t alarms;

static void on_alarm(int number)
{
	struct timespec ts = { .tv_nsec = 5 * MS };
	int error = errno;

	(void)number;
	alarms = alarms + 1;
	nanosleep(&ts, NULL);	/* inside of the sleep that it interrupts */
	errno = error;
}

static int interrupts(void)
{
	struct timespec ts = { .tv_sec = 10 }, rest = { 0 };
	struct pollfd pfd = { .fd = -1 };
	long long t = now();
	int bad = 0;

	signal(SIGALRM, on_alarm);
	alarm(2);
	bad |= expect("nanosleep", nanosleep(&ts, &rest), -1, -1);
	bad |= expect("errno", errno, EINTR, EINTR);
	bad |= lasted("nanosleep", t, 2 * S + 5 * MS);
	bad |= expect("rest", rest.tv_sec * S + rest.tv_nsec, 8 * S - 6 * MS, 8 * S - 4 * MS);
	alarm(1);
	bad |= expect("poll", poll(&pfd, 1, 3000), -1, -1);
	bad |= expect("errno of poll", errno, EINTR, EINTR);
	return bad | expect("alarms", alarms, 2, 2);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int signalled;

static void *signal_later(void *sem)
{
	sleep(3);
	pthread_mutex_lock(&mutex);
	signalled = 1;
	pthread_cond_signal(&cond);
	pthread_mutex_unlock(&mutex);
	sleep(2);
	sem_post(sem);
	return NULL;
}

static int threads(void)
{
	struct timespec until;
	pthread_t thread;
	long long t = now();
	int r = 0, bad = 0;
	sem_t sem;

	sem_init(&sem, 0, 0);
	pthread_create(&thread, NULL, signal_later, &sem);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 1;
	pthread_mutex_lock(&mutex);
	while (!signalled && !r)
		r = pthread_cond_timedwait(&cond, &mutex, &until);
	bad |= expect("cond at 1 s", r, ETIMEDOUT, ETIMEDOUT);
	bad |= lasted("cond", t, 1 * S);
	until.tv_sec += 9;
	for (r = 0; !signalled && !r;)
		r = pthread_cond_timedwait(&cond, &mutex, &until);
	bad |= expect("cond at 3 s", r, 0, 0);
	bad |= lasted("signalled cond", t, 3 * S);
	pthread_mutex_unlock(&mutex);
	until.tv_sec -= 6;	/* 4 s */
	bad |= expect("sem", sem_timedwait(&sem, &until), -1, -1);
	bad |= lasted("sem", t, 4 * S);
	until.tv_sec += 9;
	bad |= expect("posted sem", sem_timedwait(&sem, &until), 0, 0);
	bad |= lasted("posted sem", t, 5 * S);
	pthread_join(thread, NULL);
	return bad;
}

/* 300 ms of real computing may not cost another process its time-out. */
static int computes(void)
{
	struct timespec cpu;
	int fds[2], status;
	char c;
	pid_t pid;

	if (pipe(fds))
		return 1;
	pid = fork();
	if (!pid) {
		do {
			clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
		} while (cpu.tv_nsec < 300 * MS);
		_exit(write(fds[1], "x", 1) != 1);
	}
	struct pollfd pfd = { .fd = fds[0], .events = POLLIN };
	int bad = expect("poll", poll(&pfd, 1, 1000), 1, 1);

	bad |= expect("read", read(fds[0], &c, 1), 1, 1);
	waitpid(pid, &status, 0);
	return bad | status;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} cases[] = {
		{ "sleeps", sleeps }, { "polls", polls }, { "spins", spins },
		{ "busy_polls", busy_polls }, { "ping_pong", ping_pong },
		{ "interrupts", interrupts }, { "threads", threads }, { "computes", computes },
	};

	for (size_t i = 0; argc == 2 && i < sizeof(cases) / sizeof(*cases); i++)
		if (!strcmp(argv[1], cases[i].name))
			return cases[i].run();
	return 2;
}
