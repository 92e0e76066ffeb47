/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "ch341a_list.h"
#include "commands.h"
#include "json_output.h"
#include "start_advice.h"
#include "tool_options.h"
#include "tool_say.h"
#include "usb_holders.h"

#define MAX_DEVICES 64
#define MAX_HOLDERS 4

/* All that is known of one CH341A. */
struct entry {
	struct ch341a_info usb;
	size_t number;				  /* for device=; only in SPI mode */
	char kernel_driver[USB_HOLDER_NAME_SIZE]; /* empty: not known */
	struct usb_holder holders[MAX_HOLDERS];
	size_t n_holders;
};

static void find_holders(struct entry *entry)
{
	if (entry->usb.access == CH341A_ACCESS_KERNEL || entry->usb.access == CH341A_ACCESS_DENIED) {
		if (!usb_holders_kernel_driver("/sys", entry->usb.port, entry->kernel_driver,
					       sizeof(entry->kernel_driver)))
			entry->kernel_driver[0] = '\0';
	}
	if (entry->usb.access != CH341A_ACCESS_KERNEL)
		entry->n_holders = usb_holders_find("/proc", entry->usb.bus, entry->usb.address, entry->holders,
						    MAX_HOLDERS);
}

static const struct {
	const char *word;   /* for programs */
	const char *advice; /* what to do before it can be used; NULL: nothing */
} access_of[] = {
	[CH341A_ACCESS_FREE] = { "free", NULL },
	[CH341A_ACCESS_KERNEL] = { "kernel", NULL },
	[CH341A_ACCESS_BUSY] = { "busy", "End the program that uses it." },
	[CH341A_ACCESS_DENIED] = { "denied",
				   "Install the udev rule of flashrom or of this programmer and plug it in "
				   "again, or run as root." },
	[CH341A_ACCESS_BROKEN] = { "error", "Unplug it and plug it in again; try another port or cable." },
};

/* NULL: it can be used. */
static const char *advice(const struct ch341a_info *usb)
{
	if (!usb->spi_mode)
		return "Unplug it, set its mode jumper to I2C/SPI (1a86:5512), and plug it in again.";
	return access_of[usb->access].advice;
}

/* ---- for people ---- */

static void print_state(const struct entry *entry)
{
	const bool spi_mode = entry->usb.spi_mode;

	switch (entry->usb.access) {
	case CH341A_ACCESS_FREE: puts(spi_mode ? "ready" : "free"); return;
	case CH341A_ACCESS_KERNEL:
		printf("%sheld by the kernel driver%s%s%s\n", spi_mode ? "ready, " : "",
		       entry->kernel_driver[0] ? " " : "", entry->kernel_driver,
		       spi_mode ? ", which gives way" : "");
		return;
	case CH341A_ACCESS_BUSY:
		printf("in use by ");
		for (size_t i = 0; i < entry->n_holders; i++)
			printf("%s%s (pid %ld)", i ? ", " : "", entry->holders[i].name, entry->holders[i].pid);
		puts(entry->n_holders ? "" : "another program");
		return;
	case CH341A_ACCESS_DENIED: puts("no permission to open it"); return;
	case CH341A_ACCESS_BROKEN: puts("cannot be opened"); return;
	}
}

static void print_entry(const struct entry *entry)
{
	char number[32] = "-";

	if (entry->usb.spi_mode)
		snprintf(number, sizeof(number), "device=%zu", entry->number);
	printf("%-9s  %u:%u  port %s%s%s\n", number, entry->usb.bus, entry->usb.address, entry->usb.port,
	       entry->usb.serial[0] ? "  serial " : "", entry->usb.serial);
	printf("    %s: ", entry->usb.spi_mode ? "SPI mode (1a86:5512)" : "serial port mode (1a86:5523)");
	print_state(entry);
	if (advice(&entry->usb))
		tool_print_wrapped(stdout, "    ", advice(&entry->usb));
}

/* ---- for programs ---- */

static void add_holders(struct json_object *object, const struct entry *entry)
{
	struct json_object *list = json_add_list(object, "holders");

	for (size_t i = 0; i < entry->n_holders; i++) {
		struct json_object *holder = json_append(list);

		json_add_number(holder, "pid", (uint64_t)entry->holders[i].pid);
		json_add_text(holder, "name", entry->holders[i].name);
	}
}

static void append_entry(struct json_object *list, const struct entry *entry)
{
	const struct ch341a_info *usb = &entry->usb;
	struct json_object *object = json_append(list);

	json_add_number_if(object, "device", usb->spi_mode, entry->number);
	json_add_number(object, "bus", usb->bus);
	json_add_number(object, "address", usb->address);
	json_add_text(object, "port", usb->port);
	json_add_text(object, "serial", usb->serial[0] ? usb->serial : NULL);
	json_add_text(object, "mode", usb->spi_mode ? "spi" : "serial");
	json_add_text(object, "usb_id", usb->spi_mode ? "1a86:5512" : "1a86:5523");
	json_add_text(object, "access", access_of[usb->access].word);
	json_add_text(object, "kernel_driver", entry->kernel_driver[0] ? entry->kernel_driver : NULL);
	add_holders(object, entry);
	json_add_bool(object, "usable", !advice(usb));
	json_add_text(object, "advice", advice(usb));
}

/* ---- both ---- */

static bool list_all(const struct ch341a_info *infos, size_t n, bool json)
{
	struct json_object *list = json ? json_new_list() : NULL;
	bool any_usable = false;

	for (size_t i = 0; i < n; i++) {
		struct entry entry = { .usb = infos[i], .number = i };

		find_holders(&entry);
		any_usable = any_usable || !advice(&entry.usb);
		if (json)
			append_entry(list, &entry);
		else
			print_entry(&entry);
	}
	if (json)
		json_print(list);
	return any_usable;
}

static int list(const struct tool_options *options, bool json)
{
	struct ch341a_info infos[MAX_DEVICES];
	struct frontend frontend;
	size_t n;

	if (tool_frontend_init(&frontend, options) || ch341a_list(&frontend, infos, MAX_DEVICES, &n))
		return TOOL_FAILED;
	if (n > MAX_DEVICES) {
		tool_warning("%zu CH341A are attached; only %d are shown.", n, MAX_DEVICES);
		n = MAX_DEVICES;
	}
	if (list_all(infos, n, json))
		return TOOL_OK;
	if (n)
		tool_error("No CH341A that is attached can be used.");
	else if (!start_advice(&frontend, BEKEN_ERR_NO_PROGRAMMER, ""))
		tool_error("No CH341A found (USB 1a86:5512). Is it plugged in? Try another cable or port; "
			   "`lsusb` must list it.");
	return TOOL_FAILED;
}

int cmd_list(int argc, char **argv)
{
	bool json = false;
	const struct tool_option own[] = {
		{ .name = "json", .flag = &json, .help = "print an array of objects as JSON" },
		{ .name = NULL },
	};
	const struct tool_usage usage = {
		.name = "list",
		.description = "Shows the CH341As that are attached: the values that device= takes, whether\n"
			       "each is in SPI mode, who uses it, and whether you may open it.\n",
		.options = own,
		.exit_status = "  0  at least one can be used\n"
			       "  1  none can; the reason stands on stderr\n"
			       "  2  wrong command line\n",
	};
	struct tool_options options;
	int status;

	return tool_options_read(&options, &usage, argc, argv, &status) ? list(&options, json) : status;
}
