/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_PROTOTYPE_H
#define LIVEPATCHD_PROTOTYPE_H

struct btf;
struct btf_type;

/** prototype_find - the only function of that name; NULL: there is none in @btf itself, or several */
const struct btf_type *prototype_find(const struct btf *btf, const char *name);

/**
 * prototype_text - how a function is called
 * @btf: where it is described
 * @function: its name
 * @ret: "int (struct file *, char *)", to be freed; two functions are called in
 *	the same way if these are equal
 *
 * Return: 0, -ENOENT if it is not described, or in several ways, -ENOMEM.
 */
int prototype_text(const struct btf *btf, const char *function, char **ret);

#endif
