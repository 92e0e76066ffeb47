/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup_reminder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup_record.h"
#include "calibration.h"
#include "shell_word.h"

#define MAX_NUMBER 99

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
	const int *fd = arg;

	return pread(*fd, data, n, (off_t)address) == (ssize_t)n ? 0 : -1;
}

/* A regular file as large as the flash, open for reading, or -1. A pipe that has
 * come in its place is not waited for. */
static int open_copy(const char *path, uint64_t size)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;

	if (fd >= 0 && (fstat(fd, &status) || !S_ISREG(status.st_mode) || (uint64_t)status.st_size != size)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Also tells that the file still has it. */
static bool is_copy_of_chip(void *arg, const char *path)
{
	struct search *search = arg;
	int fd = open_copy(path, search->flash_size);
	bool fits;

	if (fd < 0)
		return false;
	fits = !calibration_find(&search->file, search->flash_size, read_file, &fd) &&
	       calibration_equal(&search->chip, &search->file);
	close(fd);
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

/* One that does not exist yet. */
static void backup_name(char *name, size_t size)
{
	struct stat status;

	snprintf(name, size, "backup.bin");
	for (unsigned int i = 2; i <= MAX_NUMBER && !lstat(name, &status); i++)
		snprintf(name, size, "backup-%u.bin", i);
}

static void put_command(FILE *line, const struct backup_reminder *word)
{
	char name[32];

	/* Each word brings another blank. */
	fputs("   ", line);
	for (int i = 0; i <= word->args->commands; i++)
		shell_word(line, word->argv[i]);
	put_option(line, "-p", word->args->programmer);
	put_option(line, "-c", word->args->chip);
	backup_name(name, sizeof(name));
	put_option(line, "-r", name);
}

static void say_command(const struct backup_reminder *word)
{
	char *text = NULL;
	size_t size = 0;
	FILE *line = open_memstream(&text, &size);

	if (!line)
		return;
	put_command(line, word);
	if (!fclose(line))
		word->frontend->message(word->frontend->arg, MESSAGE_WARNING, text);
	free(text);
}

/* ---- the word ---- */

static void say(const struct backup_reminder *word, const struct calibration *chip)
{
	frontend_message(
		word->frontend, MESSAGE_WARNING,
		"No backup of this chip is on record%s. Add backup=FOLDER to the parameters, or stop with "
		"Ctrl-C and make one first:",
		chip->n ? ", and its RF calibration and MAC address are nowhere else" : "");
	say_command(word);
}

static int look_and_say(struct backup_reminder *word, struct session *session)
{
	struct search search = { .flash_size = word->flash_size };
	bool found;
	const int error = calibration_find(&search.chip, search.flash_size, read_chip, session);

	/* In an erased flash there is nothing to lose. */
	if (error || search.chip.is_blank)
		return error;
	if (backup_record_find(is_copy_of_chip, &search, &found))
		frontend_message(word->frontend, MESSAGE_DEBUG, "The record of backups cannot be read: %s.",
				 strerror(errno));
	if (!found)
		say(word, &search.chip);
	return BEKEN_OK;
}

/* With enter=never there is no Beken chip. */
static bool is_for_us(const struct backup_reminder *word)
{
	return word->params->beken.enter != BEKEN_ENTER_NEVER;
}

static bool is_write(const struct backup_reminder *word)
{
	return word->args->operation == 'w' || word->args->operation == 'E';
}

int backup_reminder_before(struct backup_reminder *word, struct session *session)
{
	int error;

	if (!is_for_us(word) || !(is_write(word) || word->args->operation == 'r'))
		return BEKEN_OK;
	error = session_size(session, &word->flash_size);
	if (error || !is_write(word) || word->params->backup[0] || word->was_said || !word->flash_size)
		return error;
	word->was_said = true;
	return look_and_say(word, session);
}

/* ---- noting down ---- */

static void note(const struct backup_reminder *word, const char *path)
{
	if (backup_record_add(path))
		frontend_message(word->frontend, MESSAGE_DEBUG, "%s cannot be noted down as a backup: %s.",
				 path, strerror(errno));
}

void backup_reminder_note_made(const struct backup_reminder *word, const char *path)
{
	if (path && is_for_us(word))
		note(word, path);
}

static bool is_whole_read(const struct backup_reminder *word, const struct flashrom_findings *found,
			  uint64_t bytes_read)
{
	const struct flashrom_args *args = word->args;

	/* "-" is no file in some releases. */
	return args->operation == 'r' && !args->n_includes && args->file && strcmp(args->file, "-") &&
	       word->flash_size && found->size == word->flash_size && bytes_read >= word->flash_size;
}

void backup_reminder_note_read(const struct backup_reminder *word, const struct flashrom_findings *found,
			       uint64_t bytes_read)
{
	int fd;

	if (!is_for_us(word) || !is_whole_read(word, found, bytes_read))
		return;
	fd = open_copy(word->args->file, word->flash_size);
	if (fd < 0)
		return;
	close(fd);
	note(word, word->args->file);
}
