/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flash_progress.h"

#include "terminal.h"

/* flashrom reads and programs a block of at most this size after it has erased
 * it, and then goes on to the next. */
#define LARGEST_BLOCK 65536

void flash_progress_start(struct flash_progress *progress, const char *what, bool enabled)
{
	*progress = (struct flash_progress){ .printed_us = -1 };
	progress_start(&progress->progress, what, enabled);
}

static void move(struct flash_progress *progress, uint64_t from, uint64_t to)
{
	if (progress->printed_us != terminal_written_us() || to + LARGEST_BLOCK <= progress->reached)
		progress->first = progress->reached = from;
	progress->printed_us = terminal_written_us();
	if (to > progress->reached)
		progress->reached = to;
}

void flash_progress_note(struct flash_progress *progress, const struct nor_command *command)
{
	uint64_t length = 0;

	switch (command->kind) {
	case NOR_KIND_READ: length = command->in_length; break;
	case NOR_KIND_PROGRAM: length = command->data_length; break;
	case NOR_KIND_ERASE_SECTOR:
	case NOR_KIND_ERASE_BLOCK: break;
	default: return;
	}
	if (!command->address_bytes)
		return;
	move(progress, command->address, command->address + length);
	progress_show(&progress->progress, progress->reached - (progress->size ? 0 : progress->first),
		      progress->size);
}
