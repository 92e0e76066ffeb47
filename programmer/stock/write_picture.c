/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "write_picture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_SIZE 40

static bool is_covered(const struct placement *placement, uint32_t start, uint32_t end)
{
	for (size_t i = 0; i < placement->n_pieces; i++) {
		const struct placement_piece *piece = &placement->pieces[i];

		if (start >= piece->address && end <= piece->address + piece->length)
			return true;
	}
	return false;
}

static int read_rest(uint8_t *picture, struct session *session, const struct placement *placement,
		     const struct image_range *region)
{
	int error = BEKEN_OK;

	for (uint32_t at = region->start; !error && at < region->end; at += IMAGE_SECTOR) {
		const uint32_t end = at + IMAGE_SECTOR < region->end ? at + IMAGE_SECTOR : region->end;

		if (!is_covered(placement, at, end))
			error = session_read(session, at, picture + at, end - at);
	}
	return error;
}

static int fill(uint8_t *picture, struct session *session, const struct placement *placement,
		const uint8_t *data, const struct image_range *erased)
{
	int error = BEKEN_OK;

	for (size_t i = 0; !error && i < placement->n_regions; i++)
		error = read_rest(picture, session, placement, &placement->regions[i]);
	memset(picture + erased->start, 0xff, erased->end - erased->start);
	for (size_t i = 0; i < placement->n_pieces; i++) {
		const struct placement_piece *piece = &placement->pieces[i];

		memcpy(picture + piece->address, data + piece->offset, piece->length);
	}
	return error;
}

static void write_layout(struct write_picture *picture, char *text, const struct placement *placement)
{
	for (size_t i = 0; i < placement->n_regions; i++) {
		snprintf(picture->names[i], sizeof(picture->names[i]), "image%u", (unsigned int)i);
		text += sprintf(text, "%08x:%08x %s\n", placement->regions[i].start,
				placement->regions[i].end - 1, picture->names[i]);
	}
}

int write_picture_make(struct write_picture *picture, struct session *session, uint32_t flash_size,
		       const struct placement *placement, const uint8_t *data, const struct image_range *erased)
{
	char layout[PLACEMENT_REGIONS * LINE_SIZE + 1] = "";
	uint8_t *bytes = malloc(flash_size);
	int error;

	if (!bytes)
		return BEKEN_ERR_MEMORY;
	memset(bytes, 0xff, flash_size);
	error = fill(bytes, session, placement, data, erased);
	write_layout(picture, layout, placement);
	if (!error) {
		picture->file = memory_file_with("image", bytes, flash_size, picture->file_path);
		picture->layout = memory_file_with("layout", layout, strlen(layout), picture->layout_path);
		if (picture->file < 0 || picture->layout < 0)
			error = BEKEN_ERR_MEMORY;
	}
	free(bytes);
	return error;
}

void write_picture_close(struct write_picture *picture)
{
	if (picture->file >= 0)
		close(picture->file);
	if (picture->layout >= 0)
		close(picture->layout);
	picture->file = picture->layout = -1;
}
