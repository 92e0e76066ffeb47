/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backup_file.h"
#include "nor_opcodes.h"

/* Half a second on the wire: so soon is Ctrl-C noticed. */
#define PIECE 65536u
/* Three bytes of address. */
#define MAX_SIZE ((uint64_t)16 << 20)
/* 225 us for a full packet of 31 bytes, or 63 s for 8 MiB (README of ch341prog). */
#define NS_PER_BYTE 7500u
#define TIMES_READ 2
#define STEM_SIZE 64
#define NOT_CHANGED "The flash was not changed."

struct backup {
	const struct host *host;
	char *folder;
	char *path;	/* NULL: not made */
};

/* What a backup is made with. */
struct work {
	const struct host *host;
	struct nor *nor;
	struct backup_file *file;
	const char *folder;
	uint32_t size;
	uint8_t die[PIECE], copy[PIECE];
};

/* ---- which commands ---- */

bool backup_must_precede(const uint8_t *out, size_t out_length)
{
	/* Opcodes of flashrom's and flashprog's spi25.c, spi25_statusreg.c, at45db.c
	 * and flashchips.c. All but those of the whole chip have an address; without
	 * one, 50 is a write enable and 38 switches to four lines. */
	static const uint8_t whole_chip[] = { NOR_ERASE_CHIP_60, NOR_ERASE_CHIP_C7, 0x62 };
	static const uint8_t with_address[] = {
		NOR_PROGRAM, NOR_PROGRAM_4BA, NOR_QUAD_PROGRAM, 0x34, 0x38, 0x3e, 0xa2, 0xad, 0xaf,
		NOR_ERASE_4K, NOR_ERASE_4K_4BA, NOR_ERASE_32K, NOR_ERASE_32K_4BA, NOR_ERASE_64K,
		NOR_ERASE_64K_4BA, 0x50, 0x53, 0x7c, 0x81, 0x82, 0x83, 0x85, 0x86, 0x88, 0x89, 0xc4, 0xd7,
		0xdb,
	};

	if (memchr(whole_chip, out[0], sizeof(whole_chip)))
		return true;
	return out_length > 3 && memchr(with_address, out[0], sizeof(with_address));
}

/* ---- beginning and end ---- */

static int report_folder(const struct host *host, const char *folder, int error)
{
	host_message(host, MESSAGE_ERROR,
		     "Cannot make backups in \"%s\": %s. backup= takes a folder that exists%s.", folder,
		     strerror(error),
		     folder[0] == '~' ? "; for the shell ~ has no meaning there, so write $HOME" : "");
	return ENGINE_ERR_PARAMETER;
}

int backup_new(const struct host *host, const char *folder, struct backup **result)
{
	struct backup *backup;

	if (backup_file_check_folder(folder))
		return report_folder(host, folder, errno);
	backup = calloc(1, sizeof(*backup));
	if (backup)
		backup->folder = strdup(folder);
	if (!backup || !backup->folder) {
		backup_free(backup);
		return ENGINE_ERR_MEMORY;
	}
	backup->host = host;
	*result = backup;
	return ENGINE_OK;
}

void backup_free(struct backup *backup)
{
	if (!backup)
		return;
	free(backup->folder);
	free(backup->path);
	free(backup);
}

const char *backup_path(const struct backup *backup)
{
	return backup->path;
}

/* ---- making it ---- */

static int report_file(const struct work *work)
{
	host_message(work->host, MESSAGE_ERROR, "Cannot make a backup in \"%s\": %s. " NOT_CHANGED,
		     work->folder, strerror(errno));
	return ENGINE_ERR_BACKUP;
}

/* Two bytes of the flash that should be the same. */
static int report_difference(const struct work *work, uint32_t address)
{
	host_message(work->host, MESSAGE_ERROR,
		     "The flash gave something else when it was read a second time, first at 0x%06X, so there "
		     "is no good backup. " NOT_CHANGED " Check the supply, GND and the length of the wires.",
		     (unsigned int)address);
	return ENGINE_ERR_BACKUP;
}

static int stop_if_asked(const struct work *work)
{
	return host_interrupts(work->host) ? ENGINE_ERR_INTERRUPTED : ENGINE_OK;
}

static int copy_piece(struct work *work, uint32_t address, size_t n)
{
	const int error = nor_read(work->nor, address, work->die, n);

	if (error)
		return error;
	return backup_file_write(work->file, work->die, n) ? report_file(work) : ENGINE_OK;
}

static int compare_piece(struct work *work, uint32_t address, size_t n)
{
	const int error = nor_read(work->nor, address, work->die, n);

	if (error)
		return error;
	if (backup_file_read(work->file, address, work->copy, n))
		return report_file(work);
	for (size_t i = 0; i < n; i++) {
		if (work->die[i] != work->copy[i])
			return report_difference(work, address + (uint32_t)i);
	}
	return ENGINE_OK;
}

static void tell_progress(const struct work *work, uint64_t done)
{
	host_progress(work->host, done, (uint64_t)TIMES_READ * work->size);
}

/* Who stops it during the last piece does not want a write either. */
static int for_all_pieces(struct work *work, int (*piece)(struct work *work, uint32_t address, size_t n),
			  uint64_t done_before)
{
	int error = stop_if_asked(work);

	for (uint32_t address = 0; !error && address < work->size;) {
		const uint32_t left = work->size - address, now = left < PIECE ? left : PIECE;

		/* The end is told when the file has its name. */
		if (address)
			tell_progress(work, done_before + address);
		error = piece(work, address, now);
		if (!error)
			error = stop_if_asked(work);
		address += now;
	}
	return error;
}

static int fill(struct work *work)
{
	int error = for_all_pieces(work, copy_piece, 0);

	if (!error && backup_file_sync(work->file))
		error = report_file(work);
	if (error)
		return error;
	tell_progress(work, work->size);
	return for_all_pieces(work, compare_piece, work->size);
}

static void make_stem(char *stem, uint32_t jedec_id)
{
	const time_t now = time(NULL);
	const struct tm *local = localtime(&now);
	char moment[32] = "unknown-time";

	if (local)
		strftime(moment, sizeof(moment), "%Y%m%d-%H%M%S", local);
	snprintf(stem, STEM_SIZE, "ch341a_beken-%06X-%s", (unsigned int)jedec_id, moment);
}

/* *path is only set if all went well. */
static int make_file(struct work *work, char **path)
{
	char stem[STEM_SIZE];
	int error;

	make_stem(stem, nor_facts(work->nor)->jedec_id);
	work->file = backup_file_new(work->folder, stem, work->size);
	if (!work->file)
		return report_file(work);
	error = fill(work);
	if (error) {
		backup_file_remove(work->file);
		return error;
	}
	*path = backup_file_keep(work->file);
	if (!*path)
		return report_file(work);
	tell_progress(work, (uint64_t)TIMES_READ * work->size);
	return ENGINE_OK;
}

static int check_size(const struct host *host, uint64_t size)
{
	if (!size)
		host_message(host, MESSAGE_ERROR,
			     "No backup can be made, since nothing tells how large this flash is. " NOT_CHANGED
			     " Read it with -r, then write without backup=.");
	else if (size > MAX_SIZE)
		host_message(host, MESSAGE_ERROR,
			     "No backup can be made, since this flash has more than 16 MiB: %u MiB. "
			     NOT_CHANGED
			     " Read it with -r, then write without backup=.",
			     (unsigned int)(size >> 20));
	else
		return ENGINE_OK;
	return ENGINE_ERR_BACKUP;
}

static unsigned int seconds_for(uint64_t size)
{
	return (unsigned int)((TIMES_READ * size * NS_PER_BYTE + 999999999) / 1000000000);
}

int backup_make(struct backup *backup, struct nor *nor, uint64_t size)
{
	const struct host *const host = backup->host;
	struct work *work;
	int error = check_size(host, size);

	if (error)
		return error;
	work = calloc(1, sizeof(*work));
	if (!work)
		return ENGINE_ERR_MEMORY;
	work->host = host;
	work->nor = nor;
	work->folder = backup->folder;
	work->size = (uint32_t)size;
	host_message(host, MESSAGE_INFO,
		     "Making a backup of the flash before it is changed: it is read twice, which takes "
		     "about %u s.",
		     seconds_for(size));
	/* Or else one of them would leave a part of a file behind. */
	host_hold_signals(host, true);
	error = make_file(work, &backup->path);
	host_hold_signals(host, false);
	if (!error)
		host_message(host, MESSAGE_INFO, "The flash as it was before is in %s.", backup->path);
	free(work);
	return error;
}
