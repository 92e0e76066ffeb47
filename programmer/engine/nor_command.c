/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor_command.h"

#include <string.h>

#define ADDRESS_BYTES 3

/* Opcodes of flashrom's and flashprog's spi25.c, spi25_statusreg.c, at45db.c and flashchips.c. An
 * address of 3 bytes has 4 in 4-byte mode. A foreign write is one only with its address, apart
 * from 62: without it 50 is a write enable, and 38 switches to four lines. */
static const struct meaning {
	enum nor_kind kind;
	unsigned int address_bytes;
	int64_t limit_ms;
	const char *opcodes;
} meanings[] = {
	{ NOR_KIND_READ, 3, 0, "\x03\x0b" },
	{ NOR_KIND_READ, 4, 0, "\x13\x0c" },
	{ NOR_KIND_READ_ID, 0, 0, "\x9f" },
	{ NOR_KIND_READ_SFDP, 3, 0, "\x5a" },
	{ NOR_KIND_READ_STATUS1, 0, 0, "\x05" },
	{ NOR_KIND_READ_STATUS2, 0, 0, "\x35" },
	{ NOR_KIND_READ_STATUS3, 0, 0, "\x15" },
	{ NOR_KIND_WRITE_ENABLE, 0, 0, "\x06\x50" },
	{ NOR_KIND_WRITE_STATUS, 0, NOR_MAX_STATUS_MS, "\x01\x31\x11" },
	{ NOR_KIND_PROGRAM, 3, NOR_MAX_PROGRAM_MS, "\x02\x32" },
	{ NOR_KIND_PROGRAM, 4, NOR_MAX_PROGRAM_MS, "\x12" },
	{ NOR_KIND_ERASE_SECTOR, 3, NOR_MAX_ERASE_SECTOR_MS, "\x20" },
	{ NOR_KIND_ERASE_SECTOR, 4, NOR_MAX_ERASE_SECTOR_MS, "\x21" },
	{ NOR_KIND_ERASE_BLOCK, 3, NOR_MAX_ERASE_BLOCK_MS, "\x52\xd8" },
	{ NOR_KIND_ERASE_BLOCK, 4, NOR_MAX_ERASE_BLOCK_MS, "\x5c\xdc" },
	{ NOR_KIND_ERASE_CHIP, 0, NOR_MAX_ERASE_CHIP_MS, "\x60\xc7" },
	{ NOR_KIND_FOREIGN_WRITE, 0, 0, "\x62" },
	{ NOR_KIND_FOREIGN_WRITE, 3, 0,
	  "\x34\x38\x3e\xa2\xad\xaf\x50\x53\x7c\x81\x82\x83\x85\x86\x88\x89\xc4\xd7\xdb" },
};

/* An opcode has its meaning only with the lengths that belong to it. */
static bool fits(const struct meaning *meaning, size_t out_length, size_t in_length)
{
	if (meaning->kind >= NOR_KIND_READ && meaning->kind <= NOR_KIND_READ_STATUS3)
		return in_length;
	if (meaning->kind == NOR_KIND_WRITE_ENABLE)
		return out_length == 1 && !in_length;
	if (meaning->kind == NOR_KIND_FOREIGN_WRITE)
		return out_length > meaning->address_bytes && !in_length;
	return !in_length;
}

static const struct meaning *find(const uint8_t *out, size_t out_length, size_t in_length)
{
	static const struct meaning other = { .kind = NOR_KIND_OTHER };

	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		const char *opcodes = meanings[i].opcodes;

		if (memchr(opcodes, out[0], strlen(opcodes)) && fits(&meanings[i], out_length, in_length))
			return &meanings[i];
	}
	return &other;
}

static bool changes_content(enum nor_kind kind, size_t out_length)
{
	/* A program or erase without an address changes nothing. */
	return kind >= NOR_KIND_ERASE_CHIP || (kind >= NOR_KIND_PROGRAM && out_length > ADDRESS_BYTES);
}

struct nor_command nor_command_decode(const uint8_t *out, size_t out_length, uint8_t *in, size_t in_length,
				      bool *four_bytes)
{
	const struct meaning *meaning = find(out, out_length, in_length);
	const bool longer =
		*four_bytes && meaning->address_bytes == ADDRESS_BYTES && meaning->kind != NOR_KIND_READ_SFDP;
	size_t head = 1 + meaning->address_bytes + longer;
	struct nor_command command = {
		.opcode = out[0],
		.kind = meaning->kind,
		.changes_content = changes_content(meaning->kind, out_length),
		.limit_ms = meaning->limit_ms,
		.out = out,
		.out_length = out_length,
		.in = in,
		.in_length = in_length,
	};

	if (out[0] == NOR_ENTER_4BA || out[0] == NOR_EXIT_4BA)
		*four_bytes = out[0] == NOR_ENTER_4BA;
	if (out_length < head)
		head = 1;
	command.address_bytes = (unsigned int)head - 1;
	for (size_t i = 1; i < head; i++)
		command.address = command.address << 8 | out[i];
	command.data = out + head;
	command.data_length = out_length - head;
	return command;
}

bool nor_command_is_page(const struct nor_command *command)
{
	return command->opcode == NOR_PROGRAM && command->kind == NOR_KIND_PROGRAM &&
	       command->address_bytes == ADDRESS_BYTES && command->data_length &&
	       command->address % NOR_PAGE_SIZE + command->data_length <= NOR_PAGE_SIZE;
}
