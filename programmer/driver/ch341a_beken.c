/*
 * This file is part of the flashrom project.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 * SPDX-FileCopyrightText: 2026 The ch341a_beken authors
 */

/*
 * Driver for Beken Wi-Fi chips (BK7231, BK7252, ...) behind a WCH CH341A, which
 * resets the chip through D2 (CEN) and puts it into its SPI download mode.
 *
 * This is the only file that knows flashrom. What to send is the business of
 * the session below it.
 */

/* The folder of this file is searched first: these are the engine's. */
#include "params.h"
#include "session.h"

#include "flash.h"
#include "programmer.h"
#include "spi.h"

#include <stdlib.h>
#include <string.h>
#if !defined(_WIN32)
#include <signal.h>
#endif

/* ---- what differs between releases ---- */

#if defined(__LIBFLASHPROG_H__)
#if __has_include("chipdrivers/spi.h")
#include "chipdrivers/spi.h"
#endif
#if __has_include("spi_command.h")
#include "spi_command.h"
#endif
#else
#if __has_include("log.h") /* since 1.8 */
#include "log.h"
#endif
#if __has_include("platform/udelay.h") /* since 1.6 */
#include "platform/udelay.h"
#endif
#endif

#if defined(__LIBFLASHPROG_H__)
#define DELAY_IN_ENTRY 1
#define sleep_us internal_delay
#define report_read(flash, done, n, total) flashprog_progress_add(flash, n)
#define report_write(flash, done, n, total) flashprog_progress_add(flash, n)
#define take_parameter(config, key) extract_programmer_param(key)
#define register_master(master, data) register_spi_master(master, 0, data)
#define send_length(command) spi_write_len(command)
#define receive_length(command) spi_read_len(command)
#define is_last(command) spi_is_empty(command)
#define parameters(config) ((config)->param)
typedef struct flashprog_programmer *config_t;
#elif defined(ERROR_FLASHROM_FATAL) /* flashrom since 1.4 */
#define sleep_us default_delay
#if defined(FEATURE_FLASH_HARDENING) /* since 1.5 */
#define report_read(flash, done, n, total) update_progress(flash, FLASHROM_PROGRESS_READ, n)
#define report_write(flash, done, n, total) update_progress(flash, FLASHROM_PROGRESS_WRITE, n)
#else
#define report_read(flash, done, n, total) update_progress(flash, FLASHROM_PROGRESS_READ, done, total)
#define report_write(flash, done, n, total) update_progress(flash, FLASHROM_PROGRESS_WRITE, done, total)
#endif
#else /* flashrom 1.3 */
#define DELAY_IN_ENTRY 1
#define DEFAULTS_ARE_MANDATORY 1
#define sleep_us internal_delay
#define report_read(flash, done, n, total) ((void)(done))
#define report_write(flash, done, n, total) ((void)(done))
/* As in flashrom.c, which alone knows it in this release. */
struct programmer_cfg {
	char *params;
};
#endif

#if !defined(__LIBFLASHPROG_H__)
#define parameters(config) ((config)->params)
#define take_parameter(config, key) extract_programmer_param_str(config, key)
#define register_master(master, data) register_spi_master(master, data)
#define send_length(command) ((command)->writecnt)
#define receive_length(command) ((command)->readcnt)
#define is_last(command) (!(command)->writecnt && !(command)->readcnt)
typedef const struct programmer_cfg *config_t;
#endif

/* In flashprog after 1.5 commands go to the master instead of the flash. */
#if defined(__LIBFLASHPROG_H__) && __has_include("chipdrivers/spi.h")
typedef const struct spi_master *target_t;
#define DRIVER_OF_TARGET(target) ((struct driver *)(target)->data)
#define CHIP(flash) (&(flash)->chip)
#else
typedef const struct flashctx *target_t;
#if defined(__LIBFLASHPROG_H__)
#define DRIVER_OF_TARGET(target) ((struct driver *)(target)->mst.spi->data)
#else
#define DRIVER_OF_TARGET(target) ((struct driver *)(target)->mst->spi.data)
#endif
#define CHIP(flash) ((flash)->chip)
#endif
#if defined(__LIBFLASHPROG_H__)
#define DRIVER_OF_FLASH(flash) ((struct driver *)(flash)->mst.spi->data)
#else
#define DRIVER_OF_FLASH(flash) ((struct driver *)(flash)->mst->spi.data)
#endif

/* ---- the driver ---- */

/* Three bytes of address. */
#define STREAM_MAX_KIB (16 * 1024)
#define PAGE_SIZE_STREAMED 256
/* What SFDP calls "64 bytes or more". */
#define PAGE_SIZE_SFDP 64
#define PROGRESS_STEP (64 * 1024)
/* The engine itself waits for the die; only delays shorter than any operation
 * of a die are meant for something else. */
#define LONGEST_DELAY_US 1000

struct driver {
	struct frontend frontend;
	struct session *session;
#if !defined(_WIN32)
	sigset_t signals_before; /* while some are held */
#endif
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

/*
 * flashrom ends on a signal without asking anybody. While CEN is low that would
 * leave the chip in reset, so the signals that users send wait for so long; a
 * waiting one cuts the pulse short.
 */
#if !defined(_WIN32)
static void ending_signals(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGHUP);
	sigaddset(signals, SIGINT);
	sigaddset(signals, SIGQUIT);
	sigaddset(signals, SIGTERM);
}

static void driver_hold_signals(void *arg, bool hold)
{
	struct driver *driver = arg;
	sigset_t signals;

	ending_signals(&signals);
	if (hold)
		sigprocmask(SIG_BLOCK, &signals, &driver->signals_before);
	else
		sigprocmask(SIG_SETMASK, &driver->signals_before, NULL);
}

static unsigned int driver_interrupts(void *arg)
{
	sigset_t pending;

	(void)arg;
	if (sigpending(&pending))
		return 0;
	return sigismember(&pending, SIGHUP) + sigismember(&pending, SIGINT) + sigismember(&pending, SIGQUIT) +
	       sigismember(&pending, SIGTERM);
}
#endif

static int driver_command(target_t target, unsigned int writecnt, unsigned int readcnt,
			  const unsigned char *writearr, unsigned char *readarr)
{
	const struct driver *driver = DRIVER_OF_TARGET(target);

	return session_command(driver->session, writearr, writecnt, readarr, readcnt) ? SPI_PROGRAMMER_ERROR
										      : 0;
}

static int driver_multicommand(target_t target, struct spi_command *commands)
{
	for (; !is_last(commands); commands++) {
		const int error = driver_command(target, send_length(commands), receive_length(commands),
						 commands->writearr, commands->readarr);

		if (error)
			return error;
	}
	return 0;
}

static bool can_stream(const struct driver *driver, const struct flashctx *flash)
{
	const unsigned int page_size = CHIP(flash)->page_size;

	return session_can_stream(driver->session) && CHIP(flash)->total_size <= STREAM_MAX_KIB &&
	       !flash->in_4ba_mode && (page_size == PAGE_SIZE_STREAMED || page_size == PAGE_SIZE_SFDP);
}

static int driver_read(struct flashctx *flash, uint8_t *buf, unsigned int start, unsigned int len)
{
	const struct driver *driver = DRIVER_OF_FLASH(flash);

	if (!can_stream(driver, flash))
		return default_spi_read(flash, buf, start, len);
	for (unsigned int done = 0; done < len;) {
		const unsigned int now = len - done < PROGRESS_STEP ? len - done : PROGRESS_STEP;

		if (session_read(driver->session, start + done, buf + done, now))
			return SPI_PROGRAMMER_ERROR;
		done += now;
		report_read(flash, done, now, len);
	}
	return 0;
}

static int driver_write_256(struct flashctx *flash, const uint8_t *buf, unsigned int start, unsigned int len)
{
	const struct driver *driver = DRIVER_OF_FLASH(flash);

	if (!can_stream(driver, flash))
		return default_spi_write_256(flash, buf, start, len);
	for (unsigned int done = 0; done < len;) {
		const unsigned int now = len - done < PROGRESS_STEP ? len - done : PROGRESS_STEP;

		if (session_program(driver->session, start + done, buf + done, now))
			return SPI_PROGRAMMER_ERROR;
		done += now;
		report_write(flash, done, now, len);
	}
	return 0;
}

static void delay_us(unsigned int usecs)
{
	if (usecs <= LONGEST_DELAY_US)
		sleep_us(usecs);
}

#if !defined(DELAY_IN_ENTRY)
static void driver_delay(const struct flashctx *flash, unsigned int usecs)
{
	(void)flash;
	delay_us(usecs);
}
#endif

static int driver_shutdown(void *data)
{
	struct driver *driver = data;
	const int error = session_close(driver->session);

	free(driver);
	return error ? SPI_PROGRAMMER_ERROR : 0;
}

static const struct spi_master spi_master_ch341a_beken = {
	.features = SPI_MASTER_4BA,
	.max_data_read = MAX_DATA_READ_UNLIMITED,
	.max_data_write = MAX_DATA_WRITE_UNLIMITED,
	.command = driver_command,
	.multicommand = driver_multicommand,
	.read = driver_read,
	.write_256 = driver_write_256,
	.shutdown = driver_shutdown,
#if defined(__LIBFLASHPROG_H__)
	.probe_opcode = default_spi_probe_opcode,
#elif defined(DEFAULTS_ARE_MANDATORY)
	.write_aai = default_spi_write_aai,
	.probe_opcode = default_spi_probe_opcode,
#else
	.delay = driver_delay,
#endif
};

/* Every key is asked for, whatever comes before: flashrom calls what is left
 * over unknown. A key that is there twice comes at the second call. */
static int take_one(config_t config, const char *key, struct params *params)
{
	char *value = take_parameter(config, key), *again = NULL;
	char problem[512];
	int error = 0;

	(void)config;
	if (!value)
		return 0;
	error = params_set(params, key, value, problem, sizeof(problem));
	if (error)
		msg_perr("%s\n", problem);
	while ((again = take_parameter(config, key))) {
		msg_perr("Parameter \"%s\" is given more than once.\n", key);
		error = BEKEN_ERR_PARAMETER;
		free(again);
	}
	free(value);
	return error;
}

/* flashrom itself refuses what nobody has taken, but only after the start, when
 * the chip has been reset, and it cannot name the keys that there are. */
static int refuse_the_rest(config_t config, struct params *params)
{
	char problem[512];

	if (!params_parse(params, parameters(config), problem, sizeof(problem)))
		return 0;
	msg_perr("%s\n", problem);
	return BEKEN_ERR_PARAMETER;
}

/* Files are the business of the launcher, which has the whole command line. */
static int refuse_backup(const struct params *params)
{
	if (params->image != PARAMS_IMAGE_CHECK) {
		msg_perr("Parameter \"image\" works only with the flashrom launcher of ch341a-beken: here no "
			 "file is looked at.\n");
		return BEKEN_ERR_PARAMETER;
	}
	if (!params->backup[0])
		return 0;
	msg_perr("Parameter \"backup\" works only with the flashrom launcher of ch341a-beken. "
		 "Make a backup with -r first.\n");
	return BEKEN_ERR_PARAMETER;
}

/* A last resort, which the launcher and the tools have. */
static int refuse_slow_clock(const struct params *params)
{
	if (!params->slow_clock)
		return 0;
	msg_perr("Parameter \"clock\" works only with the flashrom launcher of ch341a-beken.\n");
	return BEKEN_ERR_PARAMETER;
}

static int take_all(config_t config, struct params *params)
{
	int error = 0;

	params_init(params);
	for (const char *const *key = params_keys; *key; key++) {
		if (take_one(config, *key, params))
			error = BEKEN_ERR_PARAMETER;
	}
	if (refuse_the_rest(config, params) || refuse_backup(params) || refuse_slow_clock(params))
		error = BEKEN_ERR_PARAMETER;
	return error;
}

#if defined(__LIBFLASHPROG_H__)
static int driver_init(struct flashprog_programmer *const config)
#else
static int driver_init(const struct programmer_cfg *config)
#endif
{
	struct driver *driver;
	struct params params;

	if (take_all(config, &params))
		return -1;
	driver = calloc(1, sizeof(*driver));
	if (!driver) {
		msg_perr("Out of memory.\n");
		return -1;
	}
	driver->frontend.message = driver_message;
	driver->frontend.arg = driver;
#if !defined(_WIN32)
	driver->frontend.hold_signals = driver_hold_signals;
	driver->frontend.interrupts = driver_interrupts;
#endif
	if (session_open(&driver->frontend, &params, &driver->session)) {
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
#if defined(DELAY_IN_ENTRY)
	.delay = delay_us,
#endif
};
