// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "model/patch-content.h"
#include "model/patch-set.h"
#include "util/parse-util.h"

int patch_set_add(struct patch_set *set, struct patch_member **ret)
{
	struct patch_member *grown = reallocarray(set->members, set->n + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	set->members = grown;
	*ret = grown + set->n++;
	**ret = (struct patch_member){ 0 };
	return 0;
}

void patch_set_clear(struct patch_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		free(set->members[i].file);
		free(set->members[i].held);
		patch_content_clear(&set->members[i].content);
	}
	free(set->members);
	*set = (struct patch_set){ 0 };
}

struct patch_member *patch_set_find(const struct patch_set *set, const char *name)
{
	for (size_t i = 0; i < set->n; i++)
		if (lpd_streq(set->members[i].name, name))
			return set->members + i;
	return NULL;
}

bool patch_member_enabled(const struct patch_member *member)
{
	return !member->conf->disabled && !member->held;
}

static struct patch_member *find_enabled(const struct patch_set *set, const char *name)
{
	struct patch_member *member = patch_set_find(set, name);

	return member && patch_member_enabled(member) ? member : NULL;
}

/**
 * struct walk - a walk along what members name
 * @set: the members
 * @path: where it has come along, member by member
 * @length: of @path
 * @done: members of which all is known
 * @is_loaded: as given to patch_set_sort(), as the next two
 */
struct walk {
	const struct patch_set *set;
	const struct patch_member **path;
	size_t length;
	bool *done;
	bool (*is_loaded)(const char *name, void *userdata);
	void *userdata;
	struct failure *failure;
};

/* Appends to *@text; *@text is NULL when memory is out. */
static void append(char **text, const char *format, ...) _printf_(2, 3);

static void append(char **text, const char *format, ...)
{
	_cleanup_free_ char *more = NULL;
	char *longer;
	va_list ap;

	va_start(ap, format);
	if (vasprintf(&more, format, ap) < 0)
		more = NULL;
	va_end(ap);
	if (!*text || !more || asprintf(&longer, "%s%s", *text, more) < 0)
		longer = NULL;
	free(*text);
	*text = longer;
}

/* "a requires b, which requires c": the path, from its beginning to @last. */
static int tell_missing(const struct walk *walk, const char *last)
{
	_cleanup_free_ char *chain = strdup(walk->path[0]->name);
	const struct patch_member *member = patch_set_find(walk->set, last);

	for (size_t i = 1; i <= walk->length; i++)
		append(&chain, "%s requires %s", i > 1 ? ", which" : "",
		       i < walk->length ? walk->path[i]->name : last);
	if (!chain)
		return -ENOMEM;
	if (member)
		return failure_set(walk->failure, FAILURE_CONFLICT, "%s, which has Enabled=no in " PATCH_CONF_DIR ".",
				   chain);
	return failure_set(walk->failure, FAILURE_NO_SUCH_PATCH,
			   "%s, which is not installed; install it with livepatchd load --persist, or take it out of "
			   "Requires= in " PATCH_CONF_DIR ".",
			   chain);
}

static int check_requirements(struct walk *walk, const struct patch_member *member)
{
	size_t i = (size_t)(member - walk->set->members);
	int r = 0;

	if (walk->done[i])
		return 0;
	/* A cycle of requirements meets them all; as an order it is refused later. */
	walk->done[i] = true;
	walk->path[walk->length++] = member;
	for (char **name = member->conf->requires; name && *name && r >= 0; name++) {
		const struct patch_member *required = find_enabled(walk->set, *name);

		if (required)
			r = check_requirements(walk, required);
		else if (!walk->is_loaded(*name, walk->userdata))
			r = tell_missing(walk, *name);
	}
	walk->length--;
	return r;
}

static bool is_required(const struct patch_set *set, const char *name)
{
	for (size_t i = 0; i < set->n; i++)
		if (patch_member_enabled(set->members + i) && patch_list_has(set->members[i].conf->requires, name))
			return true;
	return false;
}

/* Those that nobody requires first: their chains are the longest. */
static int check_all_requirements(struct walk *walk)
{
	int r = 0;

	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < walk->set->n && r >= 0; i++) {
			const struct patch_member *member = walk->set->members + i;

			if (patch_member_enabled(member) && (pass > 0 || !is_required(walk->set, member->name)))
				r = check_requirements(walk, member);
		}
	return r;
}

static int check_conflicts(const struct patch_set *set, struct failure *failure)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct patch_member *member = set->members + i;

		if (!patch_member_enabled(member))
			continue;
		for (char **name = member->conf->conflicts; name && *name; name++)
			if (find_enabled(set, *name))
				return failure_set(failure, FAILURE_CONFLICT,
						   "%s conflicts with %s, and both are enabled; give one Enabled=no in %s, "
						   "or take it out with livepatchd unload --persist.",
						   member->name, *name, PATCH_CONF_DIR);
	}
	return 0;
}

bool patch_member_before(const struct patch_member *a, const struct patch_member *b)
{
	return a != b && (patch_list_has(a->conf->before, b->name) || patch_list_has(b->conf->after, a->name) ||
			  patch_list_has(b->conf->requires, a->name));
}

/* The first of those left that none of the others left has to come before; -1: there is none. */
static ssize_t find_next(const struct patch_set *set, const bool *placed)
{
	for (size_t i = 0; i < set->n; i++) {
		bool ready = !placed[i];

		for (size_t j = 0; ready && j < set->n; j++)
			ready = placed[j] || !patch_member_before(set->members + j, set->members + i);
		if (ready)
			return (ssize_t)i;
	}
	return -1;
}

static size_t comes_before_it(const struct patch_set *set, const bool *placed, size_t it)
{
	for (size_t i = 0; i < set->n; i++)
		if (!placed[i] && patch_member_before(set->members + i, set->members + it))
			return i;
	return it;
}

/* Of those left, each has one left before it: going back from one to the next must meet itself. */
static int tell_cycle(const struct patch_set *set, const bool *placed, struct failure *failure)
{
	_cleanup_free_ size_t *path = calloc(set->n + 1, sizeof(*path));
	_cleanup_free_ char *chain = NULL;
	size_t length = 0, at = 0, begin;

	if (!path)
		return -ENOMEM;
	while (placed[at])
		at++;
	for (;;) {
		path[length++] = at;
		at = comes_before_it(set, placed, at);
		for (begin = 0; begin < length && path[begin] != at; begin++)
			;
		if (begin < length)
			break;
	}

	chain = strdup(set->members[at].name);
	for (size_t i = begin + 1; i < length; i++)
		append(&chain, " after %s", set->members[path[i]].name);
	append(&chain, " after %s", set->members[at].name);
	if (!chain)
		return -ENOMEM;
	return failure_set(failure, FAILURE_CONFLICT,
			   "The declared order is a cycle: %s; change Before=, After= or Requires= in %s.", chain,
			   PATCH_CONF_DIR);
}

static int by_name(const void *a, const void *b)
{
	const struct patch_member *x = a, *y = b;

	if (patch_member_enabled(x) != patch_member_enabled(y))
		return patch_member_enabled(y) - patch_member_enabled(x);
	return lpd_compare_versions(x->name, y->name);
}

static int sort_members(struct patch_set *set, bool *placed, struct failure *failure)
{
	_cleanup_free_ struct patch_member *sorted = calloc(set->n + 1, sizeof(*sorted));
	size_t n = 0, n_enabled = 0;

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < set->n; i++) {
		placed[i] = !patch_member_enabled(set->members + i);
		n_enabled += !placed[i];
	}
	while (n < n_enabled) {
		ssize_t next = find_next(set, placed);

		if (next < 0)
			return tell_cycle(set, placed, failure);
		placed[next] = true;
		sorted[n++] = set->members[next];
	}
	memcpy(set->members, sorted, n * sizeof(*sorted));
	return 0;
}

/* 1: one more member is held, since it requires one that is. */
static int hold_one(struct patch_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		struct patch_member *member = set->members + i;

		for (char **name = member->conf->requires; !member->held && name && *name; name++) {
			const struct patch_member *required = patch_set_find(set, *name);

			if (!required || !required->held)
				continue;
			if (asprintf(&member->held, "it requires %s, which is not loaded", *name) >= 0)
				return 1;
			member->held = NULL;
			return -ENOMEM;
		}
	}
	return 0;
}

int patch_set_sort(struct patch_set *set, bool (*is_loaded)(const char *name, void *userdata), void *userdata,
		   struct failure *failure)
{
	_cleanup_free_ const struct patch_member **path = calloc(set->n + 1, sizeof(*path));
	_cleanup_free_ bool *marks = calloc(set->n + 1, sizeof(*marks));
	struct walk walk = { set, path, 0, marks, is_loaded, userdata, failure };
	int r;

	if (!path || !marks)
		return -ENOMEM;
	do
		r = hold_one(set);
	while (r > 0);
	if (r < 0)
		return r;
	if (set->n > 0)
		qsort(set->members, set->n, sizeof(set->members[0]), by_name);
	r = check_all_requirements(&walk);
	if (r < 0)
		return r;
	r = check_conflicts(set, failure);
	if (r < 0)
		return r;
	return sort_members(set, marks, failure);
}
