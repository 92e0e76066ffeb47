/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "layout.h"

#define EXIT_USAGE 2
#define MAX_SIZE ((size_t)16 << 20)	/* the most that three address bytes reach */

static const char usage[] =
	"Usage: beken-mkimage [OPTION]... OUTPUT\n"
	"       beken-mkimage --check [--chip NAME] [--kind KIND] FILE\n"
	"\n"
	"Makes an image of the flash of a Beken chip: looks real, holds no real firmware.\n"
	"\n"
	"  --chip NAME    bk7231t (default), bk7231n, bl2028n, bk7238, bk7252, bk7252n\n"
	"  --size SIZE    size of the die in bytes, or with k or M behind it;\n"
	"                 default 2M, bk7252 4M\n"
	"  --seed N       another number, another image (0)\n"
	"  --kind KIND    full    the whole die (default)\n"
	"                 qio     bootloader and application, to be written to 0\n"
	"                 ua      the application, to be written to its partition\n"
	"                 empty   an erased die\n"
	"                 random  noise\n"
	"  --key KEY      of the code: none, tuya, uascent; default as the chip's, which\n"
	"                 is none but for bl2028n\n"
	"  --boot-key KEY of the bootloader, if it is not the same\n"
	"  --headers      RBL headers behind bootloader and application\n"
	"  --layout FILE  write the partitions of the die to FILE, for flashrom --layout\n"
	"  --check        check the CRCs of bootloader and application in FILE\n"
	"  --help         this text\n"
	"\n"
	"Exit status: 0; 1 if a file cannot be used or --check finds something bad;\n"
	"2 if the command line is wrong.\n";

struct options {
	const char *chip, *layout_path, *path;
	size_t size;	/* 0: as usual for the chip */
	uint64_t seed;
	enum image_kind kind;
	const struct cipher_key *key, *boot_key;	/* NULL: as usual for the chip */
	bool check, headers;
};

static void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void complain(const char *format, ...)
{
	va_list args;

	fputs("beken-mkimage: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/* ---- options ---- */

static int parse_number(const char *text, uint64_t *value, char **end)
{
	errno = 0;
	*value = strtoull(text, end, 0);
	return *text >= '0' && *text <= '9' && !errno ? 0 : -1;
}

static int parse_size(const char *text, size_t *size)
{
	uint64_t value;
	char *end;
	unsigned int shift = 0;

	if (!parse_number(text, &value, &end)) {
		if (*end == 'k' || *end == 'K')
			shift = 10;
		else if (*end == 'M')
			shift = 20;
		if (!end[shift != 0] && value && value <= MAX_SIZE >> shift) {
			*size = (size_t)value << shift;
			return 0;
		}
	}
	complain("--size takes 1 to 16M bytes, such as 65536, 512k or 2M, not \"%s\"", text);
	return -1;
}

static int parse_seed(const char *text, uint64_t *seed)
{
	char *end;

	if (!parse_number(text, seed, &end) && !*end)
		return 0;
	complain("--seed takes a number from 0 up, not \"%s\"", text);
	return -1;
}

static int parse_kind(const char *text, enum image_kind *kind)
{
	static const char *const names[] = { "full", "qio", "ua", "empty", "random" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], text))
			continue;
		*kind = (enum image_kind)i;
		return 0;
	}
	complain("--kind takes full, qio, ua, empty or random, not \"%s\"", text);
	return -1;
}

static int parse_chip(const char *text, const char **chip)
{
	char names[128];

	if (layout_usual_size(text)) {
		*chip = text;
		return 0;
	}
	layout_chips(names, sizeof(names));
	complain("--chip takes one of %s, not \"%s\"", names, text);
	return -1;
}

static int parse_key(const char *text, const struct cipher_key **key)
{
	*key = cipher_key_named(text);
	if (*key)
		return 0;
	complain("a key is none, tuya or uascent, not \"%s\"", text);
	return -1;
}

enum {
	OPT_CHIP = 256, OPT_SIZE, OPT_SEED, OPT_KIND, OPT_KEY, OPT_BOOT_KEY, OPT_HEADERS, OPT_LAYOUT, OPT_CHECK,
};

static const struct option long_options[] = {
	{ "chip", required_argument, NULL, OPT_CHIP },
	{ "size", required_argument, NULL, OPT_SIZE },
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "kind", required_argument, NULL, OPT_KIND },
	{ "layout", required_argument, NULL, OPT_LAYOUT },
	{ "check", no_argument, NULL, OPT_CHECK },
	{ "key", required_argument, NULL, OPT_KEY },
	{ "boot-key", required_argument, NULL, OPT_BOOT_KEY },
	{ "headers", no_argument, NULL, OPT_HEADERS },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static int parse_option(struct options *options, int option)
{
	switch (option) {
	case OPT_CHIP:
		return parse_chip(optarg, &options->chip);
	case OPT_SIZE:
		return parse_size(optarg, &options->size);
	case OPT_SEED:
		return parse_seed(optarg, &options->seed);
	case OPT_KIND:
		return parse_kind(optarg, &options->kind);
	case OPT_LAYOUT:
		options->layout_path = optarg;
		return 0;
	case OPT_KEY:
		return parse_key(optarg, &options->key);
	case OPT_BOOT_KEY:
		return parse_key(optarg, &options->boot_key);
	case OPT_HEADERS:
		options->headers = true;
		return 0;
	case OPT_CHECK:
		options->check = true;
		return 0;
	}
	return -1;	/* getopt_long() has complained */
}

static int check_options(const struct options *options)
{
	if (!options->check)
		return 0;
	if (options->size || options->layout_path || options->seed || options->key || options->boot_key ||
	    options->headers) {
		complain("--check goes with --chip and --kind only");
		return -1;
	}
	if (options->kind == IMAGE_EMPTY || options->kind == IMAGE_RANDOM) {
		complain("an image of this kind has no CRCs to check");
		return -1;
	}
	return 0;
}

/* Returns 0, 1 for --help, or -1. */
static int parse(struct options *options, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
		if (option == 'h')
			return 1;
		if (parse_option(options, option))
			return -1;
	}
	if (argc - optind != 1) {
		complain(optind == argc ? "no file given" : "more than one file given");
		return -1;
	}
	options->path = argv[optind];
	return check_options(options);
}

/* ---- files ---- */

static int write_file(const char *path, const uint8_t *data, size_t n)
{
	FILE *file = fopen(path, "wb");
	bool bad;

	if (!file) {
		complain("%s: %s", path, strerror(errno));
		return -1;
	}
	bad = fwrite(data, 1, n, file) != n;
	bad |= fclose(file) != 0;
	if (bad)
		complain("%s: could not be written: %s", path, strerror(errno));
	return bad ? -1 : 0;
}

static int write_layout(const char *path, const struct layout *layout)
{
	FILE *file = fopen(path, "w");
	bool bad;

	if (!file) {
		complain("%s: %s", path, strerror(errno));
		return -1;
	}
	layout_print(layout, file);
	bad = ferror(file);
	bad |= fclose(file) != 0;
	if (bad)
		complain("%s: could not be written: %s", path, strerror(errno));
	return bad ? -1 : 0;
}

/* Returns the number of bytes, 1 to size, or 0 after a complaint. */
static size_t read_file(const char *path, uint8_t *data, size_t size)
{
	FILE *file = fopen(path, "rb");
	size_t n;
	bool more, bad;

	if (!file) {
		complain("%s: %s", path, strerror(errno));
		return 0;
	}
	n = fread(data, 1, size, file);
	more = n == size && getc(file) != EOF;
	bad = ferror(file);
	if (bad)
		complain("%s: %s", path, strerror(errno));
	else if (!n)
		complain("%s is empty", path);
	else if (more)
		complain("%s is larger than any of these dies", path);
	fclose(file);
	return bad || more ? 0 : n;
}

/* ---- the two jobs ---- */

static int make(const struct options *options, uint8_t *die)
{
	const size_t size = options->size ? options->size : layout_usual_size(options->chip);
	struct layout layout;
	size_t start, end;

	layout_get(&layout, options->chip, size);
	if (options->key)
		layout.key = layout.boot_key = options->key;
	if (options->boot_key)
		layout.boot_key = options->boot_key;
	layout.headers = options->headers;
	if (image_make(die, size, &layout, options->kind, options->seed, &start, &end)) {
		complain("a die of %zu bytes has no room for an application", size);
		return EXIT_USAGE;
	}
	if (write_file(options->path, die + start, end - start))
		return EXIT_FAILURE;
	if (options->layout_path && write_layout(options->layout_path, &layout))
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

static int check(const struct options *options, uint8_t *file)
{
	const size_t n = read_file(options->path, file, MAX_SIZE);
	struct layout layout;
	char report[256];

	if (!n)
		return EXIT_FAILURE;
	layout_get(&layout, options->chip, n);
	if (!image_check(file, n, &layout, options->kind, report, sizeof(report))) {
		complain("%s: %s", options->path, report);
		return EXIT_FAILURE;
	}
	printf("%s: %s\n", options->path, report);
	return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct options options = { .chip = "bk7231t" };
	uint8_t *buffer;
	int status;

	switch (parse(&options, argc, argv)) {
	case 1:
		fputs(usage, stdout);
		return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
	case -1:
		fputs("Try `beken-mkimage --help`.\n", stderr);
		return EXIT_USAGE;
	}
	buffer = malloc(MAX_SIZE);
	if (!buffer) {
		complain("out of memory");
		return EXIT_FAILURE;
	}
	status = options.check ? check(&options, buffer) : make(&options, buffer);
	free(buffer);
	return status;
}
