/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "write_plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die_look.h"
#include "flashrom_layout.h"
#include "placement.h"
#include "write_file.h"
#include "write_picture.h"

#define PROBLEM_SIZE 4608 /* for a long path */
/* What session_read() reaches. */
#define MAX_FLASH ((uint64_t)16 << 20)
#define LONGEST_CHIPS 30 /* a longer list of them says nothing */
/* -l LAYOUT -N, and -i NAME for each region */
#define MAX_OPTIONS (4 + 2 * PLACEMENT_REGIONS)

struct write_plan {
	const struct frontend *frontend;
	const struct flashrom_args *args;
	const struct params *params;
	struct write_wishes wishes;
	struct session *session;
	uint32_t flash_size;
	struct write_file file;
	struct image_die die;
	struct image_judgement judgement;
	struct placement placement;
	bool is_placed, is_own;
	struct write_picture picture;
	struct flashrom_args_change change;
	const char *options[MAX_OPTIONS + 1];
};

bool write_plan_is_needed(const struct flashrom_args *args, const struct params *params)
{
	return (args->operation == 'w' || args->operation == 'v') && params->image != PARAMS_IMAGE_RAW &&
	       params->beken.enter != BEKEN_ENTER_NEVER;
}

/* ---- sentences ---- */

static int stop(const struct write_plan *plan, const char *text)
{
	frontend_message(plan->frontend, MESSAGE_ERROR, "%s", text);
	return BEKEN_ERR_PARAMETER;
}

/* ---- the file ---- */

static int look_at_file(struct write_plan *plan, const char *path)
{
	char problem[PROBLEM_SIZE];

	return write_file_read(&plan->file, path, plan->flash_size, problem, sizeof(problem))
		       ? stop(plan, problem)
		       : BEKEN_OK;
}

/* A flash that has lost its MAC address cannot say: then a backup on record counts. */
static bool is_own(struct write_plan *plan)
{
	const struct image_area *file = image_mac_area(plan->file.facts.areas, plan->file.facts.n_areas);
	const struct image_area *die = image_mac_area(plan->die.areas, plan->die.n_areas);

	if (!file)
		return false;
	if (die)
		return !memcmp(file->mac, die->mac, sizeof(file->mac));
	return write_file_is_backup(&plan->file);
}

/* ---- where it goes ---- */

static bool is_whole(const struct write_plan *plan)
{
	return !plan->file.unpacked && plan->file.facts.size == plan->flash_size;
}

static bool has_regions(const struct flashrom_args *args)
{
	return args->n_includes > 0 || args->other_layout;
}

/* flashrom itself says what is wrong with a region that is not there. */
static bool find_region(const struct write_plan *plan, int i, struct image_range *range)
{
	const struct flashrom_include *include = &plan->args->includes[i];
	struct flashrom_region region;

	if (!flashrom_layout_find(plan->args->layout, include->region, include->region_length, &region) ||
	    region.start + region.length > plan->flash_size)
		return false;
	*range = (struct image_range){ (uint32_t)region.start, (uint32_t)(region.start + region.length) };
	return true;
}

/* A file without a place of its own goes to the start of the region that is named, if
 * that is the only one. */
static bool goes_to_region(const struct write_plan *plan, struct image_range *region)
{
	return !is_whole(plan) && !plan->file.facts.place_certain && plan->args->n_includes == 1 &&
	       !plan->args->has_region_files && find_region(plan, 0, region);
}

static uint32_t address_of(const struct write_plan *plan)
{
	struct image_range region;

	if (plan->wishes.has_address)
		return plan->wishes.address;
	if (goes_to_region(plan, &region))
		return region.start;
	return is_whole(plan) ? 0 : plan->file.facts.address;
}

static int find_place(struct write_plan *plan)
{
	const struct image_facts *facts = &plan->file.facts;
	struct image_range region;

	if (plan->file.unpacked) {
		placement_of_uf2(&plan->placement, &plan->file.uf2, IMAGE_APPLICATION);
		return BEKEN_OK;
	}
	if (goes_to_region(plan, &region)) {
		if (facts->size > region.end - region.start)
			return stop(plan, "This file is larger than the region that it is to be written to.");
	} else if (!is_whole(plan) && !plan->wishes.has_address && !facts->place_certain) {
		if (image_judge_kind(&plan->judgement, facts))
			return stop(plan, plan->judgement.refusal);
		frontend_message(
			plan->frontend, MESSAGE_ERROR,
			"This file has %zu bytes, the flash %u, and nothing in it tells where it belongs. "
			"Name its place: ch341a-beken write --to ADDRESS; or a region, with -l and -i.",
			facts->size, plan->flash_size);
		return BEKEN_ERR_PARAMETER;
	}
	placement_make(&plan->placement, plan->file.data,
		       write_file_used(&plan->file, plan->wishes.is_command || !is_whole(plan)), facts,
		       address_of(plan), plan->flash_size);
	if (plan->placement.n_pieces)
		return BEKEN_OK;
	frontend_message(
		plan->frontend, MESSAGE_ERROR,
		"This file has %zu bytes, which is more than fits into this flash of %u, and its end is not "
		"empty: it is for a larger flash.",
		facts->size, plan->flash_size);
	return BEKEN_ERR_PARAMETER;
}

/* Where calibration and settings of this device begin; all before it is firmware. */
static uint32_t start_of_own(const struct write_plan *plan)
{
	uint32_t start = plan->flash_size;

	for (size_t i = 0; i < plan->die.n_areas; i++) {
		const uint32_t address = (uint32_t)plan->die.areas[i].offset;

		if (address > IMAGE_APPLICATION && address < start)
			start = address;
	}
	return start;
}

static void keep_own(struct write_plan *plan)
{
	const bool is_dump = image_mac_area(plan->file.facts.areas, plan->file.facts.n_areas) != NULL;

	if (plan->is_own || plan->wishes.clone || plan->wishes.has_address)
		return;
	if (plan->wishes.is_command && is_dump)
		placement_keep(&plan->placement, &(struct image_range){ start_of_own(plan), plan->flash_size });
	for (size_t i = 0; i < plan->die.n_areas && (plan->wishes.is_command || !is_whole(plan)); i++) {
		const uint32_t address = (uint32_t)plan->die.areas[i].offset;

		if (plan->die.areas[i].type == IMAGE_AREA_RF)
			placement_keep(&plan->placement,
				       &(struct image_range){ address, address + IMAGE_SECTOR });
	}
}

/* The user's regions in place of those of the file. flashrom writes all of them, also where
 * the file has nothing for one. */
static void take_regions(struct write_plan *plan)
{
	bool has_any = false;

	plan->placement.n_regions = 0;
	for (int i = 0; i < plan->args->n_includes; i++) {
		struct image_range range;

		if (plan->args->includes[i].file || !find_region(plan, i, &range))
			continue;
		has_any |= placement_touches(&plan->placement, &range);
		plan->placement.regions[plan->placement.n_regions++] = range;
	}
	if (!has_any)
		plan->placement.n_regions = 0;
}
_Static_assert(FLASHROM_ARGS_INCLUDES <= PLACEMENT_REGIONS, "room for the user's regions");

/* A file as large as the flash is flashrom's, unless only a part of it is to be written. */
static bool must_be_placed(const struct write_plan *plan)
{
	const struct image_range *region = &plan->placement.regions[0];

	if (plan->args->other_layout)
		return false;
	return !is_whole(plan) || plan->placement.n_pieces > 1 ||
	       (!has_regions(plan->args) &&
		(plan->placement.n_regions != 1 || region->start || region->end != plan->flash_size));
}

/* ---- the judgement ---- */

static int judge(struct write_plan *plan, uint32_t put_at, const struct image_range *ranges, size_t n)
{
	const struct image_case it = {
		.data = plan->file.data,
		.file = &plan->file.facts,
		.uf2 = plan->file.unpacked ? &plan->file.uf2 : NULL,
		.put_at = put_at,
		.ranges = ranges,
		.n_ranges = n,
		.die = &plan->die,
		.is_own = plan->is_own,
	};

	image_judge(&plan->judgement, &it);
	if (plan->args->operation != 'w')
		return BEKEN_OK;
	if (plan->judgement.refusal[0] && plan->params->image != PARAMS_IMAGE_ANY)
		return stop(plan, plan->judgement.refusal);
	if (plan->judgement.refusal[0])
		frontend_message(plan->frontend, MESSAGE_WARNING, "%s", plan->judgement.refusal);
	for (size_t i = 0; i < plan->judgement.n_remarks; i++)
		frontend_message(plan->frontend, MESSAGE_WARNING, "%s", plan->judgement.remarks[i]);
	return BEKEN_OK;
}

/* -i REGION:FILE goes to flashrom as it is. */
static int judge_region_files(struct write_plan *plan)
{
	int error = BEKEN_OK;

	for (int i = 0; !error && i < plan->args->n_includes; i++) {
		const char *path = plan->args->includes[i].file;
		struct image_range range;

		if (!path || !find_region(plan, i, &range))
			continue;
		error = look_at_file(plan, path);
		plan->is_own = is_own(plan);
		if (!error)
			error = judge(plan, range.start, &range, 1);
		write_file_free(&plan->file);
	}
	return error;
}

/* ---- the line of the plan ---- */

static const char *chip_word(const struct write_plan *plan)
{
	return strlen(plan->file.chips) < LONGEST_CHIPS ? plan->file.chips : plan->die.boot.chip;
}

static bool is_planned(const struct write_plan *plan, uint32_t address)
{
	return image_ranges_have(plan->placement.regions, plan->placement.n_regions, address);
}

static bool keeps_calibration(const struct write_plan *plan)
{
	const struct image_area *die = image_mac_area(plan->die.areas, plan->die.n_areas);

	return die && !is_planned(plan, (uint32_t)die->offset);
}

static void say_plan(const struct write_plan *plan)
{
	const char *chip = chip_word(plan);
	char ranges[160] = "";
	size_t used = 0;

	for (size_t i = 0; i < plan->placement.n_regions && used < sizeof(ranges); i++)
		used += (size_t)snprintf(ranges + used, sizeof(ranges) - used, "%s0x%x to 0x%x", i ? ", " : "",
					 plan->placement.regions[i].start, plan->placement.regions[i].end);
	frontend_message(plan->frontend, MESSAGE_INFO, "%s%s%s, %s; %s.", write_file_kind(&plan->file),
			 chip[0] ? " for " : "", chip, ranges,
			 keeps_calibration(plan) ? "RF calibration and settings stay"
						 : "the rest stays as it is");
}

/* RT-Thread's bootloader compares it with what is installed (rt_ota_check_upgrade). */
static void say_update(const struct write_plan *plan)
{
	if (plan->args->operation != 'w' || !plan->die.update_size || !is_planned(plan, IMAGE_APPLICATION) ||
	    is_planned(plan, plan->die.update))
		return;
	frontend_message(
		plan->frontend, MESSAGE_INFO,
		"An update is left in the flash at 0x%x: if the old firmware comes back, the bootloader has "
		"installed it. ch341a-beken write --erase-download erases it.",
		plan->die.update);
}

/* ---- all together ---- */

static void set_options(struct write_plan *plan)
{
	size_t n = 0;

	if (has_regions(plan->args))
		return;
	plan->options[n++] = "-l";
	plan->options[n++] = plan->picture.layout_path;
	for (size_t i = 0; i < plan->placement.n_regions; i++) {
		plan->options[n++] = "-i";
		plan->options[n++] = plan->picture.names[i];
	}
	if (!plan->wishes.verify_all && !plan->args->noverify_all)
		plan->options[n++] = "-N";
}

static int make_picture(struct write_plan *plan)
{
	struct image_range erased = { 0, 0 };
	int error;

	if (plan->wishes.erase_download && plan->die.update_size)
		erased = (struct image_range){ plan->die.update, plan->die.update + plan->die.update_size };
	if (erased.end)
		placement_add(&plan->placement, &erased);
	if (!plan->placement.n_regions)
		return stop(plan, "Nothing of this file goes into the regions that are to be written.");
	error = write_picture_make(&plan->picture, plan->session, plan->flash_size, &plan->placement,
				   plan->file.data, &erased);
	if (error)
		return error;
	set_options(plan);
	if (!has_regions(plan->args))
		say_plan(plan);
	say_update(plan);
	return BEKEN_OK;
}

/* What came through a pipe is gone. */
static int keep_stream(struct write_plan *plan)
{
	if (file_size(plan->args->file) >= 0)
		return BEKEN_OK;
	plan->picture.file = memory_file_with("image", plan->file.content.data, plan->file.content.size,
					      plan->picture.file_path);
	return plan->picture.file < 0 ? BEKEN_ERR_MEMORY : BEKEN_OK;
}

static int plan_file(struct write_plan *plan)
{
	int error = look_at_file(plan, plan->args->file);

	if (!error)
		error = find_place(plan);
	if (error)
		return error;
	plan->is_own = is_own(plan);
	if (has_regions(plan->args) && !plan->args->other_layout)
		take_regions(plan);
	else
		keep_own(plan);
	error = judge(plan, plan->placement.n_pieces ? plan->placement.pieces[0].address : 0,
		      plan->placement.regions, plan->placement.n_regions);
	if (error)
		return error;
	plan->is_placed = must_be_placed(plan) || (plan->wishes.erase_download && plan->die.update_size);
	if (plan->is_placed)
		return make_picture(plan);
	if (plan->wishes.is_command)
		say_plan(plan);
	return keep_stream(plan);
}

static int make(struct write_plan *plan)
{
	uint64_t size;
	int error = session_size(plan->session, &size);

	if (error)
		return error;
	/* Of a flash that we cannot look into flashrom knows more. */
	if (!session_can_stream(plan->session) || !size || size > MAX_FLASH)
		return plan->wishes.is_command
			       ? stop(plan,
				      "Nothing tells how large this flash is, or it has more than 16 MiB: use "
				      "flashrom -w, with a file as large as the flash.")
			       : BEKEN_OK;
	plan->flash_size = (uint32_t)size;
	error = die_look(&plan->die, plan->session, plan->flash_size);
	if (!error && plan->args->operation == 'w')
		error = judge_region_files(plan);
	if (!error && plan->args->file)
		error = plan_file(plan);
	return error;
}

int write_plan_make(const struct frontend *frontend, const struct flashrom_args *args,
		    const struct params *params, const struct write_wishes *wishes, struct session *session,
		    struct write_plan **result)
{
	struct write_plan *plan = calloc(1, sizeof(*plan));
	int error = BEKEN_ERR_MEMORY;

	*result = plan;
	if (plan) {
		plan->frontend = frontend;
		plan->args = args;
		plan->params = params;
		plan->wishes = *wishes;
		plan->session = session;
		plan->picture.file = plan->picture.layout = -1;
		plan->change =
			(struct flashrom_args_change){ args->file_index, args->file, plan->picture.file_path };
		error = make(plan);
	}
	if (error == BEKEN_ERR_MEMORY)
		frontend_message(frontend, MESSAGE_ERROR, "Cannot make a picture of the flash in memory: %s.",
				 strerror(errno));
	return error;
}

void write_plan_change(const struct write_plan *plan, struct flashrom_args_changes *changes)
{
	changes->more = plan->options;
	if (plan->picture.file < 0)
		return;
	changes->files = &plan->change;
	changes->n_files = 1;
}

void write_plan_facts(const struct write_plan *plan, struct write_plan_facts *facts)
{
	*facts = (struct write_plan_facts){ .kind = NULL };
	if (!plan)
		return;
	*facts = (struct write_plan_facts){
		.kind = write_file_kind(&plan->file),
		.chip = chip_word(plan),
		.ranges = plan->placement.regions,
		.n_ranges = plan->is_placed ? plan->placement.n_regions : 0,
		.has_update = plan->die.update_size,
		.keeps_own = plan->placement.n_regions && (plan->is_own || keeps_calibration(plan)),
		.judgement = &plan->judgement,
	};
}

void write_plan_free(struct write_plan *plan)
{
	if (!plan)
		return;
	write_file_free(&plan->file);
	write_picture_close(&plan->picture);
	free(plan);
}
