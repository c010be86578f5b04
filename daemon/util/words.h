/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_WORDS_H
#define LIVEPATCHD_WORDS_H

/**
 * lpd_add_words - lengthen an enumeration
 * @text: as it is; NULL: there is nothing in it yet; owned by the caller
 * @separator: comes before @words, unless they are the first
 * @words: what comes to it
 *
 * Return: 0, -ENOMEM with @text as it was.
 */
int lpd_add_words(char **text, const char *separator, const char *words);

#endif
