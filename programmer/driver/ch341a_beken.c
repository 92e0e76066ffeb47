/*
 * This file is part of the flashrom project.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 * SPDX-FileCopyrightText: 2026 The ch341a_beken authors
 */

/* Driver for Beken Wi-Fi chips (BK7231, BK7252, ...) behind a WCH CH341A, which resets the chip
 * through D2 (CEN) and puts it into its SPI download mode. */

#include "beken.h"
#include "clock.h"
#include "nor_spi.h"

#include "compat.h"

#include <stdlib.h>
#include <string.h>
#if !defined(_WIN32)
#include <signal.h>
#endif

/* Three bytes of address. */
#define STREAM_MAX_KIB (16 * 1024)
#define PAGE_SIZE_SFDP 64 /* flashrom's for "64 bytes or more" */
#define PROGRESS_STEP (64 * 1024)

struct driver {
	struct frontend frontend;
	struct beken beken;
	int64_t limit_ms; /* of what the die works on; 0: it was seen idle since */
	int64_t sent_us;  /* when that was sent */
	int error;	  /* the first one; ends everything that follows */
};

static const struct dev_entry devs_ch341a_beken[] = {
	{ 0x1a86, 0x5512, NT, "Winchiphead (WCH)", "CH341A" },

	{ 0 },
};

static void driver_message(void *arg, enum message_level level, const char *text)
{
	(void)arg;
	switch (level) {
	case MESSAGE_ERROR: msg_perr("%s\n", text); break;
	case MESSAGE_WARNING: msg_pwarn("%s\n", text); break;
	case MESSAGE_INFO: msg_pinfo("%s\n", text); break;
	case MESSAGE_DEBUG: msg_pdbg("%s\n", text); break;
	case MESSAGE_SPEW: msg_pspew("%s\n", text); break;
	}
}

static int note_error(struct driver *driver, int error)
{
	if (error && !driver->error) {
		driver->error = error;
		if (error == BEKEN_ERR_BUSY)
			frontend_message(
				&driver->frontend, MESSAGE_ERROR,
				"The flash is still busy after %lld ms, longer than any flash takes. Check "
				"power and wires.",
				(long long)(driver->limit_ms ? driver->limit_ms : NOR_MAX_PROGRAM_MS));
		beken_report(&driver->frontend, driver->beken.device, error);
	}
	return driver->error ? SPI_PROGRAMMER_ERROR : 0;
}

/* ---- signals ---- */

/* flashrom ends on a signal without asking anybody, which would leave the chip in reset while CEN
 * is low. Blocking it in this thread does not help: libusb has one of its own. So handlers of
 * ours are there for so long, and a signal that has come cuts the pulse short and is raised
 * again. */
#if !defined(_WIN32)
static const int ending_signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
#define N_SIGNALS (sizeof(ending_signals) / sizeof(ending_signals[0]))

static struct sigaction actions_before[N_SIGNALS];
static volatile sig_atomic_t last_signal, n_signals;

static void catch_signal(int number)
{
	last_signal = number;
	n_signals++;
}

static void driver_hold_signals(void *arg, bool hold)
{
	struct sigaction action = { .sa_handler = catch_signal };

	(void)arg;
	sigfillset(&action.sa_mask);
	if (hold)
		last_signal = 0;
	for (size_t i = 0; i < N_SIGNALS; i++) {
		if (!hold)
			sigaction(ending_signals[i], &actions_before[i], NULL);
		else if (!sigaction(ending_signals[i], &action, &actions_before[i]) &&
			 actions_before[i].sa_handler == SIG_IGN)
			sigaction(ending_signals[i], &actions_before[i], NULL);
	}
	if (!hold && last_signal)
		raise(last_signal);
}

static unsigned int driver_interrupts(void *arg)
{
	(void)arg;
	return (unsigned int)n_signals;
}
#endif

/* ---- commands ---- */

/* The longest time that the die may be busy after this command. */
static int64_t limit_of(const struct driver *driver, uint8_t opcode)
{
	const unsigned int capacity = driver->beken.jedec_id & 0xff;

	switch (opcode) {
	case 0x01:
	case 0x11:
	case 0x31: return NOR_MAX_STATUS_MS;
	case 0x02:
	case 0x12:
	case 0x32: return NOR_MAX_PROGRAM_MS;
	case 0x20:
	case 0x21: return NOR_MAX_ERASE_SECTOR_MS;
	case 0x52:
	case 0x5c:
	case 0xd8:
	case 0xdc: return NOR_MAX_ERASE_BLOCK_MS;
	case 0x60:
	case 0xc7:
		if (capacity >= 20 && capacity <= 24)
			return (int64_t)NOR_MAX_ERASE_CHIP_MS_PER_MIB << (capacity - 20);
		return NOR_MAX_ERASE_CHIP_MS;
	}
	return 0;
}

/* flashrom polls for ever, so the die is waited for in its place. */
static int wait_for_die(struct driver *driver)
{
	int error = BEKEN_OK;

	if (driver->limit_ms)
		error = ch341a_nor_wait_idle(driver->beken.spi, driver->limit_ms, ~0u);
	if (!error)
		driver->limit_ms = 0;
	return error;
}

static int send_command(struct driver *driver, const uint8_t *out, unsigned int out_length, uint8_t *in,
			unsigned int in_length)
{
	const bool polls = in_length && out[0] == NOR_RDSR;
	const bool expired = beken_clock_us() - driver->sent_us > NOR_MAX_ERASE_CHIP_MS * 1000LL;
	int error = polls ? wait_for_die(driver) : BEKEN_OK;

	if (!error)
		error = ch341a_nor_command(driver->beken.spi, out, out_length, in, in_length);
	if (error)
		return error;
	if (!in_length) {
		const int64_t limit_ms = limit_of(driver, out[0]);

		driver->sent_us = beken_clock_us();
		/* With enter=never there may be any flash, however slow. */
		if (limit_ms && driver->beken.options.enter != BEKEN_ENTER_NEVER)
			driver->limit_ms = limit_ms;
	} else if (polls && in[0] & NOR_SR1_WIP && expired) {
		driver->limit_ms = NOR_MAX_ERASE_CHIP_MS;
		return BEKEN_ERR_BUSY;
	}
	return BEKEN_OK;
}

static int driver_command(target_t target, unsigned int writecnt, unsigned int readcnt,
			  const unsigned char *writearr, unsigned char *readarr)
{
	struct driver *driver = DRIVER_OF_TARGET(target);

	if (driver->error)
		return SPI_PROGRAMMER_ERROR;
	return note_error(driver, send_command(driver, writearr, writecnt, readarr, readcnt));
}

static bool can_stream(const struct flashctx *flash)
{
	const unsigned int page_size = CHIP(flash)->page_size;

	return CHIP(flash)->total_size <= STREAM_MAX_KIB && !flash->in_4ba_mode &&
	       !(CHIP(flash)->feature_bits & ODD_FEATURES) &&
	       (page_size == NOR_PAGE_SIZE || page_size == PAGE_SIZE_SFDP);
}

/* In pieces, so that flashrom can show how far it is. out: NULL for a read. */
static int stream(struct flashctx *flash, uint8_t *in, const uint8_t *out, unsigned int start, unsigned int len)
{
	struct driver *driver = DRIVER_OF_FLASH(flash);

	for (unsigned int done = 0; !driver->error && done < len;) {
		const unsigned int now = len - done < PROGRESS_STEP ? len - done : PROGRESS_STEP;

		if (note_error(driver,
			       out ? ch341a_nor_program(driver->beken.spi, start + done, out + done, now)
				   : ch341a_nor_read(driver->beken.spi, start + done, in + done, now)))
			break;
		done += now;
		if (out)
			report_write(flash, done, now, len);
		else
			report_read(flash, done, now, len);
	}
	return driver->error ? SPI_PROGRAMMER_ERROR : 0;
}

static int driver_read(struct flashctx *flash, uint8_t *buf, unsigned int start, unsigned int len)
{
	return can_stream(flash) ? stream(flash, buf, NULL, start, len)
				 : default_spi_read(flash, buf, start, len);
}

static int driver_write_256(struct flashctx *flash, const uint8_t *buf, unsigned int start, unsigned int len)
{
	return can_stream(flash) ? stream(flash, NULL, buf, start, len)
				 : default_spi_write_256(flash, buf, start, len);
}

/* ---- beginning and end ---- */

/* An erase goes on in the die after an error, and a reset would cut it off. */
static bool is_safe_to_leave(struct driver *driver)
{
	if (driver->error && beken_make_safe(driver->beken.device))
		return false;
	if (driver->beken.options.enter == BEKEN_ENTER_NEVER || (!driver->error && !driver->limit_ms))
		return true;
	/* A page may just have been sent. */
	if (!driver->limit_ms)
		driver->limit_ms = NOR_MAX_PROGRAM_MS;
	if (driver->error == BEKEN_ERR_BUSY)
		driver->limit_ms = 1; /* it has had its time */
	if (!wait_for_die(driver))
		return true;
	beken_report_still_busy(&driver->frontend);
	return false;
}

static int driver_shutdown(void *data)
{
	struct driver *driver = data;
	int error;

	if (is_safe_to_leave(driver))
		note_error(driver, beken_leave(&driver->beken));
	else if (driver->error != BEKEN_ERR_GONE)
		note_error(driver, beken_keep(driver->beken.device));
	error = driver->error;
	beken_close(&driver->beken);
	free(driver);
	return error ? SPI_PROGRAMMER_ERROR : 0;
}

static const struct spi_master spi_master_ch341a_beken = { .features = SPI_MASTER_4BA,
							   .max_data_read = MAX_DATA_READ_UNLIMITED,
							   .max_data_write = MAX_DATA_WRITE_UNLIMITED,
							   .command = driver_command,
							   .read = driver_read,
							   .write_256 = driver_write_256,
							   .shutdown = driver_shutdown,
							   DEFAULT_HOOKS };

static bool refuse(const char *key, char *value, const char *allowed)
{
	msg_perr("Bad value \"%s\" for parameter \"%s\": it takes %s.\n", value, key, allowed);
	free(value);
	return false;
}

/* The place of the value among words that end with NULL. */
static bool take_word(config_t config, const char *key, const char *allowed, const char *const *words,
		      unsigned int *result)
{
	char *value = take_parameter(config, key);

	for (unsigned int i = 0; value && words[i]; i++) {
		if (!strcmp(value, words[i])) {
			*result = i;
			free(value);
			return true;
		}
	}
	return value ? refuse(key, value, allowed) : true;
}

static bool take_number(config_t config, const char *key, const char *allowed, unsigned long lowest,
			unsigned long highest, unsigned int *result)
{
	char *value = take_parameter(config, key), *end;
	unsigned long number;

	if (!value)
		return true;
	number = strtoul(value, &end, 10);
	if (*end || !strchr("0123456789", *value) || end == value || number < lowest || number > highest)
		return refuse(key, value, allowed);
	*result = (unsigned int)number;
	free(value);
	return true;
}

static bool refuse_those_of_the_launcher(config_t config)
{
	static const char *const keys[] = { "backup", "clock", "image", "read", "sfdp", "unprotect" };
	bool good = true;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		char *value = take_parameter(config, keys[i]);

		if (value)
			msg_perr("Parameter \"%s\" works only with the flashrom launcher of ch341a-beken.\n",
				 keys[i]);
		good = good && !value;
		free(value);
	}
	return good;
}

/* All are taken, also behind a bad one: flashrom calls what is left over unknown. */
static bool take_parameters(config_t config, struct driver *driver, char **selector, bool *pipeline)
{
	static const char *const enter[] = { "auto", "always", "never", NULL }; /* as beken_enter_mode */
	static const char *const leave[] = { "reset", "keep", NULL };
	static const char *const switches[] = { "auto", "no", NULL };
	unsigned int mode = BEKEN_ENTER_AUTO, keep = 0, no_pipeline = 0;
	bool good = refuse_those_of_the_launcher(config);

	driver->beken.options = (struct beken_options){ .attempts = 10, .cen_low_ms = 100, .window_ms = 120 };
	*selector = take_parameter(config, "device");
	if (*selector && !**selector) {
		good = refuse("device", *selector,
			      "a number from 0, BUS:ADDRESS, a port path such as 1-2.3, or a serial number");
		*selector = NULL;
	}
	good &= take_word(config, "enter", "auto, always or never", enter, &mode);
	good &= take_word(config, "leave", "reset or keep", leave, &keep);
	good &= take_word(config, "pipeline", "auto or no", switches, &no_pipeline);
	good &= take_number(config, "attempts", "a number from 0 (until interrupted) to 1000000", 0, 1000000,
			    &driver->beken.options.attempts);
	good &= take_number(config, "cen_low_ms", "a number of milliseconds from 1 to 10000", 1, 10000,
			    &driver->beken.options.cen_low_ms);
	good &= take_number(config, "window_ms", "a number of milliseconds from 1 to 5000", 1, 5000,
			    &driver->beken.options.window_ms);
	driver->beken.options.enter = (enum beken_enter_mode)mode;
	driver->beken.options.keep = keep;
	*pipeline = !no_pipeline;
	return good;
}

static int driver_init(INIT_ARGUMENT)
{
	struct driver *driver = calloc(1, sizeof(*driver));
	char *selector;
	bool pipeline;
	int error;

	if (!driver) {
		msg_perr("Out of memory.\n");
		return -1;
	}
	driver->frontend.message = driver_message;
#if !defined(_WIN32)
	driver->frontend.hold_signals = driver_hold_signals;
	driver->frontend.interrupts = driver_interrupts;
#endif
	if (!take_parameters(config, driver, &selector, &pipeline)) {
		free(selector);
		free(driver);
		return -1;
	}
	driver->beken.frontend = &driver->frontend;
	driver->sent_us = beken_clock_us();
	error = beken_open(&driver->beken, selector, pipeline);
	free(selector);
	if (!error) {
		error = note_error(driver, beken_enter(&driver->beken));
		if (error)
			beken_let_go(&driver->beken);
	}
	if (error) {
		beken_close(&driver->beken);
		free(driver);
		return -1;
	}
	return register_master(&spi_master_ch341a_beken, driver);
}

const struct programmer_entry programmer_ch341a_beken = {
	.name = "ch341a_beken",
	.type = USB,
	.devs.dev = devs_ch341a_beken,
	.init = driver_init,
};
