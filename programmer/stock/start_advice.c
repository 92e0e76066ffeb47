/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* strcasestr() */
#include "start_advice.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flashrom_find.h"
#include "raw_usb.h"
#include "shell_word.h"

/* 5.15.167.4-microsoft-standard-WSL2; WSL 1 has 4.4.0-19041-Microsoft. */
static bool is_wsl(void)
{
	FILE *file = fopen("/proc/sys/kernel/osrelease", "r");
	char release[256];
	bool found;

	if (!file)
		return false;
	found = fgets(release, sizeof(release), file) && strcasestr(release, "microsoft");
	fclose(file);
	return found;
}

/* ---- how we were called, for sudo ---- */

static void put_variable(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=", name);
	shell_word_quoted(out, value);
}

/* sudo drops FLASHROM and has a PATH of its own. The path of the flashrom that was
 * found would not do in their place: it may be a launcher, which takes none but
 * the real one by name. */
static void put_environment(FILE *out)
{
	const char *flashrom = getenv("FLASHROM"), *folders = getenv("PATH");
	char path[PATH_MAX], problem[512];
	const bool is_named = flashrom && *flashrom;
	const bool is_searched = folders && !(is_named && strchr(flashrom, '/')) &&
				 !flashrom_find(path, sizeof(path), problem, sizeof(problem)) &&
				 !flashrom_find_needs_no_path(path);

	if (is_named || is_searched)
		fputs(" env", out);
	if (is_searched)
		put_variable(out, "PATH", folders);
	if (is_named)
		put_variable(out, "FLASHROM", flashrom);
}

/* The words behind the first one stay as they are. own: the program, named in full
 * since sudo has a PATH of its own. Returns 0, or -1 if a word cannot be read. */
static int put_command(FILE *out, const char *own, FILE *words)
{
	char *word = NULL;
	size_t size = 0;
	bool is_told = getdelim(&word, &size, '\0', words) > 0, is_first = true;

	fputs("    sudo", out);
	for (; is_told && getdelim(&word, &size, '\0', words) > 0; is_first = false) {
		if (is_first && !strcmp(word, "flashrom"))
			put_environment(out);
		if (is_first)
			shell_word(out, own);
		shell_word(out, word);
	}
	if (is_first)
		shell_word(out, own);
	free(word);
	return is_told && feof(words) ? 0 : -1;
}

/* To be freed; NULL if the system does not tell. Half a command line can do harm, so
 * it is all or nothing. */
static char *command_for_sudo(void)
{
	char own[PATH_MAX], *command = NULL;
	FILE *words = realpath("/proc/self/exe", own) ? fopen("/proc/self/cmdline", "r") : NULL;
	size_t size = 0;
	FILE *out = words ? open_memstream(&command, &size) : NULL;
	bool complete = out && !put_command(out, own, words) && !ferror(out);

	if (words)
		fclose(words);
	if (out && !fclose(out) && complete)
		return command;
	free(command);
	return NULL;
}

/* ---- the sentences ---- */

static bool explain_permission(const struct frontend *frontend, const char *where)
{
	char *command = command_for_sudo();

	if (!command)
		return false;
	if (is_wsl())
		frontend_message(frontend, MESSAGE_ERROR,
				 "No permission to open the CH341A at %s. WSL mostly runs no udev, which would "
				 "give it by a rule. Run the command as root:",
				 where);
	else
		frontend_message(
			frontend, MESSAGE_ERROR,
			"No permission to open the CH341A at %s. Install the udev rule of flashrom or of "
			"this programmer and plug it in again, or run the command as root:",
			where);
	/* Not through frontend_message(), which limits the length. */
	frontend->message(frontend->arg, MESSAGE_ERROR, command);
	free(command);
	return true;
}

static bool explain_absence(const struct frontend *frontend)
{
	const struct raw_usb_board *const other = raw_usb_other_board();

	if (other)
		frontend_message(
			frontend, MESSAGE_ERROR,
			"No CH341A found, only %s %s (USB 1a86:%04x), which this programmer cannot use. "
			"Plug in a CH341A with its mode jumper at I2C/SPI (USB 1a86:5512).",
			other->article, other->name, other->product);
	else if (is_wsl())
		frontend_message(frontend, MESSAGE_ERROR,
				 "No CH341A found (USB 1a86:5512). WSL sees only what Windows passes on. In "
				 "PowerShell: `usbipd list`; as administrator `usbipd bind --busid ID`; then "
				 "`usbipd attach --wsl --busid ID`.");
	else
		return false;
	return true;
}

bool start_advice(const struct frontend *frontend, int error, const char *where)
{
	if (error == BEKEN_ERR_NO_PROGRAMMER)
		return explain_absence(frontend);
	return error == BEKEN_ERR_ACCESS && explain_permission(frontend, where);
}
