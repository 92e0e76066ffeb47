/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "read_check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "file_read.h"

/* In some releases "-" is standard output. */
static bool is_file_to_be(const char *path)
{
	return path && strcmp(path, "-") != 0 && (access(path, F_OK) || file_size(path) >= 0);
}

void read_check_begin(struct read_check *check, struct session *session, uint64_t size)
{
	const struct flashrom_args *args = check->args;

	read_check_end(check);
	if (args->operation == 'r' && !args->n_includes && is_file_to_be(args->file) && size &&
	    size <= DIE_COPY_MAX)
		check->copy = die_copy_new(check->frontend, session, size);
}

static bool is_whole(const struct read_check *check)
{
	return check->copy && !die_copy_count(check->copy, DIE_COPY_MISSING);
}

void read_check_again(struct read_check *check)
{
	if (!is_whole(check))
		return;
	check->error = die_copy_judge(check->copy);
	if (!check->error)
		check->error = die_copy_read(check->copy, DIE_COPY_SUSPECT);
	/* During its last piece. */
	if (!check->error && check->copy->done && frontend_interrupts(check->frontend))
		check->error = BEKEN_ERR_INTERRUPTED;
}

/* ---- when flashrom has ended ---- */

static int put_repaired(const struct die_copy *copy, FILE *file)
{
	size_t n;

	for (size_t at = 0; (at = die_copy_find(copy, DIE_COPY_REPAIRED, at, &n)) < copy->size; at += n) {
		if (fseek(file, (long)at, SEEK_SET) || fwrite(copy->data + at, n, 1, file) != 1)
			return -1;
	}
	return 0;
}

static int repair(const struct read_check *check, const char *path)
{
	const struct die_copy_blocks *repaired = &check->copy->repaired;
	FILE *file = fopen(path, "r+b");
	int error = file ? put_repaired(check->copy, file) : -1;

	if (file && fclose(file))
		error = -1;
	if (error)
		frontend_message(check->frontend, MESSAGE_ERROR,
				 "Code was read wrong, and the file cannot be corrected: %s. It is no backup.",
				 strerror(errno));
	else
		frontend_message(
			check->frontend, MESSAGE_WARNING,
			"Blocks of code that were read wrong and, a second time, right: %zu, the first "
			"at 0x%06zX. The file was corrected, but what has no CRC may be wrong in it, "
			"too. Check the supply, GND and the length of the wires, then read again.",
			repaired->n, repaired->first);
	return error;
}

int read_check_finish(const struct read_check *check, const char *path)
{
	const struct die_copy *copy = check->copy;

	/* A file of another size is told of elsewhere. */
	if (!is_whole(check) || file_size(path) != (int64_t)copy->size)
		return 0;
	if (check->error == BEKEN_ERR_MEMORY)
		frontend_message(check->frontend, MESSAGE_ERROR, "Out of memory.");
	/* Else the session has said why, or it was interrupted. */
	if (check->error)
		return -1;
	if (copy->differ.n) {
		frontend_message(
			check->frontend, MESSAGE_ERROR,
			"The flash gave something else when it was read a second time, first at 0x%06zX, so "
			"what was read is no backup. Check the supply, GND and the length of the wires, then "
			"read again.",
			copy->differ.first);
		return -1;
	}
	if (copy->same.n)
		frontend_message(check->frontend, MESSAGE_INFO,
				 "Blocks of code in this flash whose CRC is wrong: %zu, the first at 0x%06zX. "
				 "They were read twice alike, so the file is right, but the firmware may be "
				 "damaged.",
				 copy->same.n, copy->same.first);
	return copy->repaired.n ? repair(check, path) : 0;
}

/*
 * What has no CRC was read once only. Where all code was read right that is enough,
 * and also where it is wrong in the flash itself. But where some of it was read wrong,
 * so may the rest have been.
 */
bool read_check_is_proof(const struct read_check *check)
{
	return !check->copy || !check->copy->repaired.n;
}

void read_check_end(struct read_check *check)
{
	die_copy_free(check->copy);
	check->copy = NULL;
	check->error = BEKEN_OK;
}
