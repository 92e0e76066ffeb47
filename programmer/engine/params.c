/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "params.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LENGTH 1024

enum key {
	KEY_DEVICE,
	KEY_ENTER,
	KEY_LEAVE,
	KEY_ATTEMPTS,
	KEY_CEN_LOW_MS,
	KEY_WINDOW_MS,
	KEY_PIPELINE,
	KEY_CLOCK,
	KEY_UNPROTECT,
	KEY_SFDP,
	KEY_BACKUP,
	KEY_IMAGE,
	N_KEYS
};

const char *const params_keys[] = { "device",	 "enter",    "leave", "attempts",  "cen_low_ms",
				    "window_ms", "pipeline", "clock", "unprotect", "sfdp",
				    "backup",	 "image",    NULL };

/* What each key takes, for the sentence about a bad value. */
static const char *const allowed[] = {
	"a number from 0, BUS:ADDRESS, a port path such as 1-2.3, or a serial number",
	"auto, always or never",
	"reset or keep",
	"a number from 0 (until interrupted) to 1000000",
	"a number of milliseconds from 1 to 10000",
	"a number of milliseconds from 1 to 5000",
	"auto or no",
	"fast or slow",
	"auto or no",
	"auto or no",
	"the path of a folder that exists, of at most 767 characters and without a comma",
	"check, any or raw",
};

void params_init(struct params *params)
{
	memset(params, 0, sizeof(*params));
	params->beken.enter = BEKEN_ENTER_AUTO;
	params->beken.attempts = 10;
	params->beken.cen_low_ms = 100;
	params->beken.window_ms = 120;
	params->pipeline = true;
	params->unprotect = true;
	params->sfdp = true;
}

/* The index of value in a NULL-terminated list of words, or -1. */
static int word(const char *value, const char *const *words)
{
	for (int i = 0; words[i]; i++) {
		if (!strcmp(value, words[i]))
			return i;
	}
	return -1;
}

static bool number(const char *value, unsigned int lowest, unsigned int highest, unsigned int *result)
{
	unsigned long n;

	if (!*value || strspn(value, "0123456789") != strlen(value) || strlen(value) > 9)
		return false;
	n = strtoul(value, NULL, 10);
	if (n < lowest || n > highest)
		return false;
	*result = (unsigned int)n;
	return true;
}

static bool set_text(const char *value, char *result, size_t size)
{
	if (!*value || strlen(value) >= size)
		return false;
	strcpy(result, value);
	return true;
}

static bool set_word(const char *value, const char *const *words, int *result)
{
	const int i = word(value, words);

	if (i >= 0)
		*result = i;
	return i >= 0;
}

static bool set_switch(const char *value, const char *off, const char *on, bool *result)
{
	const char *const words[] = { off, on, NULL };
	int i = *result;
	const bool good = set_word(value, words, &i);

	*result = i;
	return good;
}

static bool set(struct params *params, enum key key, const char *value)
{
	static const char *const enter_modes[] = { "auto", "always", "never", NULL }; /* as beken_enter_mode */
	static const char *const images[] = { "check", "any", "raw", NULL };	      /* as params_image */
	int mode = params->beken.enter, image = params->image;
	bool good = false;

	switch (key) {
	case KEY_DEVICE: return set_text(value, params->device, sizeof(params->device));
	case KEY_ENTER: good = set_word(value, enter_modes, &mode); break;
	case KEY_LEAVE: return set_switch(value, "reset", "keep", &params->beken.keep);
	case KEY_ATTEMPTS: return number(value, 0, 1000000, &params->beken.attempts);
	case KEY_CEN_LOW_MS: return number(value, 1, 10000, &params->beken.cen_low_ms);
	case KEY_WINDOW_MS: return number(value, 1, 5000, &params->beken.window_ms);
	case KEY_PIPELINE: return set_switch(value, "no", "auto", &params->pipeline);
	case KEY_CLOCK: return set_switch(value, "fast", "slow", &params->slow_clock);
	case KEY_UNPROTECT: return set_switch(value, "no", "auto", &params->unprotect);
	case KEY_SFDP: return set_switch(value, "no", "auto", &params->sfdp);
	case KEY_BACKUP: return set_text(value, params->backup, sizeof(params->backup));
	case KEY_IMAGE: good = set_word(value, images, &image); break;
	case N_KEYS: break;
	}
	params->beken.enter = (enum beken_enter_mode)mode;
	params->image = (enum params_image)image;
	return good;
}

static int report_unknown_key(const char *key, char *problem, size_t problem_size)
{
	int used = snprintf(problem, problem_size, "Unknown parameter \"%.60s\". Parameters are:", key);

	for (int i = 0; params_keys[i] && used >= 0 && (size_t)used < problem_size; i++)
		used += snprintf(problem + used, problem_size - (size_t)used, "%s %s", i ? "," : "",
				 params_keys[i]);
	if (used >= 0 && (size_t)used < problem_size)
		snprintf(problem + used, problem_size - (size_t)used, ".");
	return BEKEN_ERR_PARAMETER;
}

int params_set(struct params *params, const char *key, const char *value, char *problem, size_t problem_size)
{
	const int i = word(key, params_keys);

	if (i < 0)
		return report_unknown_key(key, problem, problem_size);
	assert(i < N_KEYS);
	if (set(params, (enum key)i, value))
		return BEKEN_OK;
	snprintf(problem, problem_size, "Bad value \"%.60s\" for parameter \"%s\": it takes %s.", value, key,
		 allowed[i]);
	return BEKEN_ERR_PARAMETER;
}

int params_parse(struct params *params, const char *text, char *problem, size_t problem_size)
{
	bool seen[N_KEYS] = { false };
	char copy[MAX_LENGTH], *rest = copy, *pair;

	if (!text)
		return BEKEN_OK;
	if (strlen(text) >= sizeof(copy)) {
		snprintf(problem, problem_size, "The parameters are longer than %d characters.",
			 MAX_LENGTH - 1);
		return BEKEN_ERR_PARAMETER;
	}
	strcpy(copy, text);
	while ((pair = rest) && *pair) {
		char *const comma = strchr(pair, ',');
		char *equals;
		int key;

		rest = comma ? comma + 1 : NULL;
		if (comma)
			*comma = '\0';
		equals = strchr(pair, '=');
		if (!equals) {
			snprintf(problem, problem_size,
				 "Parameter \"%.60s\" has no value: write it as key=value.", pair);
			return BEKEN_ERR_PARAMETER;
		}
		*equals = '\0';
		key = word(pair, params_keys);
		if (key >= 0 && seen[key]) {
			snprintf(problem, problem_size,
				 "Parameter \"%s\" is given more than once. It takes %s.", pair, allowed[key]);
			return BEKEN_ERR_PARAMETER;
		}
		if (params_set(params, pair, equals + 1, problem, problem_size))
			return BEKEN_ERR_PARAMETER;
		seen[key] = true;
	}
	return BEKEN_OK;
}
