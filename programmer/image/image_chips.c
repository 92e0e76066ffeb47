/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image_chips.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "image.h"
#include "image_cipher.h"

#define MIB (1u << 20)

#define T 0x1u
#define S 0x2u
#define U 0x4u
#define Q 0x8u
#define N 0x10u
#define M 0x20u
#define BL2028N 0x40u
#define BK7238 0x80u
#define BK7252 0x100u
#define BK7252N 0x200u
#define BK7236 0x400u
#define BK7258 0x800u
#define BK7271 0x1000u
#define ALL 0x1fffu

static const char *const chip_names[IMAGE_MAX_CHIPS] = {
	"BK7231T", "BK7231S", "BK7231U", "BK7231Q", "BK7231N", "BK7231M", "BL2028N",
	"BK7238",  "BK7252",  "BK7252N", "BK7236",  "BK7258",  "BK7271",
};

/* BK7231M and BL2028N are BK7231N by another name. */
#define LIKE_N (N | M | BL2028N)
/* Without a loader in ROM, so that their bootloaders need no mark for it. */
#define WITHOUT_ROM (T | S | U | Q | BK7252)
#define CORTEX_M (BK7236 | BK7258)

struct named {
	const char *name;
	uint32_t chips;
};

struct placed {
	uint32_t address, chips;
};

/* The mark at 0x110. */
static const struct named marks[] = {
	{ "BK7231", LIKE_N }, { "BK7238", BK7238 | BK7252N }, { "BK7236", CORTEX_M }, { "BK7271", BK7271 },
	{ NULL, 0 },
};

/* What bootloaders and applications call themselves; that of the BK7231T says S. */
static const struct named names[] = {
	{ "BK7231N", LIKE_N }, { "BK7231M", LIKE_N },  { "BK7231S", T | S },  { "BK7231T", T | S },
	{ "BK7231U", U },      { "BK7231Q", Q },       { "BK7238", BK7238 },  { "BK7251", BK7252 },
	{ "BK7252", BK7252 },  { "BK7252N", BK7252N }, { "BK7253", BK7252N }, { "BK7236", BK7236 },
	{ "BK7258", BK7258 },  { "BK7271", BK7271 },   { NULL, 0 },
};

/* Where the RF calibration is: openshwprojects/BK7231GUIFlashTool RFPartitionUtil.cs and testDumps,
 * libretiny-eu/libretiny boards, libretiny-eu/ltchiptool issue 34 (0x1f3000). At 0x1e0000 all have it that
 * run firmware of Beken's SDK with 2 MiB. */
static const struct placed rf_places[] = {
	{ 0x1d0000, LIKE_N },
	{ 0x1e0000, ALL & ~(CORTEX_M | BK7271) },
	{ 0x1e3000, BK7238 },
	{ 0x1f3000, S },
	{ 0x3fe000, BK7252 | CORTEX_M },
	{ 0x7fe000, BK7258 },
	{ 0, 0 },
};

/* Where the bootloader looks for an update; at 0x132000 most do. */
static const struct placed downloads[] = {
	{ 0x12a000, LIKE_N },
	{ 0x143000, BK7252 | BL2028N },
	{ 0x147000, BK7252 | BL2028N },
	{ 0x2ec000, BK7252 },
	{ 0, 0 },
};

const char *image_chip_name(size_t i)
{
	return i < IMAGE_MAX_CHIPS ? chip_names[i] : NULL;
}

void image_chips_text(uint32_t chips, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < IMAGE_MAX_CHIPS && used < size; i++) {
		if (chips >> i & 1)
			used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "",
						 chip_names[i]);
	}
}

/* 0: it is not in the table. */
static uint32_t chips_named(const struct named *table, const char *name)
{
	while (table->name && strcasecmp(table->name, name) != 0)
		table++;
	return table->chips;
}

static uint32_t chips_placed(const struct placed *table, uint32_t address)
{
	while (table->chips && table->address != address)
		table++;
	return table->chips;
}

uint32_t image_chips_named(const char *name)
{
	return chips_named(names, name);
}

static uint32_t chips_of_mark(const struct image_boot *boot)
{
	if (boot->mark[0])
		return chips_named(marks, boot->mark);
	return boot->key.known ? WITHOUT_ROM : ALL;
}

uint32_t image_boot_chips(const struct image_boot *boot)
{
	const uint32_t chips = chips_of_mark(boot), named = chips_named(names, boot->chip);

	return chips & named ? chips & named : chips;
}

/* ---- evidence ---- */

/* The strongest comes first. */
__attribute__((format(printf, 3, 4))) static void add(struct image_facts *facts, uint32_t chips,
						      const char *format, ...)
{
	struct image_evidence *evidence = &facts->evidence[facts->n_evidence];
	va_list args;

	if (!chips || chips == ALL || facts->n_evidence == IMAGE_MAX_EVIDENCE)
		return;
	va_start(args, format);
	vsnprintf(evidence->text, sizeof(evidence->text), format, args);
	va_end(args);
	evidence->chips = chips;
	evidence->contradicts = !(facts->candidates & chips);
	if (!evidence->contradicts)
		facts->candidates &= chips;
	facts->n_evidence++;
}

static void add_bootloader(struct image_facts *facts)
{
	const struct image_boot *boot = &facts->boot;

	if (boot->mark[0])
		add(facts, chips_of_mark(boot), "the mark at 0x110 is %s", boot->mark);
	else
		add(facts, chips_of_mark(boot), "the bootloader has no mark at 0x110");
	add(facts, chips_named(names, boot->chip), "the bootloader calls itself %s%s%s", boot->chip,
	    boot->version[0] ? " " : "", boot->version);
}

static enum image_cipher cipher_of(const struct image_facts *facts)
{
	for (size_t i = 0; i < facts->n_parts; i++) {
		if (facts->parts[i].present && facts->parts[i].vectors.cipher != IMAGE_CIPHER_UNKNOWN)
			return facts->parts[i].vectors.cipher;
	}
	return IMAGE_CIPHER_UNKNOWN;
}

/* Without encryption any may be, but for the BL2028N of one maker. */
static void add_key(struct image_facts *facts)
{
	const enum image_cipher cipher = cipher_of(facts);

	if (cipher == IMAGE_CIPHER_TUYA)
		add(facts, T | S | U | N | BK7252, "the code has the key of Tuya's modules");
	else if (cipher == IMAGE_CIPHER_UASCENT)
		add(facts, BL2028N, "the code has the key of Uascent's modules");
}

static uint32_t find_address(const struct image_facts *facts, enum image_area_type type)
{
	const struct image_area *area = image_area_first(facts->areas, facts->n_areas, type);

	return area ? facts->address + (uint32_t)area->offset : 0;
}

static void add_places(struct image_facts *facts)
{
	const uint32_t rf = find_address(facts, IMAGE_AREA_RF);
	const uint32_t openbeken = find_address(facts, IMAGE_AREA_OPENBEKEN);
	const struct image_boot_partition *download = image_boot_partition(&facts->boot, "download");

	add(facts, chips_placed(rf_places, rf), "the RF calibration is at 0x%06x", rf);
	if (!rf && openbeken)
		add(facts, chips_placed(rf_places, openbeken - IMAGE_SECTOR),
		    "the configuration of OpenBeken is at 0x%06x", openbeken);
	if (download)
		add(facts, chips_placed(downloads, download->offset),
		    "the bootloader looks for updates at 0x%06x", download->offset);
}

static void add_size(struct image_facts *facts)
{
	const uint32_t size = image_die_size(facts);

	if (size == 8 * MIB)
		add(facts, CORTEX_M, "the flash has 8 MiB");
	else if (size == 4 * MIB)
		add(facts, ALL & ~(T | S | U | Q), "the flash has 4 MiB");
}

/* The chips that the text of the application names, if these are not different ones. */
static void add_application(struct image_facts *facts, const uint8_t *data)
{
	static const char *const starts[] = { "BK7", "bk7" };
	const struct image_part *part = image_part_named(facts, "application");
	struct image_plain plain = { .address = IMAGE_APPLICATION / IMAGE_BLOCK_SIZE * IMAGE_BLOCK_DATA };
	char name[8] = "", found[8] = "";
	uint32_t chips = ALL;

	if (!part || part->vectors.cipher == IMAGE_CIPHER_UNKNOWN ||
	    part->vectors.cipher == IMAGE_CIPHER_UASCENT)
		return;
	plain.blocks = data + part->code.start;
	plain.n = part->code.used_end - part->code.start;
	plain.tuya = part->vectors.cipher == IMAGE_CIPHER_TUYA;
	for (size_t i = 0; i < 2; i++) {
		for (size_t at = 0; (at = image_plain_find(&plain, at, starts[i])) != IMAGE_PLAIN_NOWHERE;
		     at++) {
			uint32_t named;

			image_plain_read(&plain, at, (uint8_t *)name, sizeof(name) - 1);
			if (!isalpha((unsigned char)name[6]))
				name[6] = '\0';
			named = chips_named(names, name);
			if (!named)
				continue;
			chips &= named;
			strcpy(found, name);
		}
	}
	add(facts, chips, "the application names %s", found);
}

/* ---- family ---- */

static void set_family(struct image_facts *facts, const struct image_family *family,
		       enum image_family_source source)
{
	if (!family || facts->family)
		return;
	facts->family = family;
	facts->family_source = source;
}

static const struct image_family *family_from_areas(const struct image_facts *facts, enum image_area_type type,
						    uint32_t distance)
{
	for (size_t i = 0; i < facts->n_areas; i++) {
		const uint32_t address = facts->address + (uint32_t)facts->areas[i].offset;
		const struct image_family *family = image_family_with_rf_at(address - distance);

		if (facts->areas[i].type == type && family)
			return family;
	}
	return NULL;
}

/* OpenBeken's configuration comes right behind the RF calibration. */
void image_family_find(struct image_facts *facts)
{
	const struct image_boot *boot = &facts->boot;
	const struct image_boot_partition *download = image_boot_partition(boot, "download");

	set_family(facts, family_from_areas(facts, IMAGE_AREA_RF, 0), IMAGE_FAMILY_RF);
	set_family(facts, family_from_areas(facts, IMAGE_AREA_OPENBEKEN, IMAGE_SECTOR), IMAGE_FAMILY_OPENBEKEN);
	if (!strcmp(boot->mark, "BK7231") && (!download || download->offset == 0x12a000))
		set_family(facts, image_family_named("bk7231n"), IMAGE_FAMILY_BOOTLOADER);
	else if (!boot->mark[0] && (!boot->chip[0] || chips_named(names, boot->chip) & T) && boot->key.known &&
		 cipher_of(facts) == IMAGE_CIPHER_TUYA)
		set_family(facts, image_family_named("bk7231t"), IMAGE_FAMILY_BOOTLOADER);
}

void image_chips_find(struct image_facts *facts, const uint8_t *data)
{
	facts->candidates = ALL;
	facts->n_evidence = 0;
	add_bootloader(facts);
	add_key(facts);
	add_places(facts);
	add_size(facts);
	add_application(facts, data);
	/* The two have it at the same place. */
	if (facts->family_source == IMAGE_FAMILY_RF && facts->candidates == BK7252 &&
	    facts->family == image_family_named("bk7231t"))
		facts->family = image_family_named("bk7252-2m");
}

bool image_chips_are_of_family(const struct image_facts *facts)
{
	if (!facts->family)
		return false;
	if (facts->family_source == IMAGE_FAMILY_GIVEN)
		return true;
	for (size_t i = 0; i < IMAGE_MAX_CHIPS; i++) {
		if (facts->candidates >> i & 1 && !strstr(facts->family->chips, chip_names[i]))
			return false;
	}
	return true;
}
