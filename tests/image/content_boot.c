/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdbool.h>
#include <string.h>

#include "bytes.h"
#include "content.h"
#include "crc.h"

#define MARK_AT 0x100
#define ENTRY_SIZE 64
#define HEADER_SIZE 96

static size_t logical(size_t address)
{
	return address / 34 * 32;
}

void content_boot_name(uint8_t *out, size_t size, const struct layout *layout)
{
	if (layout->name_at + layout->name_size <= size)
		memcpy(out + layout->name_at, layout->name, layout->name_size);
}

/* tuya-cloudcutter/bk7231tools and protectivedad/beken_freertos_sdk have such bootloaders: an
 * entry is a magic, name, flash, place and length as the CPU sees them, and a CRC. */
static void put_entry(uint8_t *out, const struct partition *p)
{
	const char *name = p->kind == PARTITION_APPLICATION ? "app" : p->name;
	const bool coded = p->kind != PARTITION_DOWNLOAD;
	uint8_t *end;

	memset(out, 0, ENTRY_SIZE);
	memcpy(out, "01PE", 4);
	memcpy(out + 4, name, strlen(name));
	strcpy((char *)out + 28, coded ? "beken_onchip_crc" : "beken_onchip");
	end = put_le32(out + 52, (uint32_t)(coded ? logical(p->start) : p->start));
	end = put_le32(end, (uint32_t)(coded ? logical(p->end - p->start) : p->end - p->start));
	put_le32(end, crc32_zip(out, 60));
}

void content_boot_marks(uint8_t *out, size_t size, const struct layout *layout)
{
	size_t at = size;

	if (size < MARK_AT + 8 + LAYOUT_MAX * ENTRY_SIZE)
		return;
	if (layout->mark)
		memcpy(out + MARK_AT, layout->mark, 8);
	for (size_t i = 0; i < layout->n; i++) {
		const enum partition_kind kind = layout->partitions[i].kind;

		if (kind == PARTITION_BOOTLOADER || kind == PARTITION_APPLICATION || kind == PARTITION_DOWNLOAD)
			put_entry(out + (at -= ENTRY_SIZE), &layout->partitions[i]);
	}
}

void content_header(uint8_t *out, const char *name, const uint8_t *code, size_t size)
{
	memset(out, 0, HEADER_SIZE);
	memcpy(out, "RBL", 4);
	put_le32(out + 8, 1600000000);
	memcpy(out + 12, name, strlen(name));
	memcpy(out + 28, "1.00", 4);
	put_le32(out + 76, crc32_zip(code, size));
	put_le32(out + 80, 0x12345678);	/* its hash, which an update would have put there */
	put_le32(out + 84, (uint32_t)size);
	put_le32(out + 88, (uint32_t)size);
	put_le32(out + 92, crc32_zip(out, 92));
}
