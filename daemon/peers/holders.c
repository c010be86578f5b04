// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "kernel/ftrace-functions.h"
#include "kernel/klp-sysfs.h"
#include "model/klp-patch.h"
#include "peers/holders.h"
#include "peers/read.h"
#include "util/words.h"

enum { BLAMED_MAX = 5 };

/* Tells whoever stands in the way on the functions that @names names. */
static int tell_holders(const struct klp_root *root, const char *const *names, size_t n, enum peers_wish wish,
			peers_holder_t told, void *userdata)
{
	_cleanup_(peers_clear) struct peers peers = { .max = SIZE_MAX, .patterns = names, .n_patterns = n };
	int r;

	r = peers_look(root, &peers, NULL);
	for (size_t i = 0; r >= 0 && i < peers.n_functions; i++) {
		_cleanup_free_ char *sentence = NULL;

		r = peers_tell_holders(peers.functions + i, wish, &sentence);
		if (r > 0)
			r = told(peers.functions[i].symbol, sentence, userdata);
	}
	return r < 0 ? r : 0;
}

/**
 * struct sentences - what is said of several functions
 */
struct sentences {
	char *text;
	unsigned int n;
};

static int add_sentence(const char *symbol, const char *sentence, void *userdata)
{
	struct sentences *sentences = userdata;

	(void)symbol;
	if (sentences->n == BLAMED_MAX)
		return 0;
	sentences->n++;
	return lpd_add_words(&sentences->text, ". ", sentence);
}

/* 1: there are some. */
static int take_sentences(struct sentences *sentences, int r, char **ret)
{
	if (r < 0)
		free(sentences->text);
	if (r < 0 || !sentences->text)
		return r;
	*ret = sentences->text;
	return 1;
}

int peers_holders_of_traced(const struct klp_root *root, const struct function_name *function, char **ret)
{
	char name[FUNCTION_NAME_MAX];
	const char *names[] = { name };
	struct sentences sentences = { 0 };

	(void)snprintf(name, sizeof(name), "%s:%s", function->module, function->symbol);
	return take_sentences(&sentences,
			      tell_holders(root, names, 1, PEERS_WISH_TRAMPOLINE, add_sentence, &sentences), ret);
}

/**
 * struct names - functions, as patterns
 */
struct names {
	char **names;
	size_t n;
};

static void names_clear(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->names[i]);
	free(names->names);
}

static int names_add(struct names *names, const char *module, const char *symbol)
{
	char **grown = reallocarray(names->names, names->n + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	names->names = grown;
	if (asprintf(&names->names[names->n], "%s:%s", module, symbol) < 0)
		return -ENOMEM;
	names->n++;
	return 0;
}

static int add_held(const struct ftrace_function *function, void *userdata)
{
	if (!function->ipmodify && !function->direct)
		return 0;
	return names_add(userdata, function->module, function->symbol);
}

int peers_holders_of_redirected(const struct klp_root *root, const struct klp_function *functions, size_t n,
				char **ret)
{
	_cleanup_(names_clear) struct names names = { .n = 0 };
	struct sentences sentences = { 0 };
	int r = 0;

	for (size_t i = 0; r >= 0 && i < n; i++)
		r = names_add(&names, functions[i].module, functions[i].symbol);
	if (r < 0 || names.n == 0)
		return r < 0 ? r : 0;
	r = tell_holders(root, (const char *const *)names.names, names.n, PEERS_WISH_HELPER_PATCH, add_sentence,
			 &sentences);
	return take_sentences(&sentences, r, ret);
}

int peers_each_holder(const struct klp_root *root, const struct patch_content *patch, bool helper, peers_holder_t told,
		      void *userdata)
{
	_cleanup_(names_clear) struct names names = { .n = 0 };
	int r = 0;

	for (size_t i = 0; r >= 0 && patch->known && i < patch->n_functions; i++)
		r = names_add(&names, patch->functions[i].module, patch->functions[i].symbol);
	if (!patch->known)
		r = ftrace_functions_each(root, add_held, &names);
	/* What cannot be seen holds nothing that could be told. */
	if (!patch->known && r < 0 && r != -ENOMEM)
		r = 0;
	if (r < 0 || names.n == 0)
		return r < 0 ? r : 0;
	return tell_holders(root, (const char *const *)names.names, names.n,
			    helper ? PEERS_WISH_HELPER_PATCH : PEERS_WISH_LIVEPATCH, told, userdata);
}

int peers_holders_of_patched(const struct klp_root *root, const struct patch_content *patch, char **ret)
{
	struct sentences sentences = { 0 };

	return take_sentences(&sentences, peers_each_holder(root, patch, false, add_sentence, &sentences), ret);
}
