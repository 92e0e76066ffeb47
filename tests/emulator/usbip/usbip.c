/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "usbip.h"

#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "complain.h"
#include "setup.h"
#include "usbip_clock.h"
#include "usbip_control.h"
#include "usbip_exports.h"
#include "usbip_server.h"
#include "usbip_socket.h"

#define NS_PER_MS 1000000LL

struct usbip {
	struct setup setup;
	struct usbip_address address;
	bool allow_remote, real_clock;
	int64_t replug_after;
	const char *control_path;
	struct usbip_control control;
	struct usbip_clock clock;
	int listen_fd, signal_fd;
};

static const char usage[] =
	"Usage: beken-emu usbip [OPTION]...\n"
	"\n"
	"Exports emulated CH341A boards by USB/IP until SIGTERM or SIGINT. On a Linux\n"
	"machine that has the module vhci_hcd, `usbip list -r ADDRESS` shows them and\n"
	"`usbip attach -r ADDRESS -b 1-1` plugs the first one in; the bus ids are\n"
	"usb_bus-usb_ports of the settings: 1-1, 1-2, and so on.\n"
	"\n"
	"  --listen ADDRESS:PORT    where to listen (127.0.0.1:3240); port 0: a free one\n"
	"  --allow-remote           ADDRESS may be one that other machines can reach;\n"
	"                           there is no password\n"
	SETUP_HELP_BOARDS
	"  --clock fast|real        real: emulated time is real time; fast: so it is, but\n"
	"                           what the hardware needs for a transfer passes at once\n"
	"  --replug-after MS        an unplugged device comes back after so long, under\n"
	"                           another address\n"
	"  --control FIFO           take commands from a FIFO, or from stdin (-)\n"
	SETUP_HELP_OUTPUT
	"  --help                   this text\n"
	"\n"
	"Prints `listening on ADDRESS:PORT` when it is ready, and then a line for each\n"
	"device that is imported, released, unplugged or plugged in.\n"
	"\n"
	"Commands for --control, one a line:\n"
	USBIP_CONTROL_HELP
	"\n"
	"Exit status: 0, or 125 if something failed.\n";

enum { OPT_LISTEN = SETUP_OPTIONS_END, OPT_ALLOW_REMOTE, OPT_CLOCK, OPT_REPLUG_AFTER, OPT_CONTROL };

static const struct option options[] = {
	SETUP_OPTIONS,
	{ "listen", required_argument, NULL, OPT_LISTEN },
	{ "allow-remote", no_argument, NULL, OPT_ALLOW_REMOTE },
	{ "clock", required_argument, NULL, OPT_CLOCK },
	{ "replug-after", required_argument, NULL, OPT_REPLUG_AFTER },
	{ "control", required_argument, NULL, OPT_CONTROL },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static int parse_clock(struct usbip *usbip, const char *arg)
{
	if (strcmp(arg, "fast") && strcmp(arg, "real")) {
		complain("--clock takes fast or real, not \"%s\"", arg);
		return -1;
	}
	usbip->real_clock = !strcmp(arg, "real");
	return 0;
}

static int parse_ms(const char *option, const char *arg, int64_t *ns)
{
	char *end;
	double ms = strtod(arg, &end);

	if (end == arg || *end || !isfinite(ms) || ms < 0 || ms > 1e9) {
		complain("%s takes a number of milliseconds, not \"%s\"", option, arg);
		return -1;
	}
	*ns = (int64_t)(ms * (double)NS_PER_MS);
	return 0;
}

static int parse_option(struct usbip *usbip, int option)
{
	if (setup_has_option(option))
		return setup_option(&usbip->setup, option, optarg);
	switch (option) {
	case OPT_LISTEN:
		return usbip_parse_address(optarg, &usbip->address);
	case OPT_ALLOW_REMOTE:
		usbip->allow_remote = true;
		return 0;
	case OPT_CLOCK:
		return parse_clock(usbip, optarg);
	case OPT_REPLUG_AFTER:
		return parse_ms("--replug-after", optarg, &usbip->replug_after);
	case OPT_CONTROL:
		usbip->control_path = optarg;
		return 0;
	}
	fputs("Try `beken-emu usbip --help`.\n", stderr);
	return -1;
}

/* Returns 0, 1 for --help, or -1. */
static int parse(struct usbip *usbip, int argc, char **argv)
{
	int option;

	/* For the messages of getopt_long(). */
	argv[0] = (char *)(uintptr_t)"beken-emu";
	if (usbip_parse_address("", &usbip->address))
		return -1;
	while ((option = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
		if (option == 'h')
			return 1;
		if (parse_option(usbip, option))
			return -1;
	}
	if (optind == argc)
		return 0;
	complain("usbip takes no argument \"%s\"", argv[optind]);
	return -1;
}

static int check_address(const struct usbip *usbip)
{
	char name[USBIP_NAME_SIZE];

	if (usbip_is_loopback(&usbip->address))
		return 0;
	usbip_name(&usbip->address, name);
	if (!usbip->allow_remote) {
		complain("%s can be reached from other machines, and USB/IP has no password; --allow-remote "
			 "permits it", name);
		return -1;
	}
	complain("warning: anybody who can reach %s can use the emulated devices", name);
	return 0;
}

/* They describe a host, but here the hosts are real. */
static int check_settings(const struct usbip *usbip)
{
	for (unsigned int i = 0; i < bench_device_count(usbip->setup.bench); i++) {
		const struct bench_usb *usb = bench_usb(usbip->setup.bench, i);

		if (usb->access == BENCH_ACCESS_OK && !usb->kernel_driver)
			continue;
		complain("usb_access and usb_kernel_driver say what a host does; with USB/IP the host that "
			 "imports the device decides about that");
		return -1;
	}
	return 0;
}

static int watch_signals(struct usbip *usbip)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	/* A reader of our messages may leave before us. */
	signal(SIGPIPE, SIG_IGN);
	usbip->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (usbip->signal_fd >= 0)
		return 0;
	complain("signalfd failed");
	return -1;
}

static int prepare(struct usbip *usbip)
{
	if (check_address(usbip) || setup_power_on(&usbip->setup) || check_settings(usbip) ||
	    watch_signals(usbip) || usbip_control_open(&usbip->control, usbip->control_path))
		return -1;
	usbip->listen_fd = usbip_listen(&usbip->address);
	return usbip->listen_fd < 0 ? -1 : 0;
}

/* What the cable has taken is carried out, although the sender is gone: a full
 * packet lasts a quarter of a millisecond. */
static void let_packets_finish(struct usbip *usbip)
{
	bench_run_until(usbip->setup.bench, bench_now(usbip->setup.bench) + NS_PER_MS);
}

static int serve(struct usbip *usbip)
{
	struct usbip_exports *exports = usbip_exports_new(usbip->setup.bench, usbip->replug_after);
	struct usbip_server *server;
	char name[USBIP_NAME_SIZE];
	int r;

	usbip_clock_start(&usbip->clock, usbip->setup.bench, !usbip->real_clock);
	server = usbip_server_new(exports, &usbip->clock, &usbip->control, usbip->listen_fd, usbip->signal_fd);
	usbip_name(&usbip->address, name);
	printf("listening on %s\n", name);
	fflush(stdout);
	r = usbip_server_run(server);
	usbip_clock_follow(&usbip->clock, usbip_clock_real(&usbip->clock));
	let_packets_finish(usbip);
	/* The report tells what the last clients have left, so it comes before
	 * their devices are reset. */
	if (setup_finish(&usbip->setup, usbip_clock_real(&usbip->clock)))
		r = -1;
	usbip_server_free(server);
	usbip_exports_free(exports);
	return r;
}

static void clean_up(struct usbip *usbip)
{
	usbip_control_close(&usbip->control);
	if (usbip->listen_fd >= 0)
		close(usbip->listen_fd);
	if (usbip->signal_fd >= 0)
		close(usbip->signal_fd);
	setup_free(&usbip->setup);
}

int usbip_main(int argc, char **argv)
{
	struct usbip usbip = {
		.setup = { .bench = bench_new(), SETUP_DEFAULTS },
		.replug_after = BENCH_NEVER,
		.control.fd = -1,
		.listen_fd = -1,
		.signal_fd = -1,
	};
	int status = EMU_FAILED;

	switch (parse(&usbip, argc, argv)) {
	case 0:
		if (!prepare(&usbip) && !serve(&usbip))
			status = 0;
		break;
	case 1:
		fputs(usage, stdout);
		status = fflush(stdout) ? EMU_FAILED : 0;
		break;
	}
	clean_up(&usbip);
	return status;
}
