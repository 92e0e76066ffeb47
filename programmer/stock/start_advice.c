/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "start_advice.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "flashrom_find.h"
#include "raw_usb.h"
#include "shell_word.h"

/* 5.15.167.4-microsoft-standard-WSL2; WSL 1 has 4.4.0-19041-Microsoft. */
static bool is_wsl(const char *osrelease)
{
	FILE *file = fopen(osrelease, "r");
	char release[256] = "";
	bool found = false;

	if (!file)
		return false;
	if (fgets(release, sizeof(release), file))
		for (const char *at = release; *at && !found; at++)
			found = !strncasecmp(at, "microsoft", strlen("microsoft"));
	fclose(file);
	return found;
}

/* ---- how we were called, for sudo ---- */

/* sudo has a PATH of its own, so the program is named in full. */
static bool own_path(char *path, size_t size)
{
	const ssize_t n = readlink("/proc/self/exe", path, size - 1);

	if (n <= 0)
		return false;
	path[n] = '\0';
	return access(path, X_OK) == 0;
}

/* All words but the first, each after a blank, to be freed; NULL if the system does
 * not tell. Half a command line can do harm, so it is all or nothing. */
static char *own_arguments(bool *runs_flashrom)
{
	FILE *file = fopen("/proc/self/cmdline", "r");
	char *arguments = NULL, *word = NULL;
	size_t size = 0, word_size = 0;
	FILE *out = file ? open_memstream(&arguments, &size) : NULL;
	bool complete = out != NULL;

	for (unsigned int i = 0; complete && getdelim(&word, &word_size, '\0', file) > 0; i++) {
		if (i > 0)
			shell_word(out, word);
		if (i == 1)
			*runs_flashrom = !strcmp(word, "flashrom");
	}
	complete = complete && feof(file) && !ferror(out);
	free(word);
	if (file)
		fclose(file);
	if (out && !fclose(out) && complete)
		return arguments;
	free(arguments);
	return NULL;
}

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

/* To be freed; NULL if the system does not tell. */
static char *command_for_sudo(void)
{
	bool runs_flashrom = false, complete;
	char own[PATH_MAX], *arguments = own_path(own, sizeof(own)) ? own_arguments(&runs_flashrom) : NULL;
	char *command = NULL;
	size_t size = 0;
	FILE *out = arguments ? open_memstream(&command, &size) : NULL;

	if (out) {
		fputs("    sudo", out);
		if (runs_flashrom)
			put_environment(out);
		shell_word(out, own);
		fputs(arguments, out);
	}
	free(arguments);
	complete = out && !ferror(out);
	if (out && !fclose(out) && complete)
		return command;
	free(command);
	return NULL;
}

/* ---- the sentences ---- */

static bool explain_permission(const char *osrelease, const struct frontend *frontend, const char *where)
{
	char *command = command_for_sudo();

	if (!command)
		return false;
	if (is_wsl(osrelease))
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

static bool explain_absence(const char *osrelease, const struct frontend *frontend)
{
	const struct raw_usb_board *const other = raw_usb_other_board();

	if (other)
		frontend_message(
			frontend, MESSAGE_ERROR,
			"No CH341A found, only %s %s (USB 1a86:%04x), which this programmer cannot use. "
			"Plug in a CH341A with its mode jumper at I2C/SPI (USB 1a86:5512).",
			other->article, other->name, other->product);
	else if (is_wsl(osrelease))
		frontend_message(frontend, MESSAGE_ERROR,
				 "No CH341A found (USB 1a86:5512). WSL sees only what Windows passes on. In "
				 "PowerShell: `usbipd list`; as administrator `usbipd bind --busid ID`; then "
				 "`usbipd attach --wsl --busid ID`.");
	else
		return false;
	return true;
}

bool start_advice_on(const char *osrelease, const struct frontend *frontend, int error, const char *where)
{
	if (error == BEKEN_ERR_NO_PROGRAMMER)
		return explain_absence(osrelease, frontend);
	return error == BEKEN_ERR_ACCESS && explain_permission(osrelease, frontend, where);
}

bool start_advice(const struct frontend *frontend, int error, const char *where)
{
	return start_advice_on("/proc/sys/kernel/osrelease", frontend, error, where);
}
