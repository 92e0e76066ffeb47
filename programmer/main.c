/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One program with two names: `flashrom`, the launcher, and `ch341a-beken`, the
 * tool. */
#include <string.h>

#include "launcher.h"
#include "tool.h"

int main(int argc, char **argv)
{
	const char *slash = argc ? strrchr(argv[0], '/') : NULL;
	const char *name = slash ? slash + 1 : argc ? argv[0] : "";

	return !strcmp(name, "flashrom") ? launcher_main(argc, argv) : tool_main(argc, argv);
}
