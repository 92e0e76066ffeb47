/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flashrom_find.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define VARIABLE "FLASHROM"
#define FLASHPROG "flashprog"
/* The launchers that have run so far, as " DEVICE:INODE" each. */
#define SKIP_VARIABLE "CH341A_BEKEN_LAUNCHERS"
#define SKIP_SIZE 1024
#define IDENTITY_SIZE 64
/* Paths, separated by colons: where a package has moved flashrom to install the
 * launcher in its place. They come before PATH, since they are what the user had
 * before. */
#ifndef REAL_FLASHROM
#define REAL_FLASHROM ""
#endif
/* Some distributions install flashrom there, outside of a user's PATH. */
#define SBIN_FOLDERS "/usr/local/sbin:/usr/sbin:/sbin"
/* What each sudo has on its PATH; some have /usr/local/bin as well. */
#define SUDO_FOLDERS "/usr/sbin:/usr/bin:/sbin:/bin"

/* Blanks on both sides keep one number from matching part of another. */
static bool identity(const char *path, char text[IDENTITY_SIZE])
{
	struct stat status;

	if (stat(path, &status))
		return false;
	snprintf(text, IDENTITY_SIZE, " %llx:%llx ", (unsigned long long)status.st_dev,
		 (unsigned long long)status.st_ino);
	return true;
}

static void mark_self(void)
{
	const char *before = getenv(SKIP_VARIABLE);
	char skip[SKIP_SIZE], self[IDENTITY_SIZE];

	if (!identity("/proc/self/exe", self) || (before && strstr(before, self)))
		return;
	snprintf(skip, sizeof(skip), "%s%s", before ? before : "", self);
	setenv(SKIP_VARIABLE, skip, 1);
}

static bool is_launcher(const char *path)
{
	const char *skip = getenv(SKIP_VARIABLE);
	char text[IDENTITY_SIZE];

	return skip && identity(path, text) && strstr(skip, text);
}

static bool can_run(const char *path)
{
	struct stat status;

	return !stat(path, &status) && S_ISREG(status.st_mode) && !access(path, X_OK) && !is_launcher(path);
}

/* folders: separated by colons. With an empty name they are paths of files. */
static bool find_in(const char *folders, const char *name, char *path, size_t path_size)
{
	while (folders && *folders) {
		const size_t length = strcspn(folders, ":");
		const int used =
			snprintf(path, path_size, "%.*s%s%s", (int)length, folders, *name ? "/" : "", name);

		if (used > 0 && (size_t)used < path_size && length && can_run(path))
			return true;
		folders += length;
		folders += *folders == ':';
	}
	return false;
}

/* flashprog would do, but is used only if the user asks for it. */
static void say_what_is_missing(const char *wanted, char *problem, size_t problem_size)
{
	char other[PATH_MAX];

	if (find_in(getenv("PATH"), FLASHPROG, other, sizeof(other)) ||
	    find_in(SBIN_FOLDERS, FLASHPROG, other, sizeof(other)))
		snprintf(problem, problem_size,
			 "No %s found besides this launcher. To use flashprog in its place, set %s=%s", wanted,
			 VARIABLE, other);
	else
		snprintf(problem, problem_size,
			 "No %s found besides this launcher. Install it (Debian: apt install flashrom), or set "
			 "%s to its path.",
			 wanted, VARIABLE);
}

int flashrom_find(char *path, size_t path_size, char *problem, size_t problem_size)
{
	const char *wanted = getenv(VARIABLE);

	mark_self();
	if (wanted && strchr(wanted, '/')) {
		snprintf(path, path_size, "%s", wanted);
		if (can_run(path))
			return 0;
		snprintf(problem, problem_size,
			 is_launcher(path) ? "%s=%s is this launcher itself; it must name the real flashrom."
					   : "%s=%s cannot be run.",
			 VARIABLE, wanted);
		return -1;
	}
	if (!wanted || !*wanted) {
		wanted = "flashrom";
		if (find_in(REAL_FLASHROM, "", path, path_size))
			return 0;
	}
	if (find_in(getenv("PATH"), wanted, path, path_size) || find_in(SBIN_FOLDERS, wanted, path, path_size))
		return 0;
	say_what_is_missing(wanted, problem, problem_size);
	return -1;
}

bool flashrom_find_needs_no_path(const char *path)
{
	const char *slash = strrchr(path, '/');
	char usual[PATH_MAX];

	return (find_in(REAL_FLASHROM, "", usual, sizeof(usual)) ||
		find_in(SUDO_FOLDERS, slash ? slash + 1 : path, usual, sizeof(usual))) &&
	       !strcmp(usual, path);
}

bool flashrom_find_is_flashprog(const char *path)
{
	const char *name = strrchr(path, '/');

	return strstr(name ? name : path, FLASHPROG) != NULL;
}
