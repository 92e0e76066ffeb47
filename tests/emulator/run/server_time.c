/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who waits for what, and how far the time may move.
 *
 * The virtual clock stands still while any client runs. A client is known to
 * be blocked when all its threads wait here, or when /proc says that they
 * sleep in the kernel. /proc is slow to read, so small steps that sum up to
 * less than CHECK_STEP may rest on an older look. If clients may talk to each
 * other, large steps are looked at twice, a little apart, and those that end
 * somebody's wait also need that the kernel's workers are idle: they carry bytes
 * through a pty, while reader and writer both sleep, and on a busy machine they
 * wait for a processor.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "server_internal.h"

#define US 1000LL
#define MS 1000000LL
#define CHECK_STEP (1 * MS)	/* emulated */
#define DOUBLE_CHECK_STEP (500 * US)	/* emulated */
#define DOUBLE_CHECK_GAP (100 * US)	/* real */
/* On a busy machine a kernel worker may have to wait for its turn. */
#define BUSY_GAPS_MIN 100
#define BUSY_GAPS_MAX 2000
/* Where they are hidden, and whatever runs on the machine may be one. */
#define BLIND_GAPS_MIN 2
#define BLIND_GAPS_MAX 30
#define BACKOFF_MIN (30 * US)	/* real, until the next look at a client */
#define BACKOFF_MAX (1 * MS)
/* A client that computes for so long is left behind: from then on the
 * emulated time goes as fast as the real one. What counts is the time that it
 * has had a processor, unless it gets none at all. */
#define STALL_LIMIT (200 * MS)
#define STARVED_LIMIT (3000 * MS)
/* Steps in one go, before signals and sockets get their turn. */
#define MAX_STEPS 4096

/* ---- waits ---- */

void server_ran(struct server *server, struct process *process)
{
	process->asleep = false;
	process->ran_real = server_real(server);
	process->ran_at = bench_now(server->bench);
	server->woken_real = process->ran_real;
	server->backoff = BACKOFF_MIN;
}

static void end_wait(struct conn *conn)
{
	if (conn->waiting)
		conn->process->n_waiting--;
	conn->waiting = false;
	conn->must_answer = false;
}

void server_wake(struct server *server, struct conn *conn)
{
	struct emu_seq woke = { .msg.type = EMU_WOKE, .seq = conn->wait.seq };

	server_ran(server, conn->process);
	if (conn->wait.flags & EMU_WAIT_TIMER) {
		end_wait(conn);
		conn->must_answer = true;
		return;
	}
	end_wait(conn);
	server_send(conn, &woke, sizeof(woke), NULL, 0);
}

static struct context *get_context(struct process *process, uint32_t id)
{
	struct context *c = process->contexts;

	while (c && c->id != id)
		c = c->next;
	if (c)
		return c;
	c = calloc(1, sizeof(*c));
	if (!c)
		abort();
	c->id = id;
	c->next = process->contexts;
	process->contexts = c;
	return c;
}

/* Generations wrap. */
static bool newer(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

void server_wait(struct server *server, struct conn *conn, const struct emu_wait_msg *wait)
{
	struct process *p = conn->process;

	end_wait(conn);
	conn->wait = *wait;
	conn->waiting = true;
	p->n_waiting++;
	if (p->n_waiting == p->n_conns && p->n_threads <= (long)p->n_conns)
		p->asleep = true;
	if ((wait->flags & EMU_WAIT_NOTIFY) && newer(get_context(p, wait->ctx)->gen, wait->gen))
		server_wake(server, conn);
}

void server_unwait(struct conn *conn, uint32_t seq)
{
	if (conn->wait.seq == seq)
		end_wait(conn);
}

void server_notify(struct server *server, struct process *process, const struct emu_notify *notify)
{
	struct context *context = get_context(process, notify->ctx);

	if (newer(notify->gen, context->gen))
		context->gen = notify->gen;
	for (struct conn *c = server->conns; c; c = c->next) {
		if (c->process != process || !c->waiting || !(c->wait.flags & EMU_WAIT_NOTIFY))
			continue;
		if (c->wait.ctx == context->id && newer(context->gen, c->wait.gen))
			server_wake(server, c);
	}
}

/* ---- what is due ---- */

static void fire_alarm(struct process *p, int64_t now)
{
	kill(p->pid, SIGALRM);
	if (!p->alarm_interval) {
		p->alarm = BENCH_NEVER;
		return;
	}
	while (p->alarm <= now)
		p->alarm += p->alarm_interval;
}

static void fire_due(struct server *server)
{
	int64_t now = bench_now(server->bench);

	for (struct process *p = server->processes; p; p = p->next) {
		server_deliver(server, p);
		if (p->alarm <= now) {
			fire_alarm(p, now);
			server_ran(server, p);
		}
	}
	for (struct conn *c = server->conns; c; c = c->next)
		if (c->waiting && c->wait.deadline <= now)
			server_wake(server, c);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t next_time(struct server *server)
{
	int64_t now = bench_now(server->bench);
	int64_t t = bench_next_event(server->bench);

	for (struct process *p = server->processes; p; p = p->next)
		t = earlier(t, p->alarm);
	for (struct conn *c = server->conns; c; c = c->next)
		if (c->waiting)
			t = earlier(t, c->wait.deadline);
	/* The alarm cuts a step short, but is no reason to take one: with no
	 * other event a client has yet to say what it waits for. One that has
	 * passed is the caller's to take away. */
	if (t != BENCH_NEVER && server->alarm > now)
		t = earlier(t, server->alarm);
	return t > now ? t : now;
}

/* ---- may the time move? ---- */

static bool is_known(void *arg, pid_t pid)
{
	const struct server *server = arg;

	for (struct process *p = server->processes; p; p = p->next)
		if (p->pid == pid)
			return true;
	return false;
}

static bool must_answer(const struct server *server, const struct process *process)
{
	for (struct conn *c = server->conns; c; c = c->next)
		if (c->process == process && c->must_answer)
			return true;
	return false;
}

static bool sleeps(struct server *server, struct process *process)
{
	if (quiesce_process(process->state, &process->n_threads) != QUIESCE_RUNS) {
		if (must_answer(server, process))
			return false;
		process->asleep = true;
		return true;
	}
	/* Somebody else woke it, just now. */
	if (process->asleep)
		server_ran(server, process);
	return false;
}

static bool all_asleep(struct server *server)
{
	bool all = true;

	for (struct process *p = server->processes; p; p = p->next)
		all &= sleeps(server, p);
	return all;
}

static bool strangers_run(struct server *server)
{
	bool run = false;

	for (struct conn *c = server->conns; c; c = c->next)
		run |= !c->process;
	for (struct process *p = server->processes; p && !run; p = p->next)
		run = quiesce_strangers_run(p->state, is_known, server);
	if (!run) {
		server->strangers_real = BENCH_NEVER;
	} else if (server->strangers_real == BENCH_NEVER) {
		server->strangers_real = server_real(server);
		server->strangers_at = bench_now(server->bench);
	}
	return run;
}

/* Can bytes be under way from one process to another? */
static bool may_talk(const struct server *server)
{
	for (const struct conn *c = server->conns; c; c = c->next)
		if (c->process != server->conns->process || (c->wait.flags & EMU_WAIT_FDS))
			return true;
	return false;
}

/* Does anything but us run or want to run on this machine? */
static bool machine_is_busy(void)
{
	unsigned int running = 0;
	FILE *f = fopen("/proc/loadavg", "re");

	if (!f)
		return false;
	if (fscanf(f, "%*s %*s %*s %u/", &running) != 1)
		running = 0;
	fclose(f);
	return running > 1;
}

static void wait_a_gap(void)
{
	const struct timespec gap = { .tv_nsec = DOUBLE_CHECK_GAP };

	nanosleep(&gap, NULL);
}

/* Do bytes lie in a pty that nobody has? A worker wakes the reader before it
 * sleeps, so what matters is that all sleep after it does. */
static bool bytes_are_under_way(struct server *server)
{
	switch (kworkers_look(server->kworkers)) {
	case KWORKERS_IDLE:
		return false;
	case KWORKERS_BUSY:
		return true;
	case KWORKERS_HIDDEN:
		break;
	}
	wait_a_gap();
	return machine_is_busy();
}

/* Looks again and again while a kernel worker that may be needed here waits for
 * its turn. */
static bool still_asleep(struct server *server)
{
	const bool visible = kworkers_are_visible(server->kworkers);
	const int min = visible ? BUSY_GAPS_MIN : BLIND_GAPS_MIN;
	const int max = visible ? BUSY_GAPS_MAX : BLIND_GAPS_MAX;

	if (!server->busy_gaps)
		server->busy_gaps = max;
	for (int i = 0; i < server->busy_gaps; i++) {
		const bool under_way = bytes_are_under_way(server);

		if (!all_asleep(server)) {
			server->busy_gaps = max;
			return false;
		}
		if (!under_way)
			return true;
		wait_a_gap();
	}
	/* In vain: patience shrinks until it has paid off again. */
	if (server->busy_gaps > min)
		server->busy_gaps -= 1 + server->busy_gaps / 8;
	return true;
}

/* Ends somebody's waiting or sleeping, or a busy wait, which goes in small steps:
 * a time-out must not pass while the answer lies in a pty. Who has a board open
 * waits for that, and often. */
static bool may_end_wait_for_pty(const struct server *server, int64_t t)
{
	for (const struct conn *c = server->conns; c; c = c->next)
		if (c->waiting && c->wait.deadline <= t && !c->process->handles)
			return true;
	return false;
}

/* What is on its way gets a moment, and then all still sleep. */
static bool asleep_after_a_gap(struct server *server)
{
	wait_a_gap();
	return all_asleep(server);
}

static bool sure(struct server *server, int64_t t)
{
	const bool large = t - bench_now(server->bench) >= DOUBLE_CHECK_STEP;
	const bool ends_wait = may_end_wait_for_pty(server, t);

	if (!all_asleep(server))
		return false;
	if ((large || ends_wait) && strangers_run(server))
		return false;
	if (may_talk(server)) {
		if (ends_wait && !still_asleep(server))
			return false;
		if (large && !ends_wait && !asleep_after_a_gap(server))
			return false;
	}
	/* A message that was sent before its sender slept is here by now. */
	return !server_readable(server);
}

static bool any_awake(const struct server *server)
{
	for (struct process *p = server->processes; p; p = p->next)
		if (!p->asleep)
			return true;
	for (struct conn *c = server->conns; c; c = c->next)
		if (!c->process)
			return true;
	return false;
}

/* The real time at which the process counts as stalled, by what is known now. */
static int64_t stalls_at(struct server *server, struct process *p)
{
	int64_t real = server_real(server), cpu;

	if (!p->cpu_before_of || p->cpu_before_of != p->ran_real) {
		p->cpu_before_of = p->ran_real;
		p->cpu_before = quiesce_cpu_time(p->state);
	}
	if (real < p->ran_real + STALL_LIMIT)
		return p->ran_real + STALL_LIMIT;
	cpu = quiesce_cpu_time(p->state) - p->cpu_before;
	if (cpu >= STALL_LIMIT)
		return p->ran_real + STALL_LIMIT;
	return earlier(real + STALL_LIMIT - cpu, p->ran_real + STARVED_LIMIT);
}

/* Some client runs on and on: when may the time t come nevertheless? */
static int64_t stalled_until(struct server *server, int64_t t)
{
	int64_t until = 0, end;

	for (struct process *p = server->processes; p; p = p->next) {
		if (p->asleep)
			continue;
		end = stalls_at(server, p) + (t - p->ran_at);
		if (end > until)
			until = end;
	}
	if (server->strangers_real != BENCH_NEVER) {
		end = server->strangers_real + STALL_LIMIT + (t - server->strangers_at);
		if (end > until)
			until = end;
	}
	return until;
}

/* Returns true, or false with the real time at which to ask again. */
static bool may_advance(struct server *server, int64_t t, int64_t *again)
{
	int64_t now = bench_now(server->bench);
	bool awake = any_awake(server);
	int64_t real, until;

	if (!awake && t - server->checked_at < CHECK_STEP && t - now < DOUBLE_CHECK_STEP)
		return true;
	real = server_real(server);
	if (awake && real < server->woken_real + BACKOFF_MIN) {
		*again = server->woken_real + BACKOFF_MIN;
		return false;
	}
	if (sure(server, t)) {
		server->checked_at = now;
		return true;
	}
	if (server_readable(server)) {
		*again = 0;
		return false;
	}
	until = stalled_until(server, t);
	if (until && real >= until)
		return true;
	*again = real + server->backoff;
	if (until > real)
		*again = earlier(*again, until);
	server->backoff = earlier(server->backoff * 2, BACKOFF_MAX);
	return false;
}

static void publish(struct server *server)
{
	vclock_publish(server->clock, bench_now(server->bench), server_attached(server));
}

void server_catch_up(struct server *server)
{
	int64_t real = server_real(server);

	if (!server->virtual_clock && real > bench_now(server->bench))
		bench_run_until(server->bench, real);
}

static int64_t advance_real(struct server *server)
{
	server_catch_up(server);
	fire_due(server);
	publish(server);
	/* What fire_due() has caused to be due now is done at the next turn. */
	return next_time(server);
}

int64_t server_advance(struct server *server)
{
	int64_t again = BENCH_NEVER;

	if (!server->virtual_clock)
		return advance_real(server);
	for (int i = 0; i < MAX_STEPS; i++) {
		int64_t t;

		fire_due(server);
		t = next_time(server);
		if (t == BENCH_NEVER)
			return BENCH_NEVER;
		if (t > bench_now(server->bench) && !may_advance(server, t, &again))
			return again;
		bench_run_until(server->bench, t);
		publish(server);
		if (server->alarm <= bench_now(server->bench))
			return 0;
	}
	return 0;
}
