/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flash_progress.h"

#include "nor_opcodes.h"
#include "terminal.h"

#define ENTER_4BA 0xb7
#define EXIT_4BA 0xe9
/* flashrom reads and programs a block of at most this size after it has erased
 * it, and then goes on to the next. */
#define LARGEST_BLOCK 65536

/* ---- commands ---- */

/* Bytes of address behind the opcode; 0: the command has none that matters. */
static size_t address_bytes(const struct flash_progress *progress, uint8_t opcode)
{
	switch (opcode) {
	case NOR_READ:
	case NOR_FAST_READ:
	case NOR_PROGRAM:
	case NOR_QUAD_PROGRAM:
	case NOR_ERASE_4K:
	case NOR_ERASE_32K:
	case NOR_ERASE_64K: return progress->four_bytes ? 4 : 3;
	case NOR_READ_4BA:
	case NOR_FAST_READ_4BA:
	case NOR_PROGRAM_4BA:
	case NOR_ERASE_4K_4BA:
	case NOR_ERASE_32K_4BA:
	case NOR_ERASE_64K_4BA: return 4;
	default: return 0;
	}
}

/* What follows the address is data for programming; a dummy byte matters not. */
static size_t length_of(uint8_t opcode, size_t behind_address, size_t in_length)
{
	switch (opcode) {
	case NOR_PROGRAM:
	case NOR_QUAD_PROGRAM:
	case NOR_PROGRAM_4BA: return behind_address;
	default: return in_length;
	}
}

/* ---- progress ---- */

void flash_progress_start(struct flash_progress *progress, const char *what, bool enabled)
{
	*progress = (struct flash_progress){ .moved = false };
	progress_start(&progress->progress, what, enabled);
}

static void move(struct flash_progress *progress, uint64_t from, uint64_t to)
{
	if (progress->printed_us != terminal_written_us() || to + LARGEST_BLOCK <= progress->reached)
		progress->moved = false;
	progress->printed_us = terminal_written_us();
	if (!progress->moved) {
		progress->first = from;
		progress->reached = from;
	}
	progress->moved = true;
	if (to > progress->reached)
		progress->reached = to;
}

static void show(struct flash_progress *progress)
{
	if (progress->size)
		progress_show(&progress->progress, progress->reached, progress->size);
	else
		progress_show(&progress->progress, progress->reached - progress->first, 0);
}

void flash_progress_note(struct flash_progress *progress, const uint8_t *out, size_t out_length,
			 size_t in_length)
{
	const size_t bytes = address_bytes(progress, out[0]);
	uint64_t address = 0;

	if (out[0] == ENTER_4BA || out[0] == EXIT_4BA)
		progress->four_bytes = out[0] == ENTER_4BA;
	if (!bytes || out_length < 1 + bytes)
		return;
	for (size_t i = 1; i <= bytes; i++)
		address = address << 8 | out[i];
	move(progress, address, address + length_of(out[0], out_length - 1 - bytes, in_length));
	show(progress);
}
