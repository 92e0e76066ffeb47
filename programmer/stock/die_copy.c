/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "die_copy.h"

#include <stdlib.h>
#include <string.h>

#include "image_crc.h"

/* Whole blocks, and half a second on the wire, after which Ctrl-C is noticed. */
#define PIECE 65518

_Static_assert(PIECE % IMAGE_BLOCK_SIZE == 0, "a block would be read in two pieces");

struct die_copy *die_copy_new(const struct frontend *frontend, struct session *session, uint64_t size)
{
	struct die_copy *copy = calloc(1, sizeof(*copy));

	if (!copy)
		return NULL;
	copy->frontend = frontend;
	copy->session = session;
	copy->size = (size_t)size;
	copy->data = malloc(copy->size);
	copy->state = calloc(1, copy->size);
	if (copy->data && copy->state)
		return copy;
	die_copy_free(copy);
	return NULL;
}

void die_copy_free(struct die_copy *copy)
{
	if (!copy)
		return;
	free(copy->data);
	free(copy->state);
	free(copy);
}

/* A read that goes on behind the end gives the start again, which is left out. */
void die_copy_note(struct die_copy *copy, const struct nor_command *command)
{
	const size_t at = command->address;
	size_t n = command->in_length;

	if (!copy || command->kind != NOR_KIND_READ || !command->address_bytes || at >= copy->size)
		return;
	if (n > copy->size - at)
		n = copy->size - at;
	memcpy(copy->data + at, command->in, n);
	memset(copy->state + at, DIE_COPY_READ, n);
}

size_t die_copy_find(const struct die_copy *copy, enum die_copy_state state, size_t at, size_t *n)
{
	*n = 0;
	while (at < copy->size && copy->state[at] != state)
		at++;
	while (at + *n < copy->size && copy->state[at + *n] == state)
		++*n;
	return at;
}

size_t die_copy_count(const struct die_copy *copy, enum die_copy_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < copy->size; i++)
		count += copy->state[i] == state;
	return count;
}

int die_copy_judge(struct die_copy *copy)
{
	static const uint8_t states[] = {
		[IMAGE_BLOCK_UNKNOWN] = DIE_COPY_READ,
		[IMAGE_BLOCK_PROVEN] = DIE_COPY_PROVEN,
		[IMAGE_BLOCK_SUSPECT] = DIE_COPY_SUSPECT,
	};
	const size_t blocks = copy->size / IMAGE_BLOCK_SIZE;
	uint8_t *verdicts = malloc(blocks + 1);

	if (!verdicts)
		return BEKEN_ERR_MEMORY;
	image_judge_blocks(copy->data, copy->size, verdicts);
	for (size_t i = 0; i < blocks; i++)
		memset(copy->state + i * IMAGE_BLOCK_SIZE, states[verdicts[i]], IMAGE_BLOCK_SIZE);
	free(verdicts);
	return BEKEN_OK;
}

/* ---- reading ---- */

static void count(struct die_copy_blocks *blocks, size_t address)
{
	if (!blocks->n++)
		blocks->first = address;
}

/* At the end of the die there may be a part of a block. */
static void compare_block(struct die_copy *copy, size_t at, const uint8_t *now, size_t n)
{
	uint8_t *before = copy->data + at;
	const bool was_good = n == IMAGE_BLOCK_SIZE && image_block_good(before);
	const bool is_good = n == IMAGE_BLOCK_SIZE && image_block_good(now);

	if (!memcmp(before, now, n)) {
		if (copy->state[at] == DIE_COPY_SUSPECT && !was_good && !image_is_erased(now, n))
			count(&copy->same, at);
	} else if (is_good && !was_good) {
		memcpy(before, now, n);
		memset(copy->state + at, DIE_COPY_REPAIRED, n);
		count(&copy->repaired, at);
	} else if (is_good || !was_good) {
		while (*before++ == *now++)
			at++;
		count(&copy->differ, at);
	}
}

static int read_piece(struct die_copy *copy, size_t at, uint8_t *piece, size_t n)
{
	const bool first = copy->state[at] == DIE_COPY_MISSING;
	int error = frontend_interrupts(copy->frontend) ? BEKEN_ERR_INTERRUPTED : BEKEN_OK;

	if (!error && copy->done && copy->total && copy->frontend->progress)
		copy->frontend->progress(copy->frontend->arg, copy->done, copy->total);
	if (!error)
		error = session_read(copy->session, (uint32_t)at, first ? copy->data + at : piece, n);
	if (error)
		return error;
	copy->done += n;
	if (first)
		memset(copy->state + at, DIE_COPY_READ, n);
	for (size_t i = 0; !first && i < n; i += IMAGE_BLOCK_SIZE)
		compare_block(copy, at + i, piece + i, n - i < IMAGE_BLOCK_SIZE ? n - i : IMAGE_BLOCK_SIZE);
	return BEKEN_OK;
}

int die_copy_read(struct die_copy *copy, enum die_copy_state state)
{
	uint8_t *piece = malloc(PIECE);
	int error = piece ? BEKEN_OK : BEKEN_ERR_MEMORY;
	size_t at = 0, n;

	while (!error && (at = die_copy_find(copy, state, at, &n)) < copy->size) {
		n = n < PIECE ? n : PIECE;
		error = read_piece(copy, at, piece, n);
		at += n;
	}
	free(piece);
	return error;
}
