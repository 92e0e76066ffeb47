/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words of a command line. */
#ifndef CH341A_BEKEN_TOOL_WORDS_H
#define CH341A_BEKEN_TOOL_WORDS_H

/* Of a NULL-terminated list, the word that was most likely meant by one that is
 * not in it: the only one that starts so, or the nearest one within two typing
 * mistakes. NULL if none comes near. */
const char *tool_words_nearest(const char *word, const char *const *words);

#endif
