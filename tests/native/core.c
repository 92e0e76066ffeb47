/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "flash.h"
#include "programmer.h"
#include "spi.h"
#if __has_include("log.h")
#include "log.h"
#endif
#if __has_include("platform/udelay.h")
#include "platform/udelay.h"
#endif
#if __has_include("spi_command.h")
#include "spi_command.h"
#endif

#if defined(__LIBFLASHPROG_H__)
#define IS_FLASHPROG 1
#define NATIVE_RELEASE 0
#else
#define IS_FLASHPROG 0
#define NATIVE_FLASHPROG_MAIN 0
#endif
#define DELAY_OF_ENTRY IS_FLASHPROG

#define OUT_MAX (5 + 256)
#define MAX_SHUTDOWNS 4
#define INCOMPLETE_MASTER -200

static struct {
	char params[512];
	struct flashctx flash;
	struct flashchip chip;
	struct spi_master master;	/* a copy, as the real ones have */
	bool registered;
	struct {
		int (*function)(void *data);
		void *data;
	} shutdowns[MAX_SHUTDOWNS];
	unsigned int n_shutdowns;
	unsigned int verbosity;

	enum core_stage stage;
	size_t total, done;		/* of the stage, as reported */
	size_t call_offset, call_length;/* of the hook that is being called */
	bool progress_is_wrong;
} core = { .verbosity = 2 };

void core_verbosity(unsigned int level)
{
	core.verbosity = level;
}

/* ---- what the driver calls ---- */

#if IS_FLASHPROG
int print(enum flashprog_log_level level, const char *fmt, ...)
#else
int print(enum flashrom_log_level level, const char *fmt, ...)
#endif
{
	va_list args;
	int n = 0;

	if (level > core.verbosity)
		return 0;
	va_start(args, fmt);
	n = vfprintf(stderr, fmt, args);
	va_end(args);
	return n;
}

/* Where "key=" stands at the start of a parameter. */
static char *find_parameter(const char *key)
{
	const size_t n = strlen(key);

	for (char *at = core.params; at; at = strchr(at, ',')) {
		if (*at == ',')
			at++;
		if (!strncmp(at, key, n) && at[n] == '=')
			return at;
	}
	return NULL;
}

/* Cuts it out of the text. */
static char *take_parameter(const char *key)
{
	char *start = find_parameter(key), *end, *value;

	if (!start)
		return NULL;
	end = start + strcspn(start, ",");
	value = strndup(start + strlen(key) + 1, (size_t)(end - start) - strlen(key) - 1);
	if (*end == ',')
		end++;
	memmove(start, end, strlen(end) + 1);
	return value;
}

static void sleep_us(unsigned int us)
{
	const struct timespec pause = { us / 1000000, (long)(us % 1000000) * 1000 };

	nanosleep(&pause, NULL);
}

static void note_progress(enum core_stage stage, size_t increment)
{
	if (stage != core.stage)
		core.progress_is_wrong = true;
	core.done += increment;
	if (core.done > core.total)
		core.progress_is_wrong = true;
}

#if IS_FLASHPROG
char *extract_programmer_param(const char *param_name)
{
	return take_parameter(param_name);
}

void flashprog_progress_add(struct flashctx *flash, size_t progress)
{
	if (flash != &core.flash)
		core.progress_is_wrong = true;
	note_progress(core.stage, progress);
}
#else
char *extract_programmer_param_str(const struct programmer_cfg *cfg, const char *param_name)
{
	if (cfg->params != core.params)
		abort();
	return take_parameter(param_name);
}
#endif

#if DELAY_OF_ENTRY
void internal_delay(unsigned int usecs)
#else
void default_delay(unsigned int usecs)
#endif
{
	sleep_us(usecs);
}

#if !IS_FLASHPROG
static enum core_stage stage_of(enum flashrom_progress_stage stage)
{
	return stage == FLASHROM_PROGRESS_READ ? CORE_READ : CORE_WRITE;
}
#endif
#if !IS_FLASHPROG && NATIVE_RELEASE >= 105
void init_progress(struct flashctx *flash, enum flashrom_progress_stage stage, size_t total)
{
	(void)flash;
	core.stage = stage_of(stage);
	core.total = total;
	core.done = 0;
}

void update_progress(struct flashctx *flash, enum flashrom_progress_stage stage, size_t increment)
{
	if (flash != &core.flash)
		core.progress_is_wrong = true;
	note_progress(stage_of(stage), increment);
}
#elif !IS_FLASHPROG && NATIVE_RELEASE == 104
/* The driver sees one call of a hook at a time and counts from 0 in each. */
void update_progress(struct flashctx *flash, enum flashrom_progress_stage stage, size_t current, size_t total)
{
	const size_t before = core.done - core.call_offset;

	if (flash != &core.flash || total != core.call_length || current < before || current > total)
		core.progress_is_wrong = true;
	else
		note_progress(stage_of(stage), current - before);
}
#endif

static void register_shutdown(int (*function)(void *data), void *data)
{
	core.shutdowns[core.n_shutdowns].function = function;
	core.shutdowns[core.n_shutdowns++].data = data;
}

static bool is_complete(const struct spi_master *master)
{
	if (!master->read || !master->write_256 || !master->command)
		return false;
#if IS_FLASHPROG
	return master->multicommand && master->probe_opcode;
#else
	return true;
#endif
}

static int register_copy(const struct spi_master *master, void *data)
{
	if (core.n_shutdowns == MAX_SHUTDOWNS || core.registered)
		return 1;
	if (master->shutdown)
		register_shutdown(master->shutdown, data);
	if (!is_complete(master))
		return INCOMPLETE_MASTER;
	core.master = *master;
	if (data)
		core.master.data = data;
	core.registered = true;
	return 0;
}

#if IS_FLASHPROG
int register_spi_master(const struct spi_master *mst, size_t max_rom_decode, void *data)
{
	if (max_rom_decode)
		return 1;
	return register_copy(mst, data);
}
#else
int register_spi_master(const struct spi_master *mst, void *data)
{
	return register_copy(mst, data);
}
#endif

/* ---- what the driver may leave to the core ---- */

static size_t address_command(uint8_t *out, uint8_t opcode, unsigned int address)
{
	out[0] = opcode;
	out[1] = address >> 16 & 0xff;
	out[2] = address >> 8 & 0xff;
	out[3] = address & 0xff;
	return 4;
}

static void report_default(unsigned int n)
{
	note_progress(core.stage, n);
}

int default_spi_read(struct flashctx *flash, uint8_t *buf, unsigned int start, unsigned int len)
{
	const unsigned int most = core.master.max_data_read;

	(void)flash;
	for (unsigned int done = 0; done < len;) {
		const unsigned int n = len - done < most ? len - done : most;
		uint8_t out[4];
		const size_t n_out = address_command(out, 0x03, start + done);
		const int error = core_command(out, (unsigned int)n_out, buf + done, n);

		if (error)
			return error;
		done += n;
		report_default(n);
	}
	return 0;
}

static int wait_for_page(void)
{
	for (;;) {
		const uint8_t opcode = 0x05;
		uint8_t status[2];
		const int error = core_command(&opcode, 1, status, sizeof(status));

		if (error || !(status[0] & 0x01))
			return error;
		core_delay(10);
	}
}

static int write_piece(const uint8_t *data, unsigned int start, unsigned int n)
{
	uint8_t out[OUT_MAX];
	const size_t n_out = address_command(out, 0x02, start);
	int error, later;

	memcpy(out + n_out, data, n);
	error = core_enabled_command(out, (unsigned int)n_out + n);
	later = wait_for_page();
	return error ? error : later;
}

int default_spi_write_256(struct flashctx *flash, const uint8_t *buf, unsigned int start, unsigned int len)
{
	const unsigned int page = core.chip.page_size;

	(void)flash;
	for (unsigned int done = 0; done < len;) {
		const unsigned int left = page - (start + done) % page;
		const unsigned int n = len - done < left ? len - done : left;
		const int error = write_piece(buf + done, start + done, n);

		if (error)
			return error;
		done += n;
		report_default(n);
	}
	return 0;
}

#if IS_FLASHPROG
bool default_spi_probe_opcode(const struct flashctx *flash, uint8_t opcode)
{
	(void)flash;
	(void)opcode;
	return true;
}
#endif

/* ---- life ---- */

static bool entry_is_sane(void)
{
	const struct programmer_entry *entry = &programmer_ch341a_beken;

	return !strcmp(entry->name, "ch341a_beken") && entry->type == USB && entry->devs.dev && entry->init &&
	       entry->devs.dev[0].vendor_id == 0x1a86 && entry->devs.dev[0].device_id == 0x5512;
}

/* Both find the parameters where the driver is given them, and cut them out of
 * that text. */
static int init(void)
{
#if IS_FLASHPROG
	struct flashprog_programmer programmer = { &programmer_ch341a_beken, core.params, NULL };

	return programmer_ch341a_beken.init(&programmer);
#else
	const struct programmer_cfg cfg = { .params = core.params };

	return programmer_ch341a_beken.init(&cfg);
#endif
}

int core_init(const char *params)
{
	int error;

	if (!entry_is_sane() || strlen(params) >= sizeof(core.params)) {
		fprintf(stderr, "The entry of the table is wrong.\n");
		return -1;
	}
	strcpy(core.params, params);
	error = init();
	if (error) {
		fprintf(stderr, "Programmer initialization failed.\n");
		return error > 0 ? -error : error;
	}
	if (core.params[0]) {
		fprintf(stderr, "Unhandled programmer parameters: %s\n", core.params);
		return -1;
	}
	if (!core.registered) {
		fprintf(stderr, "No master was registered.\n");
		return -1;
	}
	return 0;
}

void core_shutdown(void)
{
	while (core.n_shutdowns) {
		core.n_shutdowns--;
		core.shutdowns[core.n_shutdowns].function(core.shutdowns[core.n_shutdowns].data);
	}
	core.registered = false;
}

#if !IS_FLASHPROG
static struct registered_master registered;
#endif

void core_set_chip(unsigned int size, unsigned int page_size)
{
	core.chip.total_size = size / 1024;
	core.chip.page_size = page_size;
#if NATIVE_FLASHPROG_MAIN
	core.flash.chip = core.chip;
#else
	core.flash.chip = &core.chip;
#endif
#if IS_FLASHPROG
	core.flash.mst.spi = &core.master;
#else
	registered.spi = core.master;
	core.flash.mst = &registered;
#endif
}

/* ---- calls of the hooks ---- */

#if NATIVE_FLASHPROG_MAIN
#define TARGET (&core.master)
#else
#define TARGET (&core.flash)
#endif

int core_command(const uint8_t *out, unsigned int n_out, uint8_t *in, unsigned int n_in)
{
	return core.master.command(TARGET, n_out, n_in, out, in);
}

#if IS_FLASHPROG
#define LENGTH_OUT(command) spi_write_len(command)
#define LENGTH_IN(command) spi_read_len(command)
#define COMMAND_OF(bytes, n) { .opcode_len = 1, .write_len = (n) - 1, .writearr = bytes }
#define NO_COMMAND { .opcode_len = 0 }
#else
#define LENGTH_OUT(command) ((command)->writecnt)
#define LENGTH_IN(command) ((command)->readcnt)
#define COMMAND_OF(bytes, n) { .writecnt = n, .writearr = bytes }
#define NO_COMMAND { .writecnt = 0 }
#endif

/* For masters that have none of their own. It stops at the first error. */
static int send_one_by_one(struct spi_command *commands)
{
	int error = 0;

	for (; !error && (LENGTH_OUT(commands) || LENGTH_IN(commands)); commands++)
		error = core_command(commands->writearr, (unsigned int)LENGTH_OUT(commands), commands->readarr,
				     (unsigned int)LENGTH_IN(commands));
	return error;
}

#if NATIVE_FLASHPROG_MAIN
int default_spi_send_multicommand(const struct spi_master *master, struct spi_command *commands)
{
	(void)master;
	return send_one_by_one(commands);
}
#elif IS_FLASHPROG
int default_spi_send_multicommand(const struct flashctx *flash, struct spi_command *commands)
{
	(void)flash;
	return send_one_by_one(commands);
}
#endif

int core_enabled_command(const uint8_t *out, unsigned int n_out)
{
	static const uint8_t enable = 0x06;
	struct spi_command commands[] = { COMMAND_OF(&enable, 1), COMMAND_OF(out, n_out), NO_COMMAND };

	if (!core.master.multicommand)
		return send_one_by_one(commands);
	return core.master.multicommand(TARGET, commands);
}

static void begin_call(unsigned int length)
{
	core.call_offset = core.done;
	core.call_length = length;
}

int core_read(uint8_t *data, unsigned int start, unsigned int length)
{
	begin_call(length);
	return core.master.read(&core.flash, data, start, length);
}

int core_write(const uint8_t *data, unsigned int start, unsigned int length)
{
	begin_call(length);
	return core.master.write_256(&core.flash, data, start, length);
}

void core_delay(unsigned int us)
{
#if DELAY_OF_ENTRY
	if (programmer_ch341a_beken.delay)
		programmer_ch341a_beken.delay(us);
	else
		internal_delay(us);
#else
	if (core.master.delay)
		core.master.delay(&core.flash, us);
	else
		default_delay(us);
#endif
}

void core_begin(enum core_stage stage, size_t total)
{
#if !IS_FLASHPROG && NATIVE_RELEASE >= 105
	init_progress(&core.flash, stage == CORE_READ ? FLASHROM_PROGRESS_READ : FLASHROM_PROGRESS_WRITE,
		      total);
#else
	core.stage = stage;
	core.total = total;
	core.done = 0;
#endif
	core.progress_is_wrong = false;
}

bool core_end(void)
{
	return !core.progress_is_wrong && core.done == core.total;
}
