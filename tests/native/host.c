/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does with the driver what flashrom does, in the same order and with the same
 * exit status: 0; 1 for usage, programmer, flash and reading; 2 for erasing and
 * writing; 3 for content that differs. And 4 if the driver's progress reports
 * are not what its release wants. Each phase is timed on the monotonic clock.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core.h"

#define EXIT_SETUP 1
#define EXIT_WRITE 2
#define EXIT_DIFFERS 3
#define EXIT_PROGRESS 4

#define SECTOR 4096u
#define BLOCK 65536u
#define GRANULARITY 256u
#define SECTOR_DELAY_US 10000
#define BLOCK_DELAY_US 100000

struct options {
	const char *params;
	unsigned int page_size;
	bool no_verify;
	bool leave_protected;
};

struct job {
	unsigned int size;		/* of the flash */
	unsigned int start, end;	/* of what is touched */
	uint8_t *old, *wanted;
};

static long long now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void print_time(const char *phase, long long since)
{
	printf("time %s %lld\n", phase, now_us() - since);
}

static int fail(int status, const char *what)
{
	fprintf(stderr, "%s\n", what);
	return status;
}

/* ---- files ---- */

static int load(const char *path, uint8_t *data, size_t size)
{
	FILE *file = fopen(path, "rb");
	size_t n;

	if (!file)
		return fail(EXIT_SETUP, strerror(errno));
	n = fread(data, 1, size, file);
	if (n == size && fgetc(file) != EOF)
		n++;
	fclose(file);
	return n == size ? 0 : fail(EXIT_SETUP, "The size of the file is not that of the flash.");
}

static int save(const char *path, const uint8_t *data, size_t size)
{
	FILE *file = fopen(path, "wb");
	size_t n;

	if (!file)
		return fail(EXIT_SETUP, strerror(errno));
	n = fwrite(data, 1, size, file);
	return fclose(file) || n != size ? fail(EXIT_SETUP, "Writing the file failed.") : 0;
}

/* ---- the flash ---- */

static int probe(const struct options *options, unsigned int *size)
{
	const uint8_t opcode = 0x9f;
	uint8_t id[3];

	core_delay(100000);
	/* A context there must be before anything is known of the flash. */
	core_set_chip(0, 0);
	if (core_command(&opcode, 1, id, sizeof(id)))
		return fail(EXIT_SETUP, "The probe failed.");
	if (id[0] == 0x00 || id[0] == 0xff || id[2] < 0x10 || id[2] > 0x18)
		return fail(EXIT_SETUP, "No flash found.");
	*size = 1u << id[2];
	core_set_chip(*size, options->page_size);
	printf("Found %02x%02x%02x, %u KiB.\n", id[0], id[1], id[2], *size / 1024);
	return 0;
}

/* No limit of its own: flashrom would wait for ever. */
static int wait_idle(unsigned int delay_us)
{
	for (;;) {
		const uint8_t opcode = 0x05;
		uint8_t status[2];

		if (core_command(&opcode, 1, status, sizeof(status)))
			return -1;
		if (!(status[0] & 0x01))
			return 0;
		core_delay(delay_us);
	}
}

/* ---- protection, as flashrom clears it and puts it back ---- */

#define BP_BITS 0x7c
#define CMP 0x40

static uint8_t status_before[2];
static unsigned int n_registers; /* 0: nothing to put back */

static int read_register(uint8_t opcode, uint8_t *value)
{
	return core_command(&opcode, 1, value, 1);
}

static int write_registers(const uint8_t *values)
{
	const uint8_t command[] = { 0x01, values[0], values[1] };

	if (core_enabled_command(command, 1 + n_registers))
		return -1;
	core_delay(SECTOR_DELAY_US);
	return wait_idle(SECTOR_DELAY_US);
}

static int unprotect(void)
{
	uint8_t now[2] = { 0 };

	if (read_register(0x05, &status_before[0]) || read_register(0x35, &status_before[1]))
		return fail(EXIT_WRITE, "The status cannot be read.");
	/* A die with one register gives this one twice, or nothing. */
	n_registers = status_before[1] == 0xff || status_before[1] == status_before[0] ? 1 : 2;
	now[0] = (uint8_t)(status_before[0] & ~BP_BITS);
	now[1] = (uint8_t)(status_before[1] & ~CMP);
	if (!memcmp(now, status_before, n_registers))
		n_registers = 0;
	return n_registers && write_registers(now) ? fail(EXIT_WRITE, "Unprotecting failed.") : 0;
}

static int protect_again(void)
{
	return n_registers ? write_registers(status_before) : 0;
}

static int read_range(uint8_t *data, unsigned int start, unsigned int length)
{
	const long long since = now_us();

	core_begin(CORE_READ, length);
	if (core_read(data, start, length))
		return fail(EXIT_SETUP, "Read operation failed!");
	if (!core_end())
		return fail(EXIT_PROGRESS, "progress of a read is wrong");
	print_time("read", since);
	return 0;
}

static int check_erased(unsigned int start, unsigned int length)
{
	uint8_t *data = malloc(length);
	int error = data ? 0 : -1;

	core_begin(CORE_READ, length);
	if (!error)
		error = core_read(data, start, length);
	for (unsigned int i = 0; !error && i < length; i++)
		error = data[i] != 0xff;
	free(data);
	return error;
}

static int erase_unit(const struct options *options, unsigned int start, unsigned int length)
{
	const uint8_t command[] = {
		length == BLOCK ? 0xd8 : 0x20, start >> 16 & 0xff, start >> 8 & 0xff, start & 0xff
	};
	int error = core_enabled_command(command, sizeof(command));

	/* The poll comes in any case. */
	if (wait_idle(length == BLOCK ? BLOCK_DELAY_US : SECTOR_DELAY_US))
		error = -1;
	if (!error && !options->no_verify)
		error = check_erased(start, length);
	return error;
}

/* ---- writing ---- */

static bool must_be_erased(const struct job *job, unsigned int sector)
{
	for (unsigned int i = sector; i < sector + SECTOR; i++) {
		if (job->wanted[i] & ~job->old[i])
			return true;
	}
	return false;
}

static bool whole_block(const struct job *job, unsigned int start)
{
	if (start % BLOCK || start + BLOCK > job->size)
		return false;
	for (unsigned int i = start; i < start + BLOCK; i += SECTOR) {
		if (!must_be_erased(job, i))
			return false;
	}
	return true;
}

static int erase_changed(const struct options *options, struct job *job)
{
	const long long since = now_us();
	unsigned int length;

	for (unsigned int at = job->start / SECTOR * SECTOR; at < job->end; at += length) {
		length = SECTOR;
		if (!must_be_erased(job, at))
			continue;
		if (whole_block(job, at))
			length = BLOCK;
		if (erase_unit(options, at, length))
			return fail(EXIT_WRITE, "Erase failed!");
		memset(job->old + at, 0xff, length);
	}
	print_time("erase", since);
	return 0;
}

static unsigned int min_of(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* From *start on: a run of pieces that differ. Pieces are counted from the
 * start of the region, wherever in a page that is. */
static unsigned int next_run(const struct job *job, unsigned int from, unsigned int limit, unsigned int *start)
{
	unsigned int at = from, n = 0;

	for (; at < limit; at += GRANULARITY) {
		const unsigned int piece = min_of(limit - at, GRANULARITY);

		if (memcmp(job->old + at, job->wanted + at, piece)) {
			if (!n)
				*start = at;
			n += piece;
		} else if (n) {
			break;
		}
	}
	return n;
}

static size_t bytes_to_write(const struct job *job, unsigned int start, unsigned int end)
{
	size_t total = 0;
	unsigned int at = start, run, n;

	for (; (n = next_run(job, at, end, &run)); at = run + n)
		total += n;
	return total;
}

static int write_changed(const struct job *job, unsigned int start, unsigned int end)
{
	const long long since = now_us();
	unsigned int at = start, run, n;

	core_begin(CORE_WRITE, bytes_to_write(job, start, end));
	for (; (n = next_run(job, at, end, &run)); at = run + n) {
		if (core_write(job->wanted + run, run, n))
			return fail(EXIT_WRITE, "Write failed!");
	}
	if (!core_end())
		return fail(EXIT_PROGRESS, "progress of a write is wrong");
	print_time("write", since);
	return 0;
}

static int verify(const struct job *job)
{
	const unsigned int length = job->end - job->start;
	int status = read_range(job->old + job->start, job->start, length);

	if (!status && memcmp(job->old + job->start, job->wanted + job->start, length))
		return fail(EXIT_DIFFERS, "Verification FAILED!");
	if (!status)
		printf("VERIFIED.\n");
	return status;
}

static int write_job(const struct options *options, struct job *job)
{
	/* What an erase of whole sectors takes with it is written again. */
	const unsigned int first = job->start / SECTOR * SECTOR;
	const unsigned int last = (job->end + SECTOR - 1) / SECTOR * SECTOR;
	int status = read_range(job->old, 0, job->size);

	if (status)
		return status;
	memcpy(job->wanted, job->old, job->start);
	memcpy(job->wanted + job->end, job->old + job->end, job->size - job->end);
	status = erase_changed(options, job);
	if (!status)
		status = write_changed(job, first, job->start);
	if (!status)
		status = write_changed(job, job->start, job->end);
	if (!status)
		status = write_changed(job, job->end, last);
	if (status || options->no_verify)
		return status;
	return verify(job);
}

static int erase_job(const struct options *options, struct job *job)
{
	memset(job->old, 0, job->size);
	memset(job->wanted, 0xff, job->size);
	return erase_changed(options, job);
}

static int read_job(struct job *job, const char *path)
{
	const int status = read_range(job->old, 0, job->size);

	return status ? status : save(path, job->old, job->size);
}

/* ---- commands ---- */

static int parse_region(struct job *job, const char *start, const char *length)
{
	const unsigned long from = strtoul(start, NULL, 0), n = strtoul(length, NULL, 0);

	if (!n || from > job->size || n > job->size - from)
		return fail(EXIT_SETUP, "The region is not inside the flash.");
	job->start = (unsigned int)from;
	job->end = (unsigned int)(from + n);
	return 0;
}

static int run_command(const struct options *options, struct job *job, int argc, char **argv)
{
	const char *command = argv[0];
	int status = 0;

	if (!strcmp(command, "probe") && argc == 1)
		return 0;
	if (!strcmp(command, "erase") && argc == 1)
		return erase_job(options, job);
	if (!strcmp(command, "read") && argc == 2)
		return read_job(job, argv[1]);
	if (!strcmp(command, "region") && argc == 4)
		status = parse_region(job, argv[1], argv[2]);
	else if ((strcmp(command, "write") && strcmp(command, "verify")) || argc != 2)
		return fail(EXIT_SETUP, "No such command.");
	if (!status)
		status = load(argv[argc - 1], job->wanted, job->size);
	if (status)
		return status;
	return strcmp(command, "verify") ? write_job(options, job) : verify(job);
}

static int run_protected(const struct options *options, struct job *job, int argc, char **argv)
{
	const char *command = argv[0];
	const bool changes = strcmp(command, "probe") && strcmp(command, "read") && strcmp(command, "verify");
	int status = changes && !options->leave_protected ? unprotect() : 0;

	if (!status)
		status = run_command(options, job, argc, argv);
	if (protect_again() && !status)
		status = fail(EXIT_WRITE, "Protecting again failed.");
	return status;
}

static int work(const struct options *options, int argc, char **argv)
{
	struct job job = { .start = 0 };
	int status = probe(options, &job.size);

	if (status)
		return status;
	job.end = job.size;
	job.old = malloc(job.size);
	job.wanted = malloc(job.size);
	if (job.old && job.wanted)
		status = run_protected(options, &job, argc, argv);
	else
		status = fail(EXIT_SETUP, "Out of memory.");
	free(job.old);
	free(job.wanted);
	return status;
}

static int usage(void)
{
	return fail(EXIT_SETUP, "Usage: host [-p PARAMS] [-s PAGE_SIZE] [-n] [-u] [-v]\n"
		    "            probe | erase | read FILE | write FILE | verify FILE |\n"
		    "            region START LENGTH FILE");
}

int main(int argc, char **argv)
{
	struct options options = { .params = "", .page_size = 256 };
	unsigned int verbosity = 2;
	int option, status = EXIT_SETUP;

	while ((option = getopt(argc, argv, "p:s:nuv")) != -1) {
		switch (option) {
		case 'p': options.params = optarg; break;
		case 's': options.page_size = (unsigned int)strtoul(optarg, NULL, 0); break;
		case 'n': options.no_verify = true; break;
		case 'u': options.leave_protected = true; break;
		case 'v': verbosity++; break;
		default: return usage();
		}
	}
	if (optind == argc || !options.page_size || options.page_size > 256)
		return usage();
	core_verbosity(verbosity);
	if (!core_init(options.params))
		status = work(&options, argc - optind, argv + optind);
	core_shutdown();
	return status;
}
