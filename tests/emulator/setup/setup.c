/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "setup.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "complain.h"

#define NS_PER_MS 1000000LL

struct flash_file {
	struct flash_file *next;
	const char *path;
	unsigned int dev;
};

/* ---- options ---- */

static int set(struct setup *setup, const char *assignment)
{
	char error[512];

	if (!bench_set(setup->bench, assignment, error, sizeof(error)))
		return 0;
	complain("%s", error);
	return -1;
}

static int parse_ms(const char *option, const char *arg, int64_t *ns)
{
	if (wave_parse_ms(arg, ns))
		return 0;
	complain("%s takes a number of milliseconds, not \"%s\"", option, arg);
	return -1;
}

static int set_chip(struct setup *setup, const char *name)
{
	char *assignment;
	int r;

	if (asprintf(&assignment, "chip=%s", name) < 0)
		abort();
	r = set(setup, assignment);
	free(assignment);
	return r;
}

static int add_flash(struct setup *setup, const char *arg)
{
	struct flash_file **end = &setup->flashes;
	struct flash_file *f;
	const char *path = arg;
	unsigned long dev = 0;
	char *colon;

	if (isdigit((unsigned char)*arg)) {
		dev = strtoul(arg, &colon, 10);
		if (*colon == ':')
			path = colon + 1;
		else
			dev = 0;
	}
	if (!*path || dev > UINT_MAX) {
		complain("--flash takes FILE or N:FILE, not \"%s\"", arg);
		return -1;
	}
	while (*end) {
		if ((*end)->dev == dev) {
			complain("--flash is given twice for device %lu", dev);
			return -1;
		}
		end = &(*end)->next;
	}
	f = must(calloc(1, sizeof(*f)));
	f->path = path;
	f->dev = (unsigned int)dev;
	*end = f;
	return 0;
}

bool setup_has_option(int option)
{
	return option >= OPT_CHIP && option < SETUP_OPTIONS_END;
}

int setup_option(struct setup *setup, int option, const char *argument)
{
	switch (option) {
	case OPT_CHIP:
		return set_chip(setup, argument);
	case OPT_SET:
		return set(setup, argument);
	case OPT_FLASH:
		return add_flash(setup, argument);
	case OPT_STATS:
		setup->stats = true;
		return 0;
	case OPT_REPORT:
		setup->report_path = argument;
		return 0;
	case OPT_RECORD:
		setup->record_path = argument;
		return 0;
	case OPT_TRACE:
		setup->wave_options.path = argument;
		return 0;
	case OPT_TRACE_FROM:
		return parse_ms("--trace-from", argument, &setup->wave_options.from);
	case OPT_TRACE_UNTIL:
		return parse_ms("--trace-until", argument, &setup->wave_options.until);
	}
	abort();
}

/* ---- the die's content ---- */

static int load_flash(struct setup *setup, const struct flash_file *f)
{
	struct stat st;
	uint8_t *die;
	size_t size, got;
	FILE *in;

	if (f->dev >= bench_device_count(setup->bench)) {
		complain("--flash: there is no device %u", f->dev);
		return -1;
	}
	die = bench_flash(setup->bench, f->dev, &size);
	in = fopen(f->path, "rb");
	if (!in && errno == ENOENT)
		return 0;
	if (!in || fstat(fileno(in), &st)) {
		complain("%s: %s", f->path, strerror(errno));
		if (in)
			fclose(in);
		return -1;
	}
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > size) {
		if (S_ISREG(st.st_mode))
			complain("%s: has %jd bytes, but the die of device %u has %zu", f->path,
				 (intmax_t)st.st_size, f->dev, size);
		else
			complain("%s: is not a regular file", f->path);
		fclose(in);
		return -1;
	}
	memset(die, 0xff, size);
	got = fread(die, 1, (size_t)st.st_size, in);
	fclose(in);
	if (got != (size_t)st.st_size) {
		complain("%s: could not be read whole", f->path);
		return -1;
	}
	return 0;
}

static int write_all(int fd, const uint8_t *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

static mode_t mode_for(const char *path)
{
	struct stat st;
	mode_t mask;

	if (!stat(path, &st))
		return st.st_mode & 07777;
	mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

/* A new file beside the old one, renamed over it: never half of an image. */
static int replace_file(const char *path, const uint8_t *data, size_t size)
{
	char *target = realpath(path, NULL);	/* a symlink stays one */
	const char *final = target ? target : path;
	char *temporary;
	int fd, r = -1;

	if (asprintf(&temporary, "%s.XXXXXX", final) < 0)
		abort();
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd >= 0) {
		r = fchmod(fd, mode_for(final)) || write_all(fd, data, size) ? -1 : 0;
		if (close(fd))
			r = -1;
		if (!r)
			r = rename(temporary, final);
		if (r) {
			int saved = errno;

			unlink(temporary);
			errno = saved;
		}
	}
	free(temporary);
	free(target);
	return r;
}

static int save_flashes(struct setup *setup)
{
	int r = 0;

	for (struct flash_file *f = setup->flashes; f; f = f->next) {
		size_t size;
		const uint8_t *die = bench_flash(setup->bench, f->dev, &size);

		if (!replace_file(f->path, die, size))
			continue;
		complain("%s: could not be written: %s", f->path, strerror(errno));
		r = -1;
	}
	return r;
}

/* ---- records and reports ---- */

static void record_event(void *arg, int64_t t, unsigned int dev, const char *line)
{
	fprintf(arg, "%" PRId64 ".%03d %u %s\n", t / 1000, (int)(t % 1000), dev, line);
}

static int open_record(struct setup *setup)
{
	if (!setup->record_path)
		return 0;
	setup->record = fopen(setup->record_path, "we");
	if (!setup->record) {
		complain("%s: %s", setup->record_path, strerror(errno));
		return -1;
	}
	bench_on_event(setup->bench, record_event, setup->record);
	return 0;
}

static int close_record(struct setup *setup)
{
	bool bad;

	if (!setup->record)
		return 0;
	bench_on_event(setup->bench, NULL, NULL);
	bad = ferror(setup->record);
	bad |= fclose(setup->record) != 0;
	setup->record = NULL;
	if (bad)
		complain("%s: could not be written", setup->record_path);
	return bad ? -1 : 0;
}

static int open_trace(struct setup *setup)
{
	if (!setup->wave_options.path)
		return 0;
	setup->wave = wave_open(setup->bench, &setup->wave_options);
	if (setup->wave)
		return 0;
	complain("%s: %s", setup->wave_options.path, strerror(errno));
	return -1;
}

static int close_trace(struct setup *setup)
{
	struct wave_file *wave = setup->wave;

	setup->wave = NULL;
	if (!wave || !wave_close(wave))
		return 0;
	complain("%s: could not be written: %s", setup->wave_options.path, strerror(errno));
	return -1;
}

int setup_close_records(struct setup *setup)
{
	const int status = close_record(setup);

	return close_trace(setup) | status;
}

static void print_report(const struct setup *setup, int64_t real_ns, FILE *out)
{
	bench_print_report(setup->bench, out);
	fprintf(out, "real_ms %lld\n", (long long)(real_ns / NS_PER_MS));
}

static int write_reports(const struct setup *setup, int64_t real_ns)
{
	FILE *out;
	bool bad;

	if (setup->stats)
		print_report(setup, real_ns, stderr);
	if (!setup->report_path)
		return 0;
	out = fopen(setup->report_path, "we");
	if (out) {
		print_report(setup, real_ns, out);
		bad = ferror(out);
		bad |= fclose(out) != 0;
		if (!bad)
			return 0;
	}
	complain("%s: %s", setup->report_path, strerror(errno));
	return -1;
}

/* ---- from start to end ---- */

int setup_power_on(struct setup *setup)
{
	const char *wrong = wave_check(&setup->wave_options);
	char error[512];

	if (wrong) {
		complain("%s", wrong);
		return -1;
	}
	if (bench_power_on(setup->bench, error, sizeof(error))) {
		complain("%s", error);
		return -1;
	}
	for (const struct flash_file *f = setup->flashes; f; f = f->next)
		if (load_flash(setup, f))
			return -1;
	return open_record(setup) || open_trace(setup) ? -1 : 0;
}

int setup_finish(struct setup *setup, int64_t real_ns)
{
	int status = save_flashes(setup);

	status |= write_reports(setup, real_ns);
	status |= setup_close_records(setup);
	return status;
}

void setup_free(struct setup *setup)
{
	struct flash_file *f;

	setup_close_records(setup);
	bench_free(setup->bench);
	while ((f = setup->flashes)) {
		setup->flashes = f->next;
		free(f);
	}
}
