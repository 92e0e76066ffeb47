/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backup_file.h"
#include "backup_record.h"
#include "die_copy.h"

/* 225 us for a full packet of 31 bytes, or 63 s for 8 MiB (README of ch341prog). */
#define NS_PER_BYTE 7500u
#define STEM_SIZE 64
#define NOT_CHANGED "The flash was not changed."

struct backup {
	const struct frontend *frontend;
	const char *folder;
	char *path; /* NULL: not made */
	struct session *session;
	uint64_t size; /* of its die; 0: not known */
	bool only_if_new;
	struct die_copy *copy; /* of what was read before the first change; NULL: none is needed */
};

/* ---- beginning and end ---- */

static int backup_new(const struct frontend *frontend, const char *folder, struct backup **result)
{
	if (backup_file_check_folder(folder)) {
		frontend_message(frontend, MESSAGE_ERROR,
				 "Cannot make backups in \"%s\": %s. backup= takes a folder that exists%s.",
				 folder, strerror(errno),
				 folder[0] == '~' ? "; for the shell ~ has no meaning there, so write $HOME"
						  : "");
		return BEKEN_ERR_PARAMETER;
	}
	*result = calloc(1, sizeof(**result));
	if (!*result)
		return BEKEN_ERR_MEMORY;
	(*result)->frontend = frontend;
	(*result)->folder = folder;
	return BEKEN_OK;
}

void backup_free(struct backup *backup)
{
	if (!backup)
		return;
	free(backup->path);
	die_copy_free(backup->copy);
	free(backup);
}

void backup_only_if_new(struct backup *backup)
{
	backup->only_if_new = true;
}

void backup_note(struct backup *backup, const struct nor_command *command)
{
	if (backup)
		die_copy_note(backup->copy, command);
}

const char *backup_path(const struct backup *backup)
{
	return backup->path;
}

/* ---- making it ---- */

static int report_file(const struct backup *backup)
{
	frontend_message(backup->frontend, MESSAGE_ERROR, "Cannot make a backup in \"%s\": %s. " NOT_CHANGED,
			 backup->folder, strerror(errno));
	return BEKEN_ERR_BACKUP;
}

static unsigned int seconds_for(uint64_t size)
{
	return (unsigned int)((size * NS_PER_BYTE + 999999999) / 1000000000);
}

/* How much of it is code is not known before it was read. */
static void announce(const struct backup *backup, size_t missing)
{
	if (missing)
		frontend_message(backup->frontend, MESSAGE_INFO,
				 "Making a backup of the flash before it is changed: it is read, and what no "
				 "CRC proves is read twice, which takes %u to %u s.",
				 seconds_for(missing), seconds_for(backup->copy->total));
	else
		frontend_message(
			backup->frontend, MESSAGE_INFO,
			"Making a backup of the flash before it is changed: what no CRC proves is read "
			"a second time, which takes about %u s.",
			seconds_for(backup->copy->total));
}

static int read_first(const struct backup *backup)
{
	struct die_copy *copy = backup->copy;
	const size_t missing = die_copy_count(copy, DIE_COPY_MISSING);
	size_t left;
	int error;

	copy->total = missing + copy->size;
	if (missing)
		announce(backup, missing);
	error = die_copy_read(copy, DIE_COPY_MISSING);
	if (!error)
		error = die_copy_judge(copy);
	left = copy->size - die_copy_count(copy, DIE_COPY_PROVEN);
	/* A progress that was told does not get another end. */
	if (missing)
		copy->done = copy->total - left;
	else
		copy->total = left;
	if (!error && !missing)
		announce(backup, missing);
	return error;
}

static int read_second(const struct backup *backup)
{
	struct die_copy *copy = backup->copy;
	int error = die_copy_read(copy, DIE_COPY_SUSPECT);

	if (!error)
		error = die_copy_read(copy, DIE_COPY_READ);
	/* A user who stops it during the last piece does not want the write either. */
	if (!error && frontend_interrupts(backup->frontend))
		error = BEKEN_ERR_INTERRUPTED;
	if (error)
		return error;
	if (copy->differ.n) {
		frontend_message(
			backup->frontend, MESSAGE_ERROR,
			"The flash gave something else when it was read a second time, first at 0x%06zX, so "
			"there is no good backup. " NOT_CHANGED
			" Check the supply, GND and the length of the wires.",
			copy->differ.first);
		return BEKEN_ERR_BACKUP;
	}
	if (copy->repaired.n)
		frontend_message(
			backup->frontend, MESSAGE_WARNING,
			"Blocks of code that were read wrong and, a second time, right: %zu, the first "
			"at 0x%06zX. Check the supply, GND and the length of the wires.",
			copy->repaired.n, copy->repaired.first);
	return BEKEN_OK;
}

static bool is_on_record(const struct backup *backup)
{
	char path[PATH_MAX];

	if (!backup->only_if_new ||
	    !backup_record_has(backup->copy->data, backup->copy->size, path, sizeof(path)))
		return false;
	frontend_message(backup->frontend, MESSAGE_INFO, "A backup of exactly this content exists already: %s.",
			 path);
	return true;
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

/* backup->path is only set if all went well. */
static int make_file(struct backup *backup)
{
	struct backup_file *file;
	char stem[STEM_SIZE];
	int error;

	make_stem(stem, session_flash(backup->session)->jedec_id);
	file = backup_file_new(backup->folder, stem, backup->size);
	if (!file)
		return report_file(backup);
	error = read_first(backup);
	if (!error && is_on_record(backup)) {
		backup_file_remove(file);
		return BEKEN_OK;
	}
	if (!error)
		error = read_second(backup);
	if (!error && backup_file_write(file, backup->copy->data, backup->copy->size))
		error = report_file(backup);
	if (error) {
		backup_file_remove(file);
		return error;
	}
	backup->path = backup_file_keep(file);
	if (!backup->path)
		return report_file(backup);
	/* The end is told when the file has its name. */
	if (backup->frontend->progress)
		backup->frontend->progress(backup->frontend->arg, backup->copy->total, backup->copy->total);
	return BEKEN_OK;
}

static int check_size(const struct frontend *frontend, uint64_t size)
{
	if (!size)
		frontend_message(
			frontend, MESSAGE_ERROR,
			"No backup can be made, since nothing tells how large this flash is. " NOT_CHANGED
			" Read it with -r, then write without backup=.");
	else if (size > DIE_COPY_MAX)
		frontend_message(
			frontend, MESSAGE_ERROR,
			"No backup can be made, since this flash has more than 16 MiB: %u MiB. " NOT_CHANGED
			" Read it with -r, then write without backup=.",
			(unsigned int)(size >> 20));
	else
		return BEKEN_OK;
	return BEKEN_ERR_BACKUP;
}

static int make(void *arg)
{
	struct backup *backup = arg;
	int error = check_size(backup->frontend, backup->size);

	if (error)
		return error;
	/* A signal that ends the program would leave a part of a file behind. */
	frontend_hold_signals(backup->frontend, true);
	error = make_file(backup);
	frontend_hold_signals(backup->frontend, false);
	if (!error && backup->path)
		frontend_message(backup->frontend, MESSAGE_INFO, "The flash as it was before is in %s.",
				 backup->path);
	die_copy_free(backup->copy);
	backup->copy = NULL;
	return error;
}

static int attach(struct backup *backup, struct session *session)
{
	/* Not later, when a command may be under way. */
	const int error = session_size(session, &backup->size);

	if (error)
		return error;
	if (backup->size && backup->size <= DIE_COPY_MAX) {
		backup->copy = die_copy_new(backup->frontend, session, backup->size);
		if (!backup->copy)
			return BEKEN_ERR_MEMORY;
	}
	backup->session = session;
	session_on_first_change(session, make, backup);
	return BEKEN_OK;
}

int backup_open_session(const struct frontend *frontend, const struct params *params, struct session **session,
			struct backup **backup)
{
	int error = BEKEN_OK;

	*session = NULL;
	*backup = NULL;
	/* Before the chip is touched: this can fail without it. */
	if (params->backup[0])
		error = backup_new(frontend, params->backup, backup);
	if (!error)
		error = session_open(frontend, params, session);
	if (!error && *backup) {
		error = attach(*backup, *session);
		if (error) {
			session_close(*session);
			*session = NULL;
		}
	}
	if (error) {
		backup_free(*backup);
		*backup = NULL;
	}
	return error;
}
