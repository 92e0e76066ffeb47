/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "complain.h"
#include "emu_protocol.h"
#include "run.h"
#include "server.h"
#include "setup.h"
#include "signal_plan.h"

#define NS_PER_S 1000000000LL
#define NS_PER_MS 1000000LL
#define PRELOAD_NAME "libbeken_emu_preload.so"
/* What is left of the command's processes gets so long to end by itself. */
#define LINGER_NS (5 * NS_PER_S)
/* ... and so long after a TERM, before the KILL. */
#define GRACE_NS (1 * NS_PER_S)
#define MAX_PIDS 256

#ifndef BEKEN_EMU_LIBDIR
#define BEKEN_EMU_LIBDIR ""	/* not installed */
#endif

struct run {
	struct setup setup;
	struct server *server;
	struct signal_plan *plans;
	bool real_clock;
	int64_t timeout_ns, timeout_emulated_ns;	/* NEVER: none */
	char dir[PATH_MAX];
	int signal_fd;
	sigset_t old_mask;
	pid_t pid;	/* 0: has ended */
	pid_t group;
	int status;	/* of waitpid() */
	int64_t ended_real;
	int64_t killing_since;	/* NEVER: not */
	bool killed_hard;
	const char *watchdog;	/* the one that hit */
	bool own_tty;
};

static const char usage[] =
	"Usage: beken-emu run [OPTION]... -- COMMAND [ARGUMENT]...\n"
	"\n"
	"Runs COMMAND. It and its children see emulated CH341A boards through libusb,\n"
	"and an emulated clock that does not wait.\n"
	"\n"
	SETUP_HELP_BOARDS
	"  --clock virtual|real     virtual: time passes only while all processes wait\n"
	SETUP_HELP_OUTPUT
	"  --timeout S              end the command after S seconds of real time\n"
	"  --timeout-emulated S     same for the emulated time\n"
	"  --signal SIG[:group]@transfer:N\n"
	"  --signal SIG[:group]@ms:T\n"
	"                           send a signal to the process that has device 0 open,\n"
	"                           or to the whole process group, at its Nth transfer,\n"
	"                           or T ms after the start (emulated)\n"
	"  --help                   this text\n"
	"\n"
	"Exit status: that of COMMAND (128+N if signal N ended it), 124 if a time-out\n"
	"ended it, 125 if beken-emu itself failed.\n";

/* ---- options ---- */

static int parse_seconds(const char *option, const char *arg, int64_t *ns)
{
	char *end;
	double s = strtod(arg, &end);

	if (end == arg || *end || !isfinite(s) || s <= 0 || s > 1e9) {
		complain("%s takes a number of seconds above 0, not \"%s\"", option, arg);
		return -1;
	}
	*ns = (int64_t)(s * (double)NS_PER_S);
	return 0;
}

static int parse_clock(struct run *run, const char *arg)
{
	if (strcmp(arg, "virtual") && strcmp(arg, "real")) {
		complain("--clock takes virtual or real, not \"%s\"", arg);
		return -1;
	}
	run->real_clock = !strcmp(arg, "real");
	return 0;
}

enum { OPT_CLOCK = SETUP_OPTIONS_END, OPT_TIMEOUT, OPT_TIMEOUT_EMULATED, OPT_SIGNAL };

static const struct option options[] = {
	SETUP_OPTIONS,
	{ "clock", required_argument, NULL, OPT_CLOCK },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "timeout-emulated", required_argument, NULL, OPT_TIMEOUT_EMULATED },
	{ "signal", required_argument, NULL, OPT_SIGNAL },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static int parse_option(struct run *run, int option)
{
	if (setup_has_option(option))
		return setup_option(&run->setup, option, optarg);
	switch (option) {
	case OPT_CLOCK:
		return parse_clock(run, optarg);
	case OPT_TIMEOUT:
		return parse_seconds("--timeout", optarg, &run->timeout_ns);
	case OPT_TIMEOUT_EMULATED:
		return parse_seconds("--timeout-emulated", optarg, &run->timeout_emulated_ns);
	case OPT_SIGNAL:
		return signal_plan_add(&run->plans, optarg);
	}
	fputs("Try `beken-emu run --help`.\n", stderr);
	return -1;
}

/* Returns 0, 1 for --help, or -1. */
static int parse(struct run *run, int argc, char **argv)
{
	int option;

	/* For the messages of getopt_long(). */
	argv[0] = (char *)(uintptr_t)"beken-emu";
	while ((option = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
		if (option == 'h')
			return 1;
		if (parse_option(run, option))
			return -1;
	}
	if (optind < argc)
		return 0;
	complain("no command given; try `beken-emu run --help`");
	return -1;
}

/* ---- the private directory ---- */

static int make_dir(struct run *run)
{
	const char *tmp = getenv("TMPDIR");

	/* A socket's path has at most 107 characters. */
	if (!tmp || *tmp != '/' || strlen(tmp) > 60)
		tmp = "/tmp";
	snprintf(run->dir, sizeof(run->dir), "%s/beken-emu-XXXXXX", tmp);
	if (mkdtemp(run->dir))
		return 0;
	complain("%s: %s", run->dir, strerror(errno));
	run->dir[0] = '\0';
	return -1;
}

static void remove_dir(const struct run *run)
{
	static const char *const names[] = { "socket", EMU_CLOCK_NAME };
	char path[PATH_MAX + 16];

	if (!run->dir[0])
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", run->dir, names[i]);
		unlink(path);
	}
	rmdir(run->dir);
}

/* ---- the command ---- */

/* The library lies beside the program in a build folder, and in the library
 * folder when installed. */
static int find_preload(char *path, size_t size)
{
	static const char *const places[] = { "%s/" PRELOAD_NAME, BEKEN_EMU_LIBDIR "/" PRELOAD_NAME };
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		n = 0;
	self[n] = '\0';
	snprintf(path, size, places[0], n ? dirname(self) : ".");
	if (!access(path, R_OK))
		return 0;
	snprintf(path, size, "%s", places[1]);
	if (!access(path, R_OK))
		return 0;
	complain("%s is neither beside beken-emu nor in \"%s\"", PRELOAD_NAME, BEKEN_EMU_LIBDIR);
	return -1;
}

static void put_env(const char *name, const char *value, const char *separator, bool in_front)
{
	const char *old = getenv(name);
	char *joined;

	if (!old || !*old) {
		setenv(name, value, 1);
		return;
	}
	if (asprintf(&joined, "%s%s%s", in_front ? value : old, separator, in_front ? old : value) < 0)
		abort();
	setenv(name, joined, 1);
	free(joined);
}

static void take_terminal(struct run *run)
{
	/* Only from a group that has it now: a job in the background stays so. */
	if (!isatty(STDIN_FILENO) || tcgetpgrp(STDIN_FILENO) != getpgrp())
		return;
	run->own_tty = !tcsetpgrp(STDIN_FILENO, run->group);
}

static void give_back_terminal(const struct run *run)
{
	if (run->own_tty)
		tcsetpgrp(STDIN_FILENO, getpgrp());
}

static void exec_command(struct run *run, const char *preload, char **argv)
{
	setpgid(0, 0);
	if (isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgid(getppid()))
		tcsetpgrp(STDIN_FILENO, getpid());
	signal(SIGTTOU, SIG_DFL);
	sigprocmask(SIG_SETMASK, &run->old_mask, NULL);
	setenv(EMU_SOCKET_ENV, server_socket(run->server), 1);
	put_env("LD_PRELOAD", preload, ":", true);
	/* A program with ASan wants to come first of all libraries. */
	put_env("ASAN_OPTIONS", "verify_asan_link_order=0", ":", false);
	execvp(argv[0], argv);
	complain("%s: %s", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* With a virtual clock, only one of server and clients runs at a time. Woken on
 * another CPU, which may be asleep, each turn takes many times as long. */
static void share_cpu(const struct run *run)
{
	int cpu = sched_getcpu();
	cpu_set_t set;

	if (run->real_clock || cpu < 0 || cpu >= CPU_SETSIZE)
		return;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static int start_command(struct run *run, char **argv)
{
	char preload[PATH_MAX + sizeof(PRELOAD_NAME)];

	if (find_preload(preload, sizeof(preload)))
		return -1;
	if (strpbrk(preload, ": ")) {
		complain("the path of the preload library must not hold ':' or ' ': %s", preload);
		return -1;
	}
	/* So that all processes of the command stay ours to wait for. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	signal(SIGTTOU, SIG_IGN);
	fflush(NULL);
	share_cpu(run);
	run->pid = fork();
	if (run->pid < 0) {
		run->pid = 0;
		complain("fork: %s", strerror(errno));
		return -1;
	}
	if (!run->pid)
		exec_command(run, preload, argv);
	run->group = run->pid;
	setpgid(run->pid, run->pid);
	take_terminal(run);
	server_expect(run->server, run->pid);
	return 0;
}

/* ---- signals ---- */

static int watch_signals(struct run *run)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	run->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	/* Whoever reads a record or a trace from a pipe may end: an error then. */
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, &run->old_mask);
	if (run->signal_fd >= 0)
		return 0;
	complain("signalfd: %s", strerror(errno));
	return -1;
}

static void reap(struct run *run)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != run->pid)
			continue;
		run->pid = 0;
		run->status = status;
		run->ended_real = server_real(run->server);
	}
}

static void forward(struct run *run, int number)
{
	/* A terminal would send INT, QUIT and HUP to the whole group. */
	if (number != SIGTERM)
		kill(-run->group, number);
	else if (run->pid)
		kill(run->pid, number);
}

static void take_signals(struct run *run)
{
	struct signalfd_siginfo info;

	while (read(run->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			reap(run);
		else
			forward(run, (int)info.ssi_signo);
	}
}

static void carry_out(struct run *run, const struct planned_signal *planned)
{
	pid_t pid = server_user(run->server, 0);

	if (planned->group)
		kill(-run->group, planned->number);
	else if (pid)
		kill(pid, planned->number);
	else if (run->pid)
		kill(run->pid, planned->number);
}

static void submitted(void *arg, unsigned int dev, uint64_t n)
{
	struct run *run = arg;
	const struct planned_signal *planned;

	while (!dev && (planned = signal_plan_at_transfer(run->plans, n)))
		carry_out(run, planned);
}

static void carry_out_due(struct run *run)
{
	const struct planned_signal *planned;

	while ((planned = signal_plan_at_time(run->plans, bench_now(run->setup.bench))))
		carry_out(run, planned);
}

static void set_alarm(struct run *run)
{
	int64_t t = signal_plan_next(run->plans);

	server_set_alarm(run->server, t < run->timeout_emulated_ns ? t : run->timeout_emulated_ns);
}

/* ---- the end ---- */

/* The group, and the processes that left it but still use the bench. */
static void kill_all(struct run *run, int number)
{
	pid_t pids[MAX_PIDS];
	unsigned int n = server_processes(run->server, pids, MAX_PIDS);

	kill(-run->group, number);
	for (unsigned int i = 0; i < n && i < MAX_PIDS; i++)
		if (getpgid(pids[i]) != run->group)
			kill(pids[i], number);
}

static void start_killing(struct run *run)
{
	run->killing_since = server_real(run->server);
	kill_all(run, SIGTERM);
	/* A stopped process gets its TERM only when it goes on. */
	kill_all(run, SIGCONT);
}

static void check_watchdogs(struct run *run)
{
	if (run->watchdog || !run->pid)
		return;
	if (server_real(run->server) >= run->timeout_ns)
		run->watchdog = "--timeout (real time)";
	else if (bench_now(run->setup.bench) >= run->timeout_emulated_ns)
		run->watchdog = "--timeout-emulated";
	else
		return;
	complain("%s is over after %.3f s emulated, %.3f s real; ending the command", run->watchdog,
		 (double)bench_now(run->setup.bench) / NS_PER_S, (double)server_real(run->server) / NS_PER_S);
	run->timeout_emulated_ns = BENCH_NEVER;
	start_killing(run);
}

static void check_leftovers(struct run *run)
{
	int64_t real = server_real(run->server);

	if (!run->pid && run->killing_since == BENCH_NEVER && real >= run->ended_real + LINGER_NS) {
		complain("processes of the command are still there %d s after its end; ending them",
			 (int)(LINGER_NS / NS_PER_S));
		start_killing(run);
	}
	if (run->killing_since == BENCH_NEVER || real < run->killing_since + GRACE_NS)
		return;
	kill_all(run, SIGKILL);
	run->killed_hard = true;
}

static int64_t next_look(const struct run *run)
{
	int64_t t = BENCH_NEVER;

	if (run->pid && !run->watchdog)
		t = run->timeout_ns;
	if (run->killing_since != BENCH_NEVER)
		t = run->killing_since + GRACE_NS;
	else if (!run->pid)
		t = run->ended_real + LINGER_NS;
	/* A process may have come between the list and the signal. */
	if (run->killed_hard)
		t = server_real(run->server) + 10 * NS_PER_MS;
	return t;
}

static bool over(const struct run *run)
{
	pid_t pid;

	/* The second test finds those that never were connected. */
	return !run->pid && !server_processes(run->server, &pid, 1) && kill(-run->group, 0);
}

static int loop(struct run *run)
{
	while (!over(run)) {
		set_alarm(run);
		if (server_turn(run->server, run->signal_fd, next_look(run))) {
			complain("the server failed: %s", strerror(errno));
			kill_all(run, SIGKILL);
			return -1;
		}
		take_signals(run);
		carry_out_due(run);
		check_watchdogs(run);
		check_leftovers(run);
	}
	return 0;
}

/* What the cable has taken is carried out, although the sender is gone: a full
 * packet lasts a quarter of a millisecond. */
static void let_packets_finish(struct run *run)
{
	bench_run_until(run->setup.bench, bench_now(run->setup.bench) + NS_PER_MS);
}

static int exit_status(const struct run *run)
{
	if (run->watchdog)
		return RUN_TIMED_OUT;
	if (WIFSIGNALED(run->status))
		return 128 + WTERMSIG(run->status);
	return WEXITSTATUS(run->status);
}

/* ---- all together ---- */

static int prepare(struct run *run)
{
	if (setup_power_on(&run->setup))
		return -1;
	if (bench_device_count(run->setup.bench) > EMU_MAX_DEVICES) {
		complain("at most %d devices can be used", EMU_MAX_DEVICES);
		return -1;
	}
	if (make_dir(run) || watch_signals(run))
		return -1;
	run->server = server_new(run->setup.bench, run->dir, !run->real_clock);
	if (!run->server) {
		complain("%s/socket: %s", run->dir, strerror(errno));
		return -1;
	}
	server_on_submit(run->server, submitted, run);
	return 0;
}

static int run_command(struct run *run, char **argv)
{
	int status;

	if (prepare(run) || start_command(run, argv))
		return EMU_FAILED;
	status = loop(run) ? EMU_FAILED : exit_status(run);
	let_packets_finish(run);
	give_back_terminal(run);
	if (setup_finish(&run->setup, server_real(run->server)))
		status = EMU_FAILED;
	return status;
}

static void clean_up(struct run *run)
{
	setup_close_records(&run->setup);
	server_free(run->server);
	remove_dir(run);
	setup_free(&run->setup);
	if (run->signal_fd >= 0)
		close(run->signal_fd);
	signal_plan_free(run->plans);
}

int run_main(int argc, char **argv)
{
	struct run run = {
		.setup = { .bench = bench_new(), SETUP_DEFAULTS },
		.timeout_ns = BENCH_NEVER,
		.timeout_emulated_ns = BENCH_NEVER,
		.killing_since = BENCH_NEVER,
		.signal_fd = -1,
	};
	int status = EMU_FAILED;

	switch (parse(&run, argc, argv)) {
	case 0:
		status = run_command(&run, argv + optind);
		break;
	case 1:
		fputs(usage, stdout);
		status = fflush(stdout) ? EMU_FAILED : 0;
		break;
	}
	clean_up(&run);
	return status;
}
