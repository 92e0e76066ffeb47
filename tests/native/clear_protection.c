/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the patch of flashprog.c adds, alone, on a chip that does as it is told here. */
#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define FEATURE_WRSR_EWSR 1
#define FEATURE_WRSR_WREN 2
#define FEATURE_WRSR_EITHER 3

enum flashprog_wp_result { FLASHPROG_WP_OK, FLASHPROG_WP_ERR_OTHER };
enum flashprog_wp_mode { FLASHPROG_WP_MODE_DISABLED, FLASHPROG_WP_MODE_HARDWARE };

struct flashprog_wp_cfg {
	size_t start, length;
	enum flashprog_wp_mode mode;
};

struct flashctx;
typedef int restore_function(struct flashctx *flash, uint8_t status);

struct chip {
	int feature_bits;
	void (*wp_read_cfg)(void);
	void (*wp_write_cfg)(void);
};

struct flashctx {
#ifdef CHIP_IS_POINTER
	const struct chip *chip;
#else
	struct chip chip;
#endif
	struct {
		bool non_volatile_wrsr;
	} flags;
	struct flashprog_wp_cfg *protection_before;
};

static const struct flashprog_wp_cfg protected = { 0, 0x1f0000, FLASHPROG_WP_MODE_HARDWARE };

static struct {
	struct flashprog_wp_cfg now;
	bool read_fails, no_room, refuses_volatile, refuses_all;
	restore_function *restore;
	int n_volatile, n_lasting, n_configurations, n_messages;
} bench;

static void message(const char *format, ...)
{
	(void)format;
	bench.n_messages++;
}

#define msg_cerr message
#define msg_cwarn message

static enum flashprog_wp_result flashprog_wp_cfg_new(struct flashprog_wp_cfg **cfg)
{
	*cfg = calloc(1, sizeof(**cfg));
	assert(*cfg);
	bench.n_configurations++;
	return FLASHPROG_WP_OK;
}

static void flashprog_wp_cfg_release(struct flashprog_wp_cfg *cfg)
{
	bench.n_configurations -= cfg != NULL;
	free(cfg);
}

static void flashprog_wp_set_range(struct flashprog_wp_cfg *cfg, size_t start, size_t length)
{
	cfg->start = start;
	cfg->length = length;
}

static void flashprog_wp_set_mode(struct flashprog_wp_cfg *cfg, enum flashprog_wp_mode mode)
{
	cfg->mode = mode;
}

static enum flashprog_wp_result flashprog_wp_read_cfg(struct flashprog_wp_cfg *cfg, struct flashctx *flash)
{
	(void)flash;
	*cfg = bench.now;
	return bench.read_fails ? FLASHPROG_WP_ERR_OTHER : FLASHPROG_WP_OK;
}

static enum flashprog_wp_result flashprog_wp_write_cfg(struct flashctx *flash,
						       const struct flashprog_wp_cfg *cfg)
{
	bool lasting = flash->flags.non_volatile_wrsr;

	bench.n_volatile += !lasting;
	bench.n_lasting += lasting;
	if (bench.refuses_all || (bench.refuses_volatile && !lasting))
		return FLASHPROG_WP_ERR_OTHER;
	bench.now = *cfg;
	return FLASHPROG_WP_OK;
}

static int register_chip_restore(restore_function *function, struct flashctx *flash, uint8_t status)
{
	(void)flash;
	(void)status;
	if (!bench.no_room)
		bench.restore = function;
	return bench.no_room;
}

/* The lines that the patch adds; test_protection_patches.py takes them out. */
#include "added.c"

static void some_function(void)
{
}

static struct flashctx start(int features, bool has_functions)
{
	static struct chip chip;
	struct flashctx flash = { .protection_before = NULL };

	chip = (struct chip){ features, NULL, NULL };
	if (has_functions)
		chip.wp_read_cfg = chip.wp_write_cfg = some_function;
#ifdef CHIP_IS_POINTER
	flash.chip = &chip;
#else
	flash.chip = chip;
#endif
	bench.now = protected;
	bench.restore = NULL;
	bench.n_volatile = bench.n_lasting = bench.n_messages = 0;
	bench.read_fails = bench.no_room = bench.refuses_volatile = bench.refuses_all = false;
	return flash;
}

static bool is_protected(void)
{
	return bench.now.length == protected.length && bench.now.mode == protected.mode;
}

/* Clears and restores; the number of volatile and lasting writes for each. */
static void expect_cleared_and_restored(struct flashctx *flash, int n_volatile, int n_lasting)
{
	bool wanted = flash->flags.non_volatile_wrsr;

	unlock_for_change(flash);
	assert(bench.now.length == 0 && bench.now.mode == FLASHPROG_WP_MODE_DISABLED);
	assert(bench.n_volatile == n_volatile && bench.n_lasting == n_lasting);
	assert(bench.restore && bench.restore(flash, 0) == 0);
	assert(is_protected());
	assert(bench.n_volatile == 2 * n_volatile && bench.n_lasting == 2 * n_lasting);
	assert(flash->flags.non_volatile_wrsr == wanted);
	assert(bench.n_messages == 0 && bench.n_configurations == 0);
}

static void test_the_kind_of_write(void)
{
	struct flashctx flash = start(FEATURE_WRSR_EITHER, true);

	expect_cleared_and_restored(&flash, 1, 0);
	flash = start(FEATURE_WRSR_EITHER, true);
	bench.refuses_volatile = true;
	expect_cleared_and_restored(&flash, 1, 1);
	flash = start(FEATURE_WRSR_WREN, true);
	expect_cleared_and_restored(&flash, 0, 1);
	flash = start(FEATURE_WRSR_EITHER, true);
	flash.flags.non_volatile_wrsr = true;
	expect_cleared_and_restored(&flash, 0, 1);
}

static void expect_left_alone(struct flashctx *flash, int n_messages)
{
	unlock_for_change(flash);
	assert(is_protected() && !bench.restore);
	assert(bench.n_volatile + bench.n_lasting == 0);
	assert(bench.n_messages == n_messages && bench.n_configurations == 0);
}

static void test_nothing_is_cleared_that_cannot_be_restored(void)
{
	struct flashctx flash = start(FEATURE_WRSR_EITHER, false);

	expect_left_alone(&flash, 0);
	flash = start(FEATURE_WRSR_EITHER, true);
	bench.read_fails = true;
	expect_left_alone(&flash, 1);
	flash = start(FEATURE_WRSR_EITHER, true);
	bench.no_room = true;
	expect_left_alone(&flash, 1);
}

static void test_a_failure_is_told(void)
{
	struct flashctx flash = start(FEATURE_WRSR_WREN, true);

	bench.refuses_all = true;
	unlock_for_change(&flash);
	assert(bench.n_messages == 1 && bench.restore);
	assert(bench.restore(&flash, 0) != 0);
	assert(bench.n_messages == 2 && bench.n_configurations == 0);
}

int main(void)
{
	test_the_kind_of_write();
	test_nothing_is_cleared_that_cannot_be_restored();
	test_a_failure_is_told();
	return 0;
}
