/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nor_command.h"

#define ADDRESS_BYTES 3
#define CHIP NOR_MAX_ERASE_CHIP_MS

/*
 * Opcodes of flashrom's and flashprog's spi25.c, spi25_statusreg.c, at45db.c and
 * flashchips.c. An address of 3 bytes has 4 in 4-byte mode. FOREIGN_WRITE needs an
 * address to be one, apart from 62: without it 50 is a write enable, and 38
 * switches to four lines.
 */
static const struct opcode {
	uint8_t opcode, kind, address_bytes;
	int32_t limit_ms;
} opcodes[] = {
	{ NOR_READ, NOR_KIND_READ, 3, 0 },
	{ NOR_FAST_READ, NOR_KIND_READ, 3, 0 },
	{ NOR_READ_4BA, NOR_KIND_READ, 4, 0 },
	{ NOR_FAST_READ_4BA, NOR_KIND_READ, 4, 0 },
	{ NOR_RDID, NOR_KIND_READ_ID, 0, 0 },
	{ NOR_SFDP, NOR_KIND_READ_SFDP, 3, 0 },
	{ NOR_RDSR, NOR_KIND_READ_STATUS1, 0, 0 },
	{ NOR_RDSR2, NOR_KIND_READ_STATUS2, 0, 0 },
	{ NOR_RDSR3, NOR_KIND_READ_STATUS3, 0, 0 },
	{ NOR_WREN, NOR_KIND_WRITE_ENABLE, 0, 0 },
	{ NOR_EWSR, NOR_KIND_WRITE_ENABLE, 0, 0 },
	{ NOR_WRSR, NOR_KIND_WRITE_STATUS, 0, NOR_MAX_STATUS_MS },
	{ NOR_WRSR2, NOR_KIND_WRITE_STATUS, 0, NOR_MAX_STATUS_MS },
	{ NOR_WRSR3, NOR_KIND_WRITE_STATUS, 0, NOR_MAX_STATUS_MS },
	{ NOR_PROGRAM, NOR_KIND_PROGRAM, 3, NOR_MAX_PROGRAM_MS },
	{ NOR_PROGRAM_4BA, NOR_KIND_PROGRAM, 4, NOR_MAX_PROGRAM_MS },
	{ NOR_QUAD_PROGRAM, NOR_KIND_PROGRAM, 3, NOR_MAX_PROGRAM_MS },
	{ NOR_ERASE_4K, NOR_KIND_ERASE_SECTOR, 3, NOR_MAX_ERASE_4K_MS },
	{ NOR_ERASE_4K_4BA, NOR_KIND_ERASE_SECTOR, 4, NOR_MAX_ERASE_4K_MS },
	{ NOR_ERASE_32K, NOR_KIND_ERASE_BLOCK, 3, NOR_MAX_ERASE_BLOCK_MS },
	{ NOR_ERASE_32K_4BA, NOR_KIND_ERASE_BLOCK, 4, NOR_MAX_ERASE_BLOCK_MS },
	{ NOR_ERASE_64K, NOR_KIND_ERASE_BLOCK, 3, NOR_MAX_ERASE_BLOCK_MS },
	{ NOR_ERASE_64K_4BA, NOR_KIND_ERASE_BLOCK, 4, NOR_MAX_ERASE_BLOCK_MS },
	{ NOR_ERASE_CHIP_60, NOR_KIND_ERASE_CHIP, 0, NOR_MAX_ERASE_CHIP_MS },
	{ NOR_ERASE_CHIP_C7, NOR_KIND_ERASE_CHIP, 0, NOR_MAX_ERASE_CHIP_MS },
	{ 0x62, NOR_KIND_FOREIGN_WRITE, 0, 0 },
	{ 0x34, NOR_KIND_FOREIGN_WRITE, 3, 0 },
	{ 0x38, NOR_KIND_FOREIGN_WRITE, 3, 0 },
	{ 0x3e, NOR_KIND_FOREIGN_WRITE, 3, 0 },
	{ 0xa2, NOR_KIND_FOREIGN_WRITE, 3, 0 },
	{ 0xad, NOR_KIND_FOREIGN_WRITE, 3, 0 },
	{ 0xaf, NOR_KIND_FOREIGN_WRITE, 3, 0 },
	{ 0x50, NOR_KIND_FOREIGN_WRITE, 3, 0 },
	{ 0x53, NOR_KIND_FOREIGN_WRITE, 3, 0 },
	{ 0x7c, NOR_KIND_FOREIGN_WRITE, 3, 0 },
	{ 0x81, NOR_KIND_FOREIGN_WRITE, 3, 0 },
	{ 0x82, NOR_KIND_FOREIGN_WRITE, 3, 0 },
	{ 0x83, NOR_KIND_FOREIGN_WRITE, 3, 0 },
	{ 0x85, NOR_KIND_FOREIGN_WRITE, 3, 0 },
	{ 0x86, NOR_KIND_FOREIGN_WRITE, 3, 0 },
	{ 0x88, NOR_KIND_FOREIGN_WRITE, 3, 0 },
	{ 0x89, NOR_KIND_FOREIGN_WRITE, 3, 0 },
	{ 0xc4, NOR_KIND_FOREIGN_WRITE, 3, 0 },
	{ 0xd7, NOR_KIND_FOREIGN_WRITE, 3, 0 },
	{ 0xdb, NOR_KIND_FOREIGN_WRITE, 3, 0 },
};

/* Only with the lengths that it must have does an opcode mean that. */
static bool fits(const struct opcode *opcode, size_t out_length, size_t in_length)
{
	switch (opcode->kind) {
	case NOR_KIND_READ:
	case NOR_KIND_READ_ID:
	case NOR_KIND_READ_SFDP:
	case NOR_KIND_READ_STATUS1:
	case NOR_KIND_READ_STATUS2:
	case NOR_KIND_READ_STATUS3: return in_length;
	case NOR_KIND_WRITE_ENABLE: return out_length == 1 && !in_length;
	case NOR_KIND_FOREIGN_WRITE: return out_length > opcode->address_bytes && !in_length;
	default: return !in_length;
	}
}

static const struct opcode *find(const uint8_t *out, size_t out_length, size_t in_length)
{
	static const struct opcode other = { .kind = NOR_KIND_OTHER };

	for (size_t i = 0; i < sizeof(opcodes) / sizeof(opcodes[0]); i++) {
		if (opcodes[i].opcode == out[0] && fits(&opcodes[i], out_length, in_length))
			return &opcodes[i];
	}
	return &other;
}

static bool changes_content(enum nor_kind kind, size_t out_length)
{
	switch (kind) {
	case NOR_KIND_PROGRAM:
	case NOR_KIND_ERASE_SECTOR:
	case NOR_KIND_ERASE_BLOCK: return out_length > ADDRESS_BYTES;
	case NOR_KIND_ERASE_CHIP:
	case NOR_KIND_FOREIGN_WRITE: return true;
	default: return false;
	}
}

static size_t address_bytes_of(const struct opcode *opcode, bool four_bytes)
{
	if (four_bytes && opcode->address_bytes == ADDRESS_BYTES && opcode->kind != NOR_KIND_READ_SFDP)
		return ADDRESS_BYTES + 1;
	return opcode->address_bytes;
}

struct nor_command nor_command_decode(const uint8_t *out, size_t out_length, uint8_t *in, size_t in_length,
				      bool *four_bytes)
{
	const struct opcode *opcode = find(out, out_length, in_length);
	size_t head = 1 + address_bytes_of(opcode, *four_bytes);
	struct nor_command command = {
		.opcode = out[0],
		.kind = opcode->kind,
		.changes_content = changes_content(opcode->kind, out_length),
		.limit_ms = opcode->limit_ms,
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
