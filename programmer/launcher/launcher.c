/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The `flashrom` that comes before the real one on PATH. A command line for
 * ch341a_beken is run by `ch341a-beken flashrom`, any other by the real flashrom,
 * unchanged. It needs nothing but libc, so that it cannot break what people do with
 * other programmers.
 */
#define _XOPEN_SOURCE 700 /* realpath() */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flashrom_args.h"
#include "flashrom_find.h"

#define EXIT_FAILED 1
#define TOOL_NAME "ch341a-beken"

#ifndef TOOL_PATH
#error "meson.build defines TOOL_PATH, where the tool is installed"
#endif
#ifndef TOOL_BESIDE
#error "meson.build defines TOOL_BESIDE, the way to it from the folder of the launcher"
#endif

static int report(const char *path)
{
	fprintf(stderr, PROGRAMMER_NAME ": Error: Cannot run %s: %s.\n", path, strerror(errno));
	return EXIT_FAILED;
}

static bool is_program(char *path, size_t size, const char *folder, const char *rest)
{
	const int n = snprintf(path, size, "%s%s", folder, rest);

	return n > 0 && (size_t)n < size && access(path, X_OK) == 0;
}

/* In a build folder the tool is beside this program. Installed, it is found
 * relative to it, which works in a staging folder, too. */
static void find_tool(char *path, size_t size)
{
	char folder[PATH_MAX];
	char *slash = realpath("/proc/self/exe", folder) ? strrchr(folder, '/') : NULL;

	if (slash) {
		slash[1] = '\0';
		if (is_program(path, size, folder, TOOL_NAME) || is_program(path, size, folder, TOOL_BESIDE))
			return;
	}
	snprintf(path, size, "%s", TOOL_PATH);
}

/* A link of the tool's name that leads here would start this program for ever. */
static bool is_this_program(const char *path)
{
	struct stat other, this;

	return !stat(path, &other) && !stat("/proc/self/exe", &this) && other.st_dev == this.st_dev &&
	       other.st_ino == this.st_ino;
}

/* `ch341a-beken flashrom ARGS...`, under the name that the user has typed; returns
 * only if that cannot be run. */
static int run_tool(int argc, char **argv)
{
	char **tool_argv, path[PATH_MAX], command[] = "flashrom";

	find_tool(path, sizeof(path));
	if (is_this_program(path)) {
		fprintf(stderr, PROGRAMMER_NAME ": Error: %s is this launcher, not the tool that it needs.\n",
			path);
		return EXIT_FAILED;
	}
	tool_argv = calloc((size_t)argc + 2, sizeof(*tool_argv));
	if (!tool_argv)
		return report(path);
	tool_argv[0] = argv[0];
	tool_argv[1] = command;
	/* With the NULL at its end. */
	for (int i = 1; i <= argc; i++)
		tool_argv[i + 1] = argv[i];
	execv(path, tool_argv);
	free(tool_argv);
	return report(path);
}

int main(int argc, char **argv)
{
	struct flashrom_args args;
	const char *parameters;
	char path[PATH_MAX], problem[512];

	/* argv may be empty, without even a name. */
	if (argc < 1)
		return EXIT_FAILED;
	if (flashrom_find(path, sizeof(path), problem, sizeof(problem))) {
		fprintf(stderr, PROGRAMMER_NAME ": Error: %s\n", problem);
		return EXIT_FAILED;
	}
	flashrom_args_read(argc, argv, &args);
	if (flashrom_args_are_ours(&args, &parameters))
		return run_tool(argc, argv);
	execv(path, argv);
	return report(path);
}
