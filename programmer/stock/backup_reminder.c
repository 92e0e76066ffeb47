/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup_reminder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backup_record.h"
#include "calibration.h"
#include "file_read.h"
#include "shell_word.h"
#include "unused_path.h"

/* ---- what is in the chip, and in the files ---- */

struct search {
	uint64_t flash_size;
	struct calibration chip, file;
};

static int read_chip(void *arg, uint32_t address, uint8_t *data, size_t n)
{
	return session_read(arg, address, data, n);
}

static int read_file(void *arg, uint32_t address, uint8_t *data, size_t n)
{
	FILE *file = arg;

	return fseeko(file, (off_t)address, SEEK_SET) || fread(data, 1, n, file) != n ? -1 : 0;
}

/* Does the file still hold what is in the chip, as far as no other chip has it? */
static bool is_copy_of_chip(void *arg, const char *path)
{
	struct search *search = arg;
	FILE *file = file_size(path) == (int64_t)search->flash_size ? file_open_regular(path) : NULL;
	bool fits;

	if (!file)
		return false;
	fits = !calibration_find(&search->file, search->flash_size, read_file, file) &&
	       calibration_equal(&search->chip, &search->file);
	fclose(file);
	return fits;
}

/* ---- the command line ---- */

static void put_option(FILE *line, const char *option, const char *value)
{
	if (!value)
		return;
	shell_word(line, option);
	shell_word(line, value);
}

static void put_command(FILE *line, const struct backup_reminder *reminder)
{
	char *name = unused_path("backup.bin");

	/* Each word adds one more blank. */
	fputs("   ", line);
	if (reminder->tool)
		shell_word(line, reminder->tool);
	for (int i = 0; i <= reminder->args->commands; i++)
		shell_word(line, reminder->argv[i]);
	put_option(line, "-p", reminder->args->programmer);
	put_option(line, "-c", reminder->args->chip);
	put_option(line, "-r", name ? name : "backup.bin");
	free(name);
}

/* ---- the reminder ---- */

static void say(const struct backup_reminder *reminder, const struct calibration *chip)
{
	char *command = NULL;
	size_t size = 0;
	FILE *line = open_memstream(&command, &size);

	frontend_message(
		reminder->frontend, MESSAGE_WARNING,
		"No backup of this chip is on record%s. Add backup=FOLDER to the parameters, or stop with "
		"Ctrl-C and make one first:",
		chip->n ? ", and its RF calibration and MAC address are nowhere else" : "");
	if (!line)
		return;
	put_command(line, reminder);
	if (!fclose(line))
		reminder->frontend->message(reminder->frontend->arg, MESSAGE_WARNING, command);
	free(command);
}

static int look_and_say(struct backup_reminder *reminder, struct session *session)
{
	struct search search = { .flash_size = reminder->flash_size };
	int found;
	const int error = calibration_find(&search.chip, search.flash_size, read_chip, session);

	/* In an erased flash there is nothing to lose. */
	if (error || search.chip.is_blank)
		return error;
	found = backup_record_find(is_copy_of_chip, &search);
	if (found < 0)
		frontend_message(reminder->frontend, MESSAGE_DEBUG, "The record of backups cannot be read: %s.",
				 strerror(errno));
	if (found <= 0)
		say(reminder, &search.chip);
	return BEKEN_OK;
}

/* With enter=never there is no Beken chip. */
static bool is_for_us(const struct backup_reminder *reminder)
{
	return reminder->params->beken.enter != BEKEN_ENTER_NEVER;
}

int backup_reminder_before(struct backup_reminder *reminder, struct session *session)
{
	const char operation = reminder->args->operation;
	const bool is_write = operation == 'w' || operation == 'E';
	int error;

	if (!is_for_us(reminder) || (!is_write && operation != 'r'))
		return BEKEN_OK;
	error = session_size(session, &reminder->flash_size);
	if (error || !is_write || reminder->params->backup[0] || reminder->was_said || !reminder->flash_size)
		return error;
	reminder->was_said = true;
	return look_and_say(reminder, session);
}

/* ---- noting down ---- */

static void note(const struct backup_reminder *reminder, const char *path)
{
	if (backup_record_add(path))
		frontend_message(reminder->frontend, MESSAGE_DEBUG, "%s cannot be noted down as a backup: %s.",
				 path, strerror(errno));
}

void backup_reminder_note_made(const struct backup_reminder *reminder, const char *path)
{
	if (path && is_for_us(reminder))
		note(reminder, path);
}

void backup_reminder_note_read(const struct backup_reminder *reminder, const struct flashrom_findings *found,
			       uint64_t bytes_read)
{
	const struct flashrom_args *args = reminder->args;
	const bool is_whole = reminder->flash_size && found->size == reminder->flash_size &&
			      bytes_read >= reminder->flash_size;

	/* In some releases "-" is standard output. */
	if (!is_for_us(reminder) || args->operation != 'r' || args->n_includes || !args->file ||
	    !strcmp(args->file, "-"))
		return;
	if (is_whole && file_size(args->file) == (int64_t)reminder->flash_size)
		note(reminder, args->file);
}
