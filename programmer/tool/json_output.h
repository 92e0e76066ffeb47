/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands print with --json. Without memory for a few hundred bytes nothing is left to
 * be said, so these functions do not fail: they end the program then. */
#ifndef CH341A_BEKEN_JSON_OUTPUT_H
#define CH341A_BEKEN_JSON_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json_object;

/* The caller's, until it is added or printed. */
struct json_object *json_new(void);

/* New members of an object. null is what a number gets that is not known, and a
 * text or object that is NULL. */
void json_add_number(struct json_object *to, const char *key, uint64_t value);
void json_add_number_if(struct json_object *to, const char *key, bool known, uint64_t value);
void json_add_text(struct json_object *to, const char *key, const char *value);
void json_add_bool(struct json_object *to, const char *key, bool value);
void json_add_object(struct json_object *to, const char *key, struct json_object *object);
struct json_object *json_add_list(struct json_object *to, const char *key);

/* A list that is no member, and an object at the end of any list. */
struct json_object *json_new_list(void);
struct json_object *json_append(struct json_object *list);
void json_append_text(struct json_object *list, const char *value);

/* Prints it on stdout and frees it. */
void json_print(struct json_object *object);

/* The same into a file. Returns 0, or -1 with errno. */
int json_write(FILE *file, struct json_object *object);

#endif
