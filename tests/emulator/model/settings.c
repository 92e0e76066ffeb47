/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum type {
	T_ENUM,		/* int; values separated by '|' */
	T_INT,		/* int64_t */
	T_MS, T_US,	/* int64_t ns, decimals allowed */
	T_RATIO,	/* double, "0.25" or "1/4" */
	T_HEX,		/* int64_t, no 0x needed; "none" is 0 */
	T_TEXT, T_PORTS, T_MS_RANGE, T_USB_ID,
};

struct setting {
	const char *name;	/* NULL: only a heading, in meaning */
	enum type type;
	size_t offset;
	int64_t min, max;
	const char *values;	/* T_ENUM: all allowed; others: for the help */
	const char *preset;	/* NULL: from the chip, or shown says from where */
	const char *meaning;
	const char *shown;
};

#define AT(field) offsetof(struct settings, field)
#define HEADING(text) { .meaning = text }
#define ENUM(name, values, preset, meaning) \
	{ #name, T_ENUM, AT(name), 0, 0, values, preset, meaning, preset }
#define ENUM_AT(name, field, values, preset, meaning) \
	{ #name, T_ENUM, AT(field), 0, 0, values, preset, meaning, preset }
#define INT(name, min, max, preset, meaning) \
	{ #name, T_INT, AT(name), min, max, #min ".." #max, preset, meaning, preset }
#define COUNT(name, preset, meaning) \
	{ #name, T_INT, AT(name), 0, 1000000000, "N, 0 = never", preset, meaning, preset }
#define MS(name, field, preset, meaning) \
	{ #name, T_MS, AT(field), 0, 86400000, "ms", preset, meaning, preset }
#define US(name, field, preset, meaning) \
	{ #name, T_US, AT(field), 0, 100000000, "us", preset, meaning, preset }
#define HEX(name, max, preset, meaning) \
	{ #name, T_HEX, AT(name), 0, max, "hex", preset, meaning, preset }

static const struct setting table[] = {
	HEADING("USB device"),
	ENUM(usb_mode, "spi|serial", "spi", "strapping: 1a86:5512 or 1a86:5523"),
	{ "usb_id", T_USB_ID, AT(usb_id), 0, 0, "VID:PID", NULL,
	  "another ID before the same CH341A", "usb_mode" },
	INT(usb_bus, 1, 255, "1", "bus number"),
	{ "usb_address", T_INT, AT(usb_address), 1, 127, "1..127", NULL,
	  "device address; N is the number of the device", "N+4" },
	{ "usb_ports", T_PORTS, AT(usb_ports), 0, 0, "P[.P...]", NULL,
	  "port path below the bus, such as 2.1", "N+1" },
	{ "usb_serial", T_TEXT, AT(usb_serial), 0, 31, "text", "",
	  "serial number string; empty: the device has none", "-" },
	ENUM(usb_product, "none|lpt", "none", "no strings and 96 mA, or \"USB UART-LPT\" and 100 mA"),
	ENUM(usb_access, "ok|denied|busy", "ok", "opening denied; interface held by another program"),
	ENUM(usb_kernel_driver, "none|spi-ch341|usbserial", "none", "kernel driver bound at the start"),
	HEX(usb_version, 0xffff, "30", "answer to vendor request 5F, low byte first"),

	HEADING("USB timing and buffers"),
	US(latency_us, latency, "50", "a URB touches the bus this long after it was submitted"),
	US(host_floor_us, host_floor, "0", "slow host: least time of an OUT+IN packet pair"),
	INT(sck_khz, 100, 12000, "1500", "SPI clock"),
	ENUM(in_overlap, "no|yes", "no", "answers travel while the next packet is executed"),
	INT(in_buffer_packets, 1, 1000, "4", "answers kept until OUT packets are refused (NAK)"),
	ENUM(in_buffer_strict, "no|yes", "no", "one answer too many wedges the chip until reset, B1 or B2"),
	ENUM(buffer_clear, "no|yes", "yes", "vendor requests B1 and B2 clear the answers"),
	ENUM_AT(uio_in, uio_in_silent, "answered|silent", "answered",
		"whether reading the pins in an AB packet gives an answer"),
	US(uio_in_us, uio_in_time, "1", "how long reading the pins takes in it"),
	ENUM_AT(frame_order, frame_overtakes, "strict|overtakes", "strict",
		"overtakes: SPI bytes wait in a queue that other packets pass"),
	ENUM_AT(answers, answers_joined, "split|joined", "split",
		"joined: unread answers of up to 31 bytes come as one"),
	ENUM(overflow_keeps, "no|yes", "yes", "an answer too long for its URB stays in the chip"),

	HEADING("USB faults (N counts from 1, for each device)"),
	COUNT(unplug_at_transfer, "0", "unplugged when URB N is submitted"),
	MS(unplug_at_ms, unplug_at, "0", "unplugged at this time, 0 = never"),
	COUNT(short_reply_at, "0", "IN packet N is one byte short"),
	COUNT(empty_reply_at, "0", "IN packet N is empty"),
	COUNT(drop_reply_at, "0", "IN packet N is lost"),
	COUNT(late_reply_at, "0", "IN packet N is late"),
	MS(late_reply_ms, late_reply, "100", "how late"),
	COUNT(extra_reply_at, "0", "IN packet N is followed by a stale one"),
	COUNT(stale_at_open, "0", "so many stale IN packets wait at the start"),
	COUNT(stall_out_at, "0", "bulk OUT URB N stalls; endpoint halted until cleared"),
	COUNT(stall_in_at, "0", "bulk IN URB N stalls; endpoint halted until cleared"),
	{ "host_stall_ms", T_MS_RANGE, AT(host_stall), 0, 60000, "LO:HI ms", "5:60",
	  "length of a host stall, drawn from the seed", "5:60" },
	COUNT(host_stall_every, "0", "each Nth URB is held up by a host stall"),

	HEADING("Beken chip"),
	ENUM(soc, "none|beken", NULL, "what stands between the board and the die"),
	ENUM(soc_state, "boot|flash|window", "boot", "state at time 0; window: power has just come"),
	MS(off_ms, off, "0", "how long CEN must be low until the chip is off (charge of its supply)"),
	MS(start_ms, start, "2", "from CEN high to the first D2"),
	MS(window_ms, window, "53", "from CEN high to the end of the window"),
	INT(accept_bytes, 1, 1000, "1", "D2 bytes needed, with CS low"),
	{ "accept_probability", T_RATIO, AT(accept_probability), 0, 1, "0..1 or A/B", "1",
	  "chance that a window accepts at all", "1" },
	MS(flash_ready_ms, flash_ready, "40", "from acceptance to the first die access"),
	INT(flash_ready_bytes, 0, 100000, "0", "bytes that must be clocked besides"),
	ENUM_AT(first_byte, first_byte_52, "d2|52", "d2", "first byte of the window (52: a lost bit)"),
	INT(stream_offset_bits, 0, 7, "0", "the D2 stream is ahead of the byte grid by so many bits"),
	ENUM(residue, "none|d2|ff|00", "none", "first byte of the frames after acceptance"),
	INT(residue_frames, 0, 100000, "1", "so many frames have it; 0 = all until the die answers"),
	ENUM_AT(miso_window, miso_hidden, "driven|hidden", "driven", "whether the D2 stream can be seen"),
	ENUM(boot_miso, "idle|random|00", "idle", "MISO while the firmware runs"),
	ENUM_AT(spi_mode3, spi_mode3_ignored, "works|ignored", "works",
		"other masters in SPI mode 3: heard in the window, or not"),
	ENUM(fused, "no|yes", "no", "download mode disabled by eFuse"),
	MS(boot_ms, boot, "300", "from the end of the window until the firmware sets the protection"),
	ENUM(firmware_protects, "no|yes", "yes", "the firmware does so (not from a blank die)"),
	{ "firmware_sr_count", T_INT, AT(firmware_sr_count), 1, 2, "1..2", NULL,
	  "status registers that the firmware writes", NULL },
	INT(id_zero_reads, 0, 100000, "0", "so many 9F frames after each power-up give 00 00 00"),

	HEADING("Wires and power"),
	ENUM(wire_cen, "ok|open", "ok", "D2 to CEN"),
	ENUM(wire_miso, "ok|open|stuck0|stuck1", "ok", "chip to D7"),
	ENUM(wire_mosi, "ok|open", "ok", "D5 to chip"),
	ENUM(wire_cs, "ok|open", "ok", "D0 to chip"),
	ENUM(wire_sck, "ok|open", "ok", "D3 to chip"),
	ENUM(wire_swap, "no|yes|d2", "no", "MOSI and MISO swapped; d2: the D2 stream is seen all the same"),
	ENUM_AT(idle_level, idle_level_00, "ff|00", "ff", "MISO when nothing drives it"),
	ENUM(cen_pullup, "no|yes", "yes", "pull-up on CEN (10 kOhm)"),
	INT(cen_nf, 0, 10000000, "0", "capacitor at CEN in nF: slow for the chip and for D2 as an input"),
	ENUM(d2_pullup, "no|yes", "yes", "the CH341A pulls an input D2 up by itself, weakly"),
	ENUM_AT(power, power_off, "on|off", "on", "supply of the chip"),
	ENUM_AT(supply, supply_usb, "external|usb", NULL, "usb: the chip loses power when unplugged"),
	ENUM_AT(flash, flash_absent, "present|absent", "present", "absent: accepted, but no die answers"),
	ENUM_AT(absent_level, absent_level_ff, "00|ff", "00", "MISO of an absent die"),
	COUNT(bit_error_every, "0", "each Nth byte read has one wrong bit"),
	INT(miso_max_khz, 0, 12000, "0", "bad wire: faster, one MISO edge in four comes a bit late; 0 = good"),
	ENUM(loopback, "no|yes", "no", "D5 and D7 are joined, and nothing else is connected"),

	HEADING("Flash die"),
	HEX(jedec_id, 0xffffff, NULL, "three bytes"),
	HEX(res_id, 0xff, NULL, "device id of AB and 90"),
	{ "size", T_INT, AT(size), 65536, 268435456, "bytes, power of two", NULL, "die size", NULL },
	ENUM(sfdp, "no|yes", NULL, "answers 5A"),
	{ "protect", T_HEX, AT(protect), 0, 0xffff, "none or hex, SR2 high", NULL,
	  "status at the start and what the firmware sets", NULL },
	HEX(sr1, 0xff, NULL, "status register 1 at the start, instead of protect"),
	HEX(sr2, 0xff, NULL, "status register 2 at the start, instead of protect"),
	HEX(sr3, 0xff, NULL, "status register 3 at the start"),
	{ "sr_count", T_INT, AT(sr_count), 1, 3, "1..3", NULL, "status registers", NULL },
	ENUM_AT(sr2_at, sr2_at_15, "35|15", NULL, "opcode that reads the second register"),
	ENUM_AT(sr2_absent, sr2_absent_sr1, "idle|sr1", "idle", "35 on a die with one register"),
	ENUM(bp_decode, "winbond|gd|eon|eon-4kbl|mx|winbond-4bp", NULL, "meaning of the block protection bits"),
	ENUM_AT(wrsr_one_byte, wrsr_clears_sr2, "keeps|clears", NULL, "01 with one byte: what happens to SR2"),
	ENUM(wrsr_two_byte, "no|yes", NULL, "01 with two bytes is accepted"),
	ENUM(wrsr_31, "no|yes", NULL, "31 writes SR2"),
	ENUM(wrsr_50, "no|yes", NULL, "50 allows a volatile status write"),
	ENUM_AT(wp_pin, wp_low, "high|low", "high", "WP#"),
	US(tpp_us, t_pp, NULL, "page program"),
	MS(tse_ms, t_se, NULL, "4 KiB erase"),
	MS(tbe32_ms, t_be32, NULL, "32 KiB erase"),
	MS(tbe64_ms, t_be64, NULL, "64 KiB erase"),
	MS(tce_ms, t_ce, NULL, "chip erase"),
	MS(tw_ms, t_w, NULL, "status write"),
	ENUM(wip_stuck, "never|program|erase|status", "never", "WIP that never clears, after which operation"),
	INT(wip_stuck_after, 1, 1000000, "1", "from the Nth such operation on"),
	COUNT(program_refused_at, "0", "program N does nothing"),
	COUNT(erase_fails_at, "0", "erase N does nothing"),
	ENUM(fill, "random|ff|firmware-like", "random", "content at the start"),
};

#define N_SETTINGS (sizeof(table) / sizeof(table[0]))

bool settings_parse_int(const char *text, int64_t min, int64_t max, int64_t *value)
{
	char *end;
	long long parsed;

	if (!*text || strspn(text, "0123456789") != strlen(text))
		return false;
	errno = 0;
	parsed = strtoll(text, &end, 10);
	if (errno || parsed < min || parsed > max)
		return false;
	*value = parsed;
	return true;
}

static bool parse_decimal(const char *text, double *value)
{
	char *end;

	if (!*text || strspn(text, "0123456789.") != strlen(text))
		return false;
	*value = strtod(text, &end);
	return !*end;
}

static bool parse_time(const char *text, const struct setting *s, double unit, int64_t *ns)
{
	double value;

	if (!parse_decimal(text, &value) || value < (double)s->min || value > (double)s->max)
		return false;
	*ns = (int64_t)(value * unit + 0.5);
	return true;
}

static bool parse_ratio(const char *text, double *ratio)
{
	const char *slash = strchr(text, '/');
	char above[32];
	double a, b = 1;

	if (slash) {
		if ((size_t)(slash - text) >= sizeof(above) || !parse_decimal(slash + 1, &b))
			return false;
		memcpy(above, text, (size_t)(slash - text));
		above[slash - text] = 0;
		text = above;
	}
	if (!parse_decimal(text, &a) || b <= 0 || a > b)
		return false;
	*ratio = a / b;
	return true;
}

static bool parse_hex(const char *text, const struct setting *s, int64_t *value)
{
	if (!strcasecmp(text, "none")) {
		*value = 0;
		return true;
	}
	if (!strncasecmp(text, "0x", 2))
		text += 2;
	if (!*text || strlen(text) > 8 ||
	    strspn(text, "0123456789abcdefABCDEF") != strlen(text))
		return false;
	*value = strtoll(text, NULL, 16);
	return *value <= s->max;
}

static bool parse_enum(const char *text, const char *values, int *index)
{
	size_t length = strlen(text);

	for (*index = 0; values; (*index)++) {
		const char *bar = strchr(values, '|');
		size_t n = bar ? (size_t)(bar - values) : strlen(values);

		if (n == length && !strncasecmp(values, text, n))
			return true;
		values = bar ? bar + 1 : NULL;
	}
	return false;
}

static bool parse_ports(const char *text, struct settings *settings)
{
	uint8_t ports[sizeof(settings->usb_ports)];
	unsigned int n = 0;

	while (n < sizeof(ports)) {
		char *end;
		long port;

		if (*text < '0' || *text > '9')
			return false;
		port = strtol(text, &end, 10);
		if (port < 1 || port > 255)
			return false;
		ports[n++] = (uint8_t)port;
		if (!*end) {
			memcpy(settings->usb_ports, ports, n);
			settings->usb_n_ports = n;
			return true;
		}
		if (*end != '.')
			return false;
		text = end + 1;
	}
	return false;
}

static bool parse_range(const char *text, const struct setting *s, int64_t range[2])
{
	const char *colon = strchr(text, ':');
	char low[32];

	if (!colon || (size_t)(colon - text) >= sizeof(low))
		return false;
	memcpy(low, text, (size_t)(colon - text));
	low[colon - text] = 0;
	return parse_time(low, s, 1e6, &range[0]) && parse_time(colon + 1, s, 1e6, &range[1]) &&
	       range[0] <= range[1];
}

/* Four hex digits, a colon, four hex digits. */
static bool parse_usb_id(const char *text, int64_t *id)
{
	static const char digits[] = "0123456789abcdefABCDEF";

	if (strlen(text) != 9 || strspn(text, digits) != 4 || text[4] != ':' || strspn(text + 5, digits) != 4)
		return false;
	*id = strtoll(text, NULL, 16) << 16 | strtoll(text + 5, NULL, 16);
	return true;
}

static bool parse_text(const char *text, const struct setting *s, char *field)
{
	if (strlen(text) > (size_t)s->max)
		return false;
	for (const char *c = text; *c; c++)
		if (*c < 0x20 || *c > 0x7e)
			return false;
	strcpy(field, text);
	return true;
}

static bool parse(struct settings *settings, const struct setting *s, const char *text)
{
	void *field = (char *)settings + s->offset;

	switch (s->type) {
	case T_ENUM:
		return parse_enum(text, s->values, field);
	case T_INT:
		return settings_parse_int(text, s->min, s->max, field);
	case T_MS:
		return parse_time(text, s, 1e6, field);
	case T_US:
		return parse_time(text, s, 1e3, field);
	case T_RATIO:
		return parse_ratio(text, field);
	case T_HEX:
		return parse_hex(text, s, field);
	case T_TEXT:
		return parse_text(text, s, field);
	case T_PORTS:
		return parse_ports(text, settings);
	case T_MS_RANGE:
		return parse_range(text, s, field);
	case T_USB_ID:
		return parse_usb_id(text, field);
	}
	return false;
}

static const struct setting *find(const char *key)
{
	for (size_t i = 0; i < N_SETTINGS; i++)
		if (table[i].name && !strcmp(table[i].name, key))
			return &table[i];
	return NULL;
}

/* "what=ever: allowed is ..." needs the units and the limits of each type. */
static void describe(const struct setting *s, char *text, size_t size)
{
	switch (s->type) {
	case T_MS:
	case T_US:
		snprintf(text, size, "a number of %s, 0..%lld", s->values, (long long)s->max);
		break;
	case T_HEX:
		snprintf(text, size, "none or a hex number, 0..%llx", (long long)s->max);
		break;
	case T_TEXT:
		snprintf(text, size, "at most %lld printable characters", (long long)s->max);
		break;
	case T_PORTS:
		snprintf(text, size, "up to 7 port numbers 1..255 with dots between them");
		break;
	case T_USB_ID:
		snprintf(text, size, "two hex numbers of four digits with a colon, such as 1a86:55db");
		break;
	case T_MS_RANGE:
		snprintf(text, size, "%s, each 0..%lld", s->values, (long long)s->max);
		break;
	case T_INT:
		snprintf(text, size, "%s, %lld..%lld", s->values, (long long)s->min,
			 (long long)s->max);
		break;
	case T_ENUM:
	case T_RATIO:
		snprintf(text, size, "%s", s->values);
		break;
	}
}

int settings_apply(struct settings *settings, const char *key, const char *value, char *err,
		   size_t err_size)
{
	const struct setting *s = find(key);
	struct settings scratch = *settings;
	char allowed[128];

	if (!s) {
		snprintf(err, err_size, "There is no setting \"%s\"; see the list of settings.", key);
		return -1;
	}
	if (!parse(&scratch, s, value) || (scratch.size & (scratch.size - 1))) {
		describe(s, allowed, sizeof(allowed));
		snprintf(err, err_size, "%s=%s: allowed is %s.", key, value, allowed);
		return -1;
	}
	*settings = scratch;
	return 0;
}

void settings_apply_own(struct settings *settings, const char *list)
{
	char copy[512], err[256], *rest = copy;

	assert(strlen(list) < sizeof(copy));
	strcpy(copy, list);
	for (char *word; (word = strsep(&rest, " ")) != NULL;) {
		char *equals = strchr(word, '=');

		if (!*word)
			continue;
		assert(equals);
		*equals = 0;
		if (settings_apply(settings, word, equals + 1, err, sizeof(err))) {
			fprintf(stderr, "%s\n", err);
			abort();
		}
	}
}

void settings_defaults(struct settings *settings, unsigned int dev)
{
	memset(settings, 0, sizeof(*settings));
	/* A power of two from the start: settings_apply() checks it always. */
	settings->size = 65536;
	settings->usb_id = SETTING_UNSET;
	settings->sr1 = settings->sr2 = settings->sr3 = SETTING_UNSET;
	settings->usb_address = 4 + dev;
	settings->usb_ports[0] = (uint8_t)(1 + dev);
	settings->usb_n_ports = 1;
	for (size_t i = 0; i < N_SETTINGS; i++)
		if (table[i].name && table[i].preset && !parse(settings, &table[i], table[i].preset))
			abort();
}

void settings_print_line(FILE *out, const char *name, const char *values, const char *preset,
			 const char *meaning)
{
	fprintf(out, "  %-19s %-26s %-9s %s\n", name, values, preset, meaning);
}

void settings_print(FILE *out)
{
	for (size_t i = 0; i < N_SETTINGS; i++) {
		const struct setting *s = &table[i];

		if (!s->name)
			fprintf(out, "%s\n", s->meaning);
		else
			settings_print_line(out, s->name, s->values,
					    s->shown ? s->shown : "(chip)", s->meaning);
	}
}
