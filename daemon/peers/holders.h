/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_PEERS_HOLDERS_H
#define LIVEPATCHD_PEERS_HOLDERS_H

#include "kernel/klp-file.h"
#include "kernel/klp-sysfs.h"
#include "model/function-name.h"
#include "peers/peers.h"

/** peers_holder_t - told of a function that somebody holds: "F is held by X: do this". Negative: stop */
typedef int (*peers_holder_t)(const char *symbol, const char *sentence, void *userdata);

/**
 * peers_each_holder - who holds functions that a patch wants
 * @root: the kernel's files
 * @patch: what it patches; where that is not known, all functions that somebody holds count
 * @helper: it is the helper's
 * @told: of each
 * @userdata: for @told
 */
int peers_each_holder(const struct klp_root *root, const struct patch_content *patch, bool helper, peers_holder_t told,
		      void *userdata);

/**
 * peers_holders_of_patched - who holds functions that a livepatch's module wants
 * @root: the kernel's files
 * @patch: what the module patches; where that is not known, all functions that somebody holds count
 * @ret: "F is held by X: do this. G is ...", to be freed
 *
 * Return: 1, 0 if nobody is seen, negative errno.
 */
int peers_holders_of_patched(const struct klp_root *root, const struct patch_content *patch, char **ret);

/** peers_holders_of_redirected - likewise, for functions that the helper was to redirect */
int peers_holders_of_redirected(const struct klp_root *root, const struct klp_function *functions, size_t n,
				char **ret);

/** peers_holders_of_traced - likewise, who keeps @function from calling a trampoline */
int peers_holders_of_traced(const struct klp_root *root, const struct function_name *function, char **ret);

#endif
