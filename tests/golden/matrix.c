/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "matrix.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* In one write, since other tests append at the same time. */
void matrix_note(const char *program, const char *chip, const char *operation, bool ok)
{
	const char *path = getenv("BEKEN_MATRIX");
	char line[256];
	int file, n = snprintf(line, sizeof(line), "%s\tin-process\t%s\t%s\t%s\n", program, chip, operation,
			       ok ? "ok" : "failed");

	if (!path || !*path || n >= (int)sizeof(line))
		return;
	file = open(path, O_WRONLY | O_APPEND | O_CREAT, 0666);
	if (file < 0 || write(file, line, (size_t)n) != n)
		perror(path);
	if (file >= 0)
		close(file);
}
