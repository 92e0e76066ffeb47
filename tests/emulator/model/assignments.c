/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "assignments.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boards.h"
#include "chips.h"

#define ALL_DEVICES (-1)

struct assignment {
	struct assignment *next;
	int dev;		/* or ALL_DEVICES */
	char *key, *value;
};

void assignments_init(struct assignments *list)
{
	*list = (struct assignments){ .last = &list->first, .n_devices = 1, .seed = 1 };
}

static void free_assignment(struct assignment *a)
{
	if (!a)
		return;
	free(a->key);
	free(a->value);
	free(a);
}

void assignments_clear(struct assignments *list)
{
	for (struct assignment *next, *a = list->first; a; a = next) {
		next = a->next;
		free_assignment(a);
	}
	assignments_init(list);
}

static int set_global(int64_t *field, const char *key, const char *value, int64_t max, char *err,
		      size_t err_size)
{
	if (settings_parse_int(value, 0, max, field))
		return 0;
	snprintf(err, err_size, "%s=%s: allowed values are 0..%lld.", key, value, (long long)max);
	return -1;
}

static int apply(struct settings *settings, const char *key, const char *value, char *err,
		 size_t err_size)
{
	const bool chip = !strcmp(key, "chip");
	char names[600];

	if (!chip && strcmp(key, "board"))
		return settings_apply(settings, key, value, err, err_size);
	if (chip ? chips_apply(settings, value) : boards_apply(settings, value))
		return 0;
	if (chip)
		chips_names(names, sizeof(names));
	else
		boards_names(names, sizeof(names));
	snprintf(err, err_size, "%s=%s: allowed values are %s.", key, value, names);
	return -1;
}

static int check(const char *key, const char *value, char *err, size_t err_size)
{
	struct settings scratch;

	settings_defaults(&scratch, 0);
	return apply(&scratch, key, value, err, err_size);
}

/* Takes the "N." off *text. Returns N, ALL_DEVICES, or -2 if N is too large. */
static int parse_device(const char **text)
{
	size_t digits = strspn(*text, "0123456789");
	int64_t dev;
	char number[16];

	if (!digits || (*text)[digits] != '.')
		return ALL_DEVICES;
	if (digits >= sizeof(number))
		return -2;
	memcpy(number, *text, digits);
	number[digits] = 0;
	*text += digits + 1;
	return settings_parse_int(number, 0, ASSIGNMENTS_MAX_DEVICES - 1, &dev) ? (int)dev : -2;
}

static struct assignment *new_assignment(int dev, const char *text)
{
	struct assignment *a = calloc(1, sizeof(*a));
	const char *equals = strchr(text, '=');

	if (!a || !(a->key = strndup(text, (size_t)(equals - text))) ||
	    !(a->value = strdup(equals + 1)))
		abort();
	a->dev = dev;
	return a;
}

static int take(struct assignments *list, struct assignment *a, char *err, size_t err_size)
{
	bool devices = !strcmp(a->key, "devices"), seed = !strcmp(a->key, "seed");

	if ((devices || seed) && a->dev != ALL_DEVICES) {
		snprintf(err, err_size, "%s is one for all devices.", a->key);
		return -1;
	}
	if (devices)
		return set_global(&list->n_devices, a->key, a->value, ASSIGNMENTS_MAX_DEVICES, err, err_size);
	if (seed)
		return set_global(&list->seed, a->key, a->value, INT64_MAX, err, err_size);
	return check(a->key, a->value, err, err_size);
}

int assignments_add(struct assignments *list, const char *text, char *err, size_t err_size)
{
	const char *pair = text;
	int dev = parse_device(&pair);
	struct assignment *a;

	if (dev == -2) {
		snprintf(err, err_size, "%s: devices are 0..%d.", text, ASSIGNMENTS_MAX_DEVICES - 1);
		return -1;
	}
	if (!strchr(pair, '=')) {
		snprintf(err, err_size, "%s: a setting looks like key=value.", text);
		return -1;
	}
	a = new_assignment(dev, pair);
	if (take(list, a, err, err_size)) {
		free_assignment(a);
		return -1;
	}
	*list->last = a;
	list->last = &a->next;
	return 0;
}

int assignments_check(const struct assignments *list, char *err, size_t err_size)
{
	for (const struct assignment *a = list->first; a; a = a->next) {
		if (a->dev < list->n_devices)
			continue;
		snprintf(err, err_size, "%d.%s=%s: the bench has %lld devices.", a->dev, a->key, a->value,
			 (long long)list->n_devices);
		return -1;
	}
	return 0;
}

static bool concerns(const struct assignment *a, unsigned int dev)
{
	return a->dev == ALL_DEVICES || a->dev == (int)dev;
}

/* The last one counts. */
static const char *value_of(const struct assignments *list, unsigned int dev, const char *key, const char *preset)
{
	const char *value = preset;

	for (const struct assignment *a = list->first; a; a = a->next)
		if (concerns(a, dev) && !strcmp(a->key, key))
			value = a->value;
	return value;
}

static bool is_single_setting(const char *key)
{
	return strcmp(key, "chip") && strcmp(key, "board") && strcmp(key, "devices") && strcmp(key, "seed");
}

void assignments_apply(const struct assignments *list, unsigned int dev, struct settings *set)
{
	char err[64];

	settings_defaults(set, dev);
	chips_apply(set, value_of(list, dev, "chip", CHIPS_DEFAULT));
	boards_apply(set, value_of(list, dev, "board", BOARDS_DEFAULT));
	/* They give defaults only: what is set wins wherever it stands. */
	for (const struct assignment *a = list->first; a; a = a->next)
		if (concerns(a, dev) && is_single_setting(a->key))
			apply(set, a->key, a->value, err, sizeof(err));
	set->seed = list->seed;
}
