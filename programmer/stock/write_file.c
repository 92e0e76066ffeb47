/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "write_file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backup_record.h"

static int unpack(struct write_file *file, uint32_t flash_size, char *problem, size_t problem_size)
{
	image_uf2_read(&file->uf2, file->content.data, file->content.size);
	snprintf(problem, problem_size, "%s", file->uf2.problem);
	if (problem[0])
		return -1;
	file->unpacked = malloc(flash_size);
	snprintf(problem, problem_size, "Out of memory.");
	if (!file->unpacked)
		return -1;
	memset(file->unpacked, 0xff, flash_size);
	snprintf(problem, problem_size, "This UF2 file is for a larger flash.");
	if (flash_size <= IMAGE_APPLICATION ||
	    image_uf2_place(file->content.data, file->content.size, file->unpacked, flash_size))
		return -1;
	file->data = file->unpacked + IMAGE_APPLICATION;
	return 0;
}

static void name_chips(struct write_file *file)
{
	if (file->unpacked && file->uf2.chip)
		snprintf(file->chips, sizeof(file->chips), "%s", file->uf2.chip);
	else if (file->facts.candidates)
		image_chips_text(file->facts.candidates, file->chips, sizeof(file->chips));
}

int write_file_read(struct write_file *file, const char *path, uint32_t flash_size, char *problem,
		    size_t problem_size)
{
	const struct image_uf2_range *last;
	size_t size;

	memset(file, 0, sizeof(*file));
	if (file_read(&file->content, path, IMAGE_MAX_SIZE, problem, problem_size))
		return -1;
	file->data = file->content.data;
	size = file->content.size;
	if (image_uf2_starts(file->data, size)) {
		if (unpack(file, flash_size, problem, problem_size))
			return -1;
		last = &file->uf2.ranges[file->uf2.n_ranges - 1];
		size = last->address + last->length - IMAGE_APPLICATION;
	}
	image_find(&file->facts, file->data, size, NULL);
	name_chips(file);
	return 0;
}

void write_file_free(struct write_file *file)
{
	file_read_free(&file->content);
	free(file->unpacked);
	file->unpacked = NULL;
}

size_t write_file_used(const struct write_file *file, bool without_padding)
{
	size_t n = file->facts.size;

	while (without_padding && file->facts.kind == IMAGE_QIO && n && file->data[n - 1] == 0xff)
		n--;
	return n;
}

const char *write_file_kind(const struct write_file *file)
{
	if (file->unpacked)
		return "UF2";
	switch (file->facts.kind) {
	case IMAGE_QIO: return "QIO";
	case IMAGE_UA: return "Application (UA)";
	case IMAGE_BOOTLOADER: return "Bootloader";
	case IMAGE_FULL:
	case IMAGE_PARTIAL:
	case IMAGE_FROM_APPLICATION: return "Dump";
	default: return "File";
	}
}

bool write_file_is_backup(const struct write_file *file)
{
	char path[PATH_MAX];

	return backup_record_has(file->content.data, file->content.size, path, sizeof(path));
}
