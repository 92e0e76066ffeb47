/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that people take for an image of the flash. */
#include "image.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/*
 * A wrong match refuses somebody's own data, so each format is known by at least
 * 32 bits that random data do not have.
 */
struct mark {
	size_t at, n;
	const char *bytes;
};

/* All marks must be there, or the test be true. */
struct known {
	struct image_format format;
	bool (*test)(const uint8_t *data, size_t n);
	struct mark marks[2];
};

/* ---- tests ---- */

/* Two digits in hexadecimal; -1: they are none. */
static int hex_byte(const uint8_t *text)
{
	const char digits[3] = { (char)text[0], (char)text[1] };

	return isxdigit(text[0]) && isxdigit(text[1]) ? (int)strtoul(digits, NULL, 16) : -1;
}

/* Adds up the bytes of a line of `head` other characters and then hexadecimal digits;
 * -1: it is no such line, or does not have `extra` bytes more than it says. */
static int sum_of_line(const uint8_t *data, size_t n, size_t head, int extra)
{
	const int length = n >= head + 2 ? hex_byte(data + head) : -1;
	const size_t end = head + 2 * (size_t)(length + extra);
	int sum = 0;

	if (length < 0 || n <= end || (data[end] != '\r' && data[end] != '\n'))
		return -1;
	for (size_t at = head; at < end; at += 2) {
		const int byte = hex_byte(data + at);

		if (byte < 0)
			return -1;
		sum += byte;
	}
	return sum & 0xff;
}

static bool is_intel_hex(const uint8_t *data, size_t n)
{
	return n && data[0] == ':' && sum_of_line(data, n, 1, 5) == 0;
}

static bool is_srecord(const uint8_t *data, size_t n)
{
	return n > 1 && data[0] == 'S' && isdigit(data[1]) && sum_of_line(data, n, 2, 1) == 0xff;
}

static bool is_gzip(const uint8_t *data, size_t n)
{
	/* Deflate; no reserved flag; speed and system that exist (RFC 1952) */
	return n >= 18 && !memcmp(data, "\x1f\x8b\x08", 3) && !(data[3] & 0xe0) &&
	       (data[8] == 0 || data[8] == 2 || data[8] == 4) && (data[9] <= 13 || data[9] == 255);
}

static bool is_jpeg(const uint8_t *data, size_t n)
{
	return n >= 20 && !memcmp(data, "\xff\xd8\xff", 3) &&
	       (!memcmp(data + 6, "JFIF", 5) || !memcmp(data + 6, "Exif", 5));
}

static bool is_page(const uint8_t *data, size_t n)
{
	static const char *const starts[] = { "<!doctype", "<html", "<?xml", "<head>" };
	size_t at = n >= 3 && !memcmp(data, "\xef\xbb\xbf", 3) ? 3 : 0;

	while (at < n && isspace(data[at]))
		at++;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		const size_t length = strlen(starts[i]);

		if (n - at >= length && !strncasecmp((const char *)data + at, starts[i], length))
			return true;
	}
	return false;
}

/* The description of an application, or a table of partitions with two entries (ESP-IDF:
 * esp_app_desc.h, esp_flash_partitions.h). The first byte alone says nothing. */
#define ESP_MAGIC 0xe9
#define ESP_DESCRIPTION 0x20
#define ESP_BOOTLOADER 0x1000 /* of the first of these chips */
#define ESP_TABLE 0x8000
#define ESP_ENTRY 0x20

static bool is_esp(const uint8_t *data, size_t n)
{
	if (n >= ESP_DESCRIPTION + 4 && data[0] == ESP_MAGIC &&
	    !memcmp(data + ESP_DESCRIPTION, "\x32\x54\xcd\xab", 4))
		return true;
	return n >= ESP_TABLE + 2 * ESP_ENTRY && (data[0] == ESP_MAGIC || data[ESP_BOOTLOADER] == ESP_MAGIC) &&
	       !memcmp(data + ESP_TABLE, "\xaa\x50", 2) && !memcmp(data + ESP_TABLE + ESP_ENTRY, "\xaa\x50", 2);
}

/* Smaller than any flash, and nothing but characters. */
#define SHORTEST_TEXT 8
#define LONGEST_TEXT ((size_t)256 << 10)

static bool is_text(const uint8_t *data, size_t n)
{
	if (n < SHORTEST_TEXT || n > LONGEST_TEXT)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!isprint(data[i]) && !isspace(data[i]))
			return false;
	}
	return true;
}

/* ---- formats ---- */

#define UNPACK "Unpack it, and take the image that is in it."
#define DOWNLOAD "Download the firmware itself: on GitHub from a release, or by the button \"Raw\"."
#define OTHER "Take the file of the firmware, whose name says QIO or UA."
#define UPDATE                                                                                                 \
	"The device's own firmware installs it; for the programmer take the file whose name says QIO or UA."
#define PIECES "It cannot be written as it is: take an image of the whole flash."

static const struct known formats[] = {
	{ { "elf", "an ELF file (a program with debugging data)",
	    "Take the image that was made from it, in the same folder." },
	  .marks = { { 0, 4, "\177ELF" } } },
	{ { "hex", "an Intel HEX file", "Convert it: objcopy -I ihex -O binary FILE.hex FILE.bin" },
	  .test = is_intel_hex },
	{ { "srec", "a Motorola S-record file", "Convert it: objcopy -I srec -O binary FILE.srec FILE.bin" },
	  .test = is_srecord },
	{ { "zip", "a ZIP archive", UNPACK }, .marks = { { 0, 4, "PK\3\4" } } },
	{ { "gzip", "a file compressed by gzip", UNPACK }, .test = is_gzip },
	{ { "xz", "a file compressed by xz", UNPACK }, .marks = { { 0, 6, "\3757zXZ" } } },
	{ { "7z", "a 7z archive", UNPACK }, .marks = { { 0, 6, "7z\xbc\xaf\x27\x1c" } } },
	{ { "rar", "a RAR archive", UNPACK }, .marks = { { 0, 6, "Rar!\x1a\7" } } },
	{ { "tar", "a tar archive", UNPACK }, .marks = { { 257, 5, "ustar" } } },
	{ { "html", "a web page", DOWNLOAD }, .test = is_page },
	{ { "git-lfs", "a pointer of Git LFS in place of a file", DOWNLOAD },
	  .marks = { { 0, 23, "version https://git-lfs" } } },
	{ { "tuya-ug", "a Tuya update (UG)", UPDATE },
	  .marks = { { 0, 4, "\x55\xaa\x55\xaa" }, { 0x1c, 4, "\xaa\x55\xaa\x55" } } },
	{ { "bkdl", "a Beken package for secure boot (BKDLV10)", PIECES }, .marks = { { 0, 8, "BKDLV10." } } },
	{ { "bkdl", "a Beken package for secure boot (BL1DLV10)", PIECES }, .marks = { { 0, 8, "BL1DLV10" } } },
	{ { "bkdl-update", "a Beken update (BL2DLV10)", UPDATE }, .marks = { { 0, 8, "BL2DLV10" } } },
	{ { "bkdl-update", "a Beken update (BK723658)", UPDATE }, .marks = { { 0, 8, "BK723658" } } },
	{ { "png", "a PNG picture", OTHER }, .marks = { { 0, 8, "\x89PNG\r\n\x1a\n" } } },
	{ { "jpeg", "a JPEG picture", OTHER }, .test = is_jpeg },
	{ { "pdf", "a PDF document", OTHER }, .marks = { { 0, 5, "%PDF-" } } },
	{ { "esp", "firmware for an ESP32", "No Beken chip runs it: take a build for this chip." },
	  .test = is_esp },
	{ { "text", "a text file", DOWNLOAD }, .test = is_text },
};

static bool matches(const struct known *known, const uint8_t *data, size_t n)
{
	if (known->test)
		return known->test(data, n);
	for (size_t i = 0; i < 2; i++) {
		const struct mark *mark = &known->marks[i];

		if (mark->n && (mark->at + mark->n > n || memcmp(data + mark->at, mark->bytes, mark->n)))
			return false;
	}
	return true;
}

const struct image_format *image_format_find(const uint8_t *data, size_t n)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (matches(&formats[i], data, n))
			return &formats[i].format;
	}
	return NULL;
}
