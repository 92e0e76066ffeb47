/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report_steps.h"

int report_scratch(struct raw_usb *usb, struct report_scratch *scratch)
{
	(void)usb;
	(void)scratch;
	return 0;
}
int report_pipeline(const struct frontend *frontend, const struct params *params,
		    struct report_scratch *scratch)
{
	(void)frontend;
	(void)params;
	(void)scratch;
	return 0;
}
