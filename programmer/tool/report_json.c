/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "hardware_report.h"
#include "json_output.h"

#define FORMAT_VERSION 1
#define HEX_SIZE 160

static void hex(char text[HEX_SIZE], const uint8_t *bytes, size_t n)
{
	text[0] = '\0';
	for (size_t i = 0; i < n && 2 * i + 2 < HEX_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

static void add_hex(struct json_object *to, const char *key, const uint8_t *bytes, size_t n)
{
	char text[HEX_SIZE];

	hex(text, bytes, n);
	json_add_text(to, key, n ? text : NULL);
}

/* ---- A ---- */

static void add_answers(struct json_object *to, const char *key, const struct report_answers *answers)
{
	char text[REPORT_TEXT] = "";
	size_t used = 0;

	for (size_t i = 0; i < answers->n && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%u", i ? " " : "",
					 answers->lengths[i]);
	json_add_text(to, key, text);
}

static struct json_object *usb_json(const struct report_adapter *adapter)
{
	const struct raw_usb_facts *usb = &adapter->usb;
	struct json_object *object = json_new();

	add_hex(object, "device_descriptor", usb->device, usb->device_length);
	add_hex(object, "config_descriptor", usb->config, usb->config_length);
	json_add_text(object, "product", usb->product[0] ? usb->product : NULL);
	json_add_bool(object, "has_serial", usb->has_serial);
	add_hex(object, "version", usb->version, usb->has_version ? sizeof(usb->version) : 0);
	json_add_text(object, "port", adapter->port);
	json_add_text(object, "kernel", adapter->kernel[0] ? adapter->kernel : NULL);
	json_add_text(object, "host_controller", adapter->controller[0] ? adapter->controller : NULL);
	return object;
}

static struct json_object *rise_json(const struct report_rise *rise)
{
	struct json_object *object = json_new();

	json_add_bool(object, "rises", rise->rises);
	json_add_number(object, "last_low_us", (uint64_t)rise->low_us);
	json_add_number_if(object, "first_high_us", rise->rises, (uint64_t)rise->high_us);
	return object;
}

static struct json_object *adapter_json(const struct report_adapter *adapter)
{
	struct json_object *object = json_new();

	json_add_bool(object, "complete", adapter->done);
	json_add_object(object, "usb", usb_json(adapter));
	json_add_number(object, "stale_answers", adapter->stale);
	add_answers(object, "self_test", &adapter->self_test);
	add_answers(object, "order", &adapter->order);
	json_add_number(object, "packet_alone_ns", (uint64_t)adapter->pair_ns);
	json_add_number(object, "packet_streamed_ns", (uint64_t)adapter->stream_ns);
	json_add_number(object, "unread_answers", adapter->unread);
	json_add_bool(object, "unread_answers_joined", adapter->unread_joined);
	json_add_bool(object, "reads_pins", adapter->reads_pins);
	add_hex(object, "released_levels", &adapter->released, adapter->reads_pins);
	json_add_object(object, "d2_rise", adapter->rise.known ? rise_json(&adapter->rise) : NULL);
	return object;
}

/* ---- B ---- */

static struct json_object *window_json(const struct report_window *window)
{
	struct json_object *object = json_new();

	json_add_bool(object, "seen", window->seen);
	json_add_number_if(object, "start_us", window->seen, (uint64_t)window->start_us);
	json_add_number_if(object, "end_us", window->seen, (uint64_t)window->end_us);
	json_add_number_if(object, "rotation_bits", window->seen, window->rotation);
	add_hex(object, "before", window->before, sizeof(window->before));
	add_hex(object, "first", window->first, window->seen ? sizeof(window->first) : 0);
	add_hex(object, "after", window->after, sizeof(window->after));
	return object;
}

static void add_offers(struct json_object *to, const struct report_chip *chip)
{
	struct json_object *list = json_add_list(to, "offers");

	for (size_t i = 0; i < chip->n_offers; i++) {
		struct json_object *offer = json_append(list);

		json_add_number(offer, "bytes", chip->offers[i].bytes);
		json_add_number(offer, "tries", chip->offers[i].tries);
		json_add_bool(offer, "accepted", chip->offers[i].accepted);
	}
}

static void add_polls(struct json_object *to, const struct report_chip *chip)
{
	struct json_object *list = json_add_list(to, "first_answers");
	char text[HEX_SIZE];

	for (size_t i = 0; i < chip->n_polls; i++) {
		hex(text, chip->polls[i], sizeof(chip->polls[i]));
		json_append_text(list, text);
	}
}

static void add_commands(struct json_object *to, const struct report_chip *chip)
{
	struct json_object *replies = json_new();
	char name[8];

	for (size_t i = 0; i < chip->n_commands; i++) {
		snprintf(name, sizeof(name), "%02x", chip->commands[i].opcode);
		add_hex(replies, name, chip->commands[i].reply, chip->commands[i].n);
	}
	json_add_object(to, "replies", replies);
}

static struct json_object *chip_json(const struct report_chip *chip)
{
	struct json_object *object = json_new();
	char id[16];

	snprintf(id, sizeof(id), "%06X", (unsigned int)chip->jedec_id);
	json_add_bool(object, "complete", chip->done);
	json_add_object(object, "window_cs_high", chip->high.done ? window_json(&chip->high) : NULL);
	json_add_object(object, "window_cs_low", chip->low.done ? window_json(&chip->low) : NULL);
	add_offers(object, chip);
	json_add_bool(object, "accepted", chip->accepted);
	json_add_text(object, "jedec_id", chip->has_id ? id : NULL);
	json_add_number_if(object, "id_after_us", chip->has_id, (uint64_t)chip->ready_us);
	add_polls(object, chip);
	add_commands(object, chip);
	json_add_number_if(object, "read_bytes", chip->read_twice, chip->read_bytes);
	json_add_number_if(object, "different_bytes", chip->read_twice, chip->different_bytes);
	return object;
}

/* ---- C ---- */

static struct json_object *scratch_json(const struct report_scratch *scratch)
{
	struct json_object *object = json_new();

	json_add_bool(object, "complete", scratch->done);
	json_add_number(object, "address", scratch->address);
	json_add_text(object, "refused", scratch->refused[0] ? scratch->refused : NULL);
	json_add_number(object, "page_us", (uint64_t)scratch->page_us);
	json_add_number(object, "sector_erase_us", (uint64_t)scratch->erase_us);
	json_add_number(object, "pages_16_single_us", (uint64_t)scratch->single_us);
	json_add_number(object, "pages_16_pipelined_us", (uint64_t)scratch->pipelined_us);
	json_add_bool(object, "verified", scratch->verified);
	json_add_bool(object, "erased_again", scratch->erased);
	return object;
}

/* ---- all ---- */

struct json_object *report_json(const struct hardware_report *report)
{
	struct json_object *object = json_new(), *list;
	struct report_settings settings;

	json_add_text(object, "report", "ch341a-beken hardware report");
	json_add_number(object, "format", FORMAT_VERSION);
	json_add_text(object, "version", PROJECT_VERSION);
	json_add_bool(object, "complete", report->complete);
	json_add_object(object, "adapter", adapter_json(&report->adapter));
	json_add_object(object, "chip", chip_json(&report->chip));
	json_add_object(object, "scratch", report->scratch.asked ? scratch_json(&report->scratch) : NULL);
	list = json_add_list(object, "emulator_settings");
	report_settings(&settings, report);
	for (size_t i = 0; i < settings.n; i++)
		json_append_text(list, settings.texts[i]);
	return object;
}
