// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "kernel/kallsyms.h"
#include "kernel/klp-sysfs.h"
#include "kernel/tracefs.h"
#include "model/function-pattern.h"
#include "util/fs.h"
#include "util/json-util.h"
#include "worker/traceable.h"

/* What it needs for itself is nobody's to trace. */
#define HELPER "livepatch_helper"
/* Where the code of a function was freed or replaced. */
#define INVALID "__ftrace_invalid_address__"

/**
 * struct found - a name that patterns match
 * @symbol: owned
 * @module: "vmlinux" for the kernel itself; owned
 * @n_namesakes: how many symbols of that name its object has
 */
struct found {
	char *symbol;
	char *module;
	unsigned int n_namesakes;
};

/**
 * struct search - as far as it is
 * @matched: per pattern, whether a function matches it
 */
struct search {
	const struct traceable_query *query;
	bool *matched;
	struct found *found;
	size_t n_found;
};

static void search_clear(struct search *search)
{
	for (size_t i = 0; i < search->n_found; i++) {
		free(search->found[i].symbol);
		free(search->found[i].module);
	}
	free(search->found);
	free(search->matched);
}

/* ---------------------------------------------------------------- patterns */

static int add(struct search *search, const char *symbol, const char *module)
{
	struct found *grown = reallocarray(search->found, search->n_found + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	search->found = grown;
	grown += search->n_found;
	*grown = (struct found){ .symbol = strdup(symbol), .module = strdup(module) };
	search->n_found++;
	return grown->symbol && grown->module ? 0 : -ENOMEM;
}

/* "symbol [module]" */
static int look_at_traceable(char *line, void *userdata)
{
	struct search *search = userdata;
	const struct traceable_query *query = search->query;
	char symbol[LPH_SYMBOL_LEN], module[LPH_MODULE_LEN] = "vmlinux";
	bool wanted = false;

	if (sscanf(line, "%511s [%63[^]]]", symbol, module) < 1 || strncmp(symbol, INVALID, strlen(INVALID)) == 0 ||
	    lpd_streq(module, HELPER))
		return 0;
	for (size_t i = 0; i < query->n_patterns; i++)
		if (function_pattern_matches(query->patterns[i], "vmlinux", module, symbol))
			wanted = search->matched[i] = true;
	return wanted ? add(search, symbol, module) : 0;
}

static int by_name(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	int r = strcmp(x->module, y->module);

	return r ?: strcmp(x->symbol, y->symbol);
}

/* A name that several functions have is found as often. */
static void sort(struct search *search)
{
	size_t n = 0;

	if (search->n_found == 0)
		return;
	qsort(search->found, search->n_found, sizeof(*search->found), by_name);
	for (size_t i = 1; i < search->n_found; i++) {
		if (by_name(search->found + n, search->found + i) != 0) {
			search->found[++n] = search->found[i];
			continue;
		}
		free(search->found[i].symbol);
		free(search->found[i].module);
	}
	search->n_found = n + 1;
}

/* --------------------------------------------------------------- namesakes */

static int look_at_symbol(const struct kallsyms_symbol *symbol, void *userdata)
{
	const struct found key = { .symbol = (char *)symbol->name, .module = (char *)symbol->module };
	struct search *search = userdata;
	struct found *found = bsearch(&key, search->found, search->n_found, sizeof(*search->found), by_name);

	if (found)
		found->n_namesakes++;
	return 0;
}

/* The names that are not to be told, as keys of an object. */
static struct json_object *names_of(const struct traceable_query *query)
{
	struct json_object *names = json_object_new_object();
	char text[FUNCTION_NAME_MAX];

	for (size_t i = 0; i < query->n_names; i++)
		json_object_object_add(names, function_name_format(text, query->names + i), NULL);
	return names;
}

static void tell(const struct search *search, struct json_object *list)
{
	_cleanup_(lpd_json_putp) struct json_object *names = names_of(search->query);

	for (size_t i = 0; i < search->n_found; i++) {
		const struct found *found = search->found + i;
		unsigned int n = found->n_namesakes > 1 ? found->n_namesakes : 1;

		for (unsigned int j = 1; j <= n; j++) {
			struct function_name name = { .sympos = n > 1 ? j : 0 };
			char text[FUNCTION_NAME_MAX];

			(void)snprintf(name.symbol, sizeof(name.symbol), "%s", found->symbol);
			(void)snprintf(name.module, sizeof(name.module), "%s", found->module);
			if (!json_object_object_get_ex(names, function_name_format(text, &name), NULL))
				(void)json_object_array_add(list, json_object_new_string(text));
		}
	}
}

/* --------------------------------------------------------------------- all */

static int search_traceable(struct search *search, struct failure *failure)
{
	const struct klp_root *root = &search->query->root;
	_cleanup_free_ char *tracefs = tracefs_folder(root), *path = NULL;
	int r;

	if (!tracefs || asprintf(&path, "%s/available_filter_functions", tracefs) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = lpd_each_line(path, look_at_traceable, search);
	if (r < 0 && r != -ENOMEM)
		return failure_set(failure, FAILURE_FAILED,
				   "Cannot tell which functions match: %s: %s; mount tracefs there, or name the functions.",
				   path, strerror(-r));
	sort(search);
	return r;
}

int traceable_expand(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct traceable_query *query = argument;
	_cleanup_(search_clear) struct search search = { .query = query };
	struct json_object *functions = json_object_new_array(), *missing = json_object_new_array();
	size_t n;
	int r;

	json_object_object_add(result, "functions", functions);
	json_object_object_add(result, "missing", missing);
	search.matched = calloc(query->n_patterns, sizeof(*search.matched));
	if (!search.matched)
		return -ENOMEM;
	r = search_traceable(&search, failure);
	if (r >= 0 && search.n_found > 0)
		r = kallsyms_each(&query->root, look_at_symbol, &search);
	if (r < 0)
		return r;

	tell(&search, functions);
	n = query->n_names + json_object_array_length(functions);
	if (n > query->max) {
		/* Nobody wants them, and a report has not the room. */
		json_object_object_del(result, "functions");
		return failure_set(failure, FAILURE_INVALID_ARGUMENT,
				   "These are %zu functions, and one request traces %zu; narrow the patterns.", n,
				   query->max);
	}
	for (size_t i = 0; i < query->n_patterns; i++)
		if (!search.matched[i])
			(void)json_object_array_add(missing, json_object_new_string(query->patterns[i]));
	return 0;
}
