/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backup_file.h"

/* Half a second on the wire, after which Ctrl-C is noticed. */
#define PIECE 65536u
/* Three bytes of address. */
#define MAX_SIZE ((uint64_t)16 << 20)
/* 225 us for a full packet of 31 bytes, or 63 s for 8 MiB (README of ch341prog). */
#define NS_PER_BYTE 7500u
#define TIMES_READ 2
#define STEM_SIZE 64
#define NOT_CHANGED "The flash was not changed."

struct backup {
	const struct frontend *frontend;
	char *folder;
	char *path; /* NULL: not made */
	struct session *session;
	uint64_t size; /* of its die; 0: not known */
};

/* What a backup is made with. */
struct work {
	const struct backup *backup;
	struct backup_file *file;
	uint8_t die[PIECE], copy[PIECE];
};

/* ---- beginning and end ---- */

static int report_folder(const struct frontend *frontend, const char *folder, int error)
{
	frontend_message(frontend, MESSAGE_ERROR,
			 "Cannot make backups in \"%s\": %s. backup= takes a folder that exists%s.", folder,
			 strerror(error),
			 folder[0] == '~' ? "; for the shell ~ has no meaning there, so write $HOME" : "");
	return BEKEN_ERR_PARAMETER;
}

static int backup_new(const struct frontend *frontend, const char *folder, struct backup **result)
{
	struct backup *backup;

	if (backup_file_check_folder(folder))
		return report_folder(frontend, folder, errno);
	backup = calloc(1, sizeof(*backup));
	if (backup)
		backup->folder = strdup(folder);
	if (!backup || !backup->folder) {
		backup_free(backup);
		return BEKEN_ERR_MEMORY;
	}
	backup->frontend = frontend;
	*result = backup;
	return BEKEN_OK;
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
	frontend_message(work->backup->frontend, MESSAGE_ERROR,
			 "Cannot make a backup in \"%s\": %s. " NOT_CHANGED, work->backup->folder,
			 strerror(errno));
	return BEKEN_ERR_BACKUP;
}

/* The two reads of one byte of the flash differ. */
static int report_difference(const struct work *work, uint32_t address)
{
	frontend_message(
		work->backup->frontend, MESSAGE_ERROR,
		"The flash gave something else when it was read a second time, first at 0x%06X, so there is no "
		"good backup. " NOT_CHANGED " Check the supply, GND and the length of the wires.",
		(unsigned int)address);
	return BEKEN_ERR_BACKUP;
}

static int stop_if_asked(const struct work *work)
{
	return frontend_interrupts(work->backup->frontend) ? BEKEN_ERR_INTERRUPTED : BEKEN_OK;
}

static int copy_piece(struct work *work, uint32_t address, size_t n)
{
	const int error = session_read(work->backup->session, address, work->die, n);

	if (error)
		return error;
	return backup_file_write(work->file, work->die, n) ? report_file(work) : BEKEN_OK;
}

static int compare_piece(struct work *work, uint32_t address, size_t n)
{
	const int error = session_read(work->backup->session, address, work->die, n);

	if (error)
		return error;
	if (backup_file_read(work->file, address, work->copy, n))
		return report_file(work);
	for (size_t i = 0; i < n; i++) {
		if (work->die[i] != work->copy[i])
			return report_difference(work, address + (uint32_t)i);
	}
	return BEKEN_OK;
}

static void report_progress(const struct work *work, uint64_t done)
{
	frontend_progress(work->backup->frontend, done, TIMES_READ * work->backup->size);
}

/* A user who stops it during the last piece does not want the write either. */
static int for_all_pieces(struct work *work, int (*piece)(struct work *work, uint32_t address, size_t n),
			  uint64_t done_before)
{
	int error = stop_if_asked(work);

	for (uint32_t address = 0; !error && address < work->backup->size;) {
		const uint64_t left = work->backup->size - address;
		const uint32_t now = left < PIECE ? (uint32_t)left : PIECE;

		/* The end is reported when the file has its name. */
		if (address)
			report_progress(work, done_before + address);
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
	report_progress(work, work->backup->size);
	return for_all_pieces(work, compare_piece, work->backup->size);
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

	make_stem(stem, session_flash(work->backup->session)->jedec_id);
	work->file = backup_file_new(work->backup->folder, stem, work->backup->size);
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
	report_progress(work, TIMES_READ * work->backup->size);
	return BEKEN_OK;
}

static int check_size(const struct frontend *frontend, uint64_t size)
{
	if (!size)
		frontend_message(
			frontend, MESSAGE_ERROR,
			"No backup can be made, since nothing tells how large this flash is. " NOT_CHANGED
			" Read it with -r, then write without backup=.");
	else if (size > MAX_SIZE)
		frontend_message(
			frontend, MESSAGE_ERROR,
			"No backup can be made, since this flash has more than 16 MiB: %u MiB. " NOT_CHANGED
			" Read it with -r, then write without backup=.",
			(unsigned int)(size >> 20));
	else
		return BEKEN_OK;
	return BEKEN_ERR_BACKUP;
}

static unsigned int seconds_for(uint64_t size)
{
	return (unsigned int)((TIMES_READ * size * NS_PER_BYTE + 999999999) / 1000000000);
}

static int make(void *arg)
{
	struct backup *backup = arg;
	struct work *work;
	int error = check_size(backup->frontend, backup->size);

	if (error)
		return error;
	work = calloc(1, sizeof(*work));
	if (!work)
		return BEKEN_ERR_MEMORY;
	work->backup = backup;
	frontend_message(backup->frontend, MESSAGE_INFO,
			 "Making a backup of the flash before it is changed: it is read twice, which takes "
			 "about %u s.",
			 seconds_for(backup->size));
	/* A signal that ends the program would leave a part of a file behind. */
	frontend_hold_signals(backup->frontend, true);
	error = make_file(work, &backup->path);
	frontend_hold_signals(backup->frontend, false);
	if (!error)
		frontend_message(backup->frontend, MESSAGE_INFO, "The flash as it was before is in %s.",
				 backup->path);
	free(work);
	return error;
}

static int attach(struct backup *backup, struct session *session)
{
	/* Not later, when a command may be under way. */
	const int error = session_size(session, &backup->size);

	if (error)
		return error;
	backup->session = session;
	session_on_first_change(session, make, backup);
	return BEKEN_OK;
}

int backup_open_session(const struct frontend *frontend, const struct params *params, struct session **session,
			struct backup **backup)
{
	int error = BEKEN_OK;

	*backup = NULL;
	/* Before the chip is touched: this can fail without it. */
	if (params->backup[0])
		error = backup_new(frontend, params->backup, backup);
	if (!error)
		error = session_open(frontend, params, session);
	if (!error && *backup) {
		error = attach(*backup, *session);
		if (error)
			session_close(*session);
	}
	if (!error)
		return BEKEN_OK;
	backup_free(*backup);
	*backup = NULL;
	return error;
}
