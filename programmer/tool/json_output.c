/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json_output.h"

#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>

static struct json_object *must(struct json_object *object)
{
	if (!object) {
		fputs("ch341a-beken: out of memory\n", stderr);
		abort();
	}
	return object;
}

struct json_object *json_new(void)
{
	return must(json_object_new_object());
}

struct json_object *json_new_list(void)
{
	return must(json_object_new_array());
}

void json_add_object(struct json_object *to, const char *key, struct json_object *object)
{
	if (json_object_object_add(to, key, object))
		must(NULL);
}

void json_add_number(struct json_object *to, const char *key, uint64_t value)
{
	json_add_object(to, key, must(json_object_new_int64((int64_t)value)));
}

void json_add_number_if(struct json_object *to, const char *key, bool known, uint64_t value)
{
	if (known)
		json_add_number(to, key, value);
	else
		json_add_object(to, key, NULL);
}

void json_add_text(struct json_object *to, const char *key, const char *value)
{
	json_add_object(to, key, value ? must(json_object_new_string(value)) : NULL);
}

void json_add_bool(struct json_object *to, const char *key, bool value)
{
	json_add_object(to, key, must(json_object_new_boolean(value)));
}

struct json_object *json_add_list(struct json_object *to, const char *key)
{
	struct json_object *list = json_new_list();

	json_add_object(to, key, list);
	return list;
}

struct json_object *json_append(struct json_object *list)
{
	struct json_object *object = json_new();

	if (json_object_array_add(list, object))
		must(NULL);
	return object;
}

void json_append_text(struct json_object *list, const char *value)
{
	if (json_object_array_add(list, must(json_object_new_string(value))))
		must(NULL);
}

int json_write(FILE *file, struct json_object *object)
{
	const char *text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
									  JSON_C_TO_STRING_NOSLASHESCAPE);
	const int result = fprintf(file, "%s\n", text) < 0 || fflush(file) ? -1 : 0;

	json_object_put(object);
	return result;
}

void json_print(struct json_object *object)
{
	json_write(stdout, object);
}
