// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "model/plan.h"

static const char *const action_names[_PLAN_ACTION_MAX] = {
	[PLAN_KEEP] = "keep",
	[PLAN_LOAD] = "load",
	[PLAN_DROP] = "drop",
	[PLAN_OFF] = "off",
	[PLAN_HELD] = "held",
};

const char *plan_action_name(enum plan_action action)
{
	return action_names[action];
}

bool plan_applies(const struct plan_entry *entry)
{
	return entry->action == PLAN_KEEP || entry->action == PLAN_LOAD;
}

void plan_clear(struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		free(plan->entries[i].note);
	free(plan->entries);
	*plan = (struct plan){ 0 };
}

static int note(struct plan_entry *entry, const char *format, ...) _printf_(2, 3);

static int note(struct plan_entry *entry, const char *format, ...)
{
	va_list ap;
	int r;

	if (entry->note)
		return 0;
	va_start(ap, format);
	r = vasprintf(&entry->note, format, ap);
	va_end(ap);
	if (r < 0) {
		entry->note = NULL;
		return -ENOMEM;
	}
	return 0;
}

static bool is_in(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->n; i++)
		if (lpd_streq(plan->entries[i].name, name))
			return true;
	return false;
}

/* The kernel's word, or what is known of the file that it was loaded from. */
static enum klp_replace replace_of(const struct klp_patch *patch, const struct patch_member *member,
				   const struct patches *patches)
{
	const struct patch *from = patches ? patches_find(patches, patch->name) : NULL;

	if (patch->replace != KLP_REPLACE_UNKNOWN)
		return patch->replace;
	if (from && from->replace != KLP_REPLACE_UNKNOWN)
		return from->replace;
	if (!member || (from && from->sha256 && !lpd_streq(from->sha256, member->sha256)))
		return KLP_REPLACE_UNKNOWN;
	return member->content.replace;
}

static void add_loaded(struct plan *plan, const struct patch_set *set, const struct klp_patch *patch,
		       const struct patches *patches)
{
	const struct patch_member *member = patch_set_find(set, patch->name);

	if (!patch->status.registered || !patch->status.enabled)
		return;
	plan->entries[plan->n++] = (struct plan_entry){
		.name = patch->name,
		.action = PLAN_KEEP,
		.member = member,
		.known = true,
		.functions = patch->functions,
		.n_functions = patch->n_functions,
		.replace = replace_of(patch, member, patches),
	};
}

/* From bottom to top, which is the order of the list. */
static void add_applied(struct plan *plan, const struct patch_set *set, const struct patch *patch)
{
	if (patch->backend != PATCH_HELPER || (patch->state != PATCH_PATCHED && patch->state != PATCH_PATCHING))
		return;
	plan->entries[plan->n++] = (struct plan_entry){
		.name = patch->name,
		.action = PLAN_KEEP,
		.member = patch_set_find(set, patch->name),
		.helper = true,
		.known = true,
		.functions = patch->functions,
		.n_functions = patch->n_functions,
		.replace = KLP_REPLACE_NO,
	};
}

/* The last enabled member that surely replaces all before it. */
static const struct patch_member *find_replacing(const struct patch_set *set)
{
	for (size_t i = set->n; i-- > 0;)
		if (patch_member_enabled(set->members + i) && set->members[i].content.replace == KLP_REPLACE_YES)
			return set->members + i;
	return NULL;
}

static enum plan_action action_of(const struct patch_member *member)
{
	if (member->conf->disabled)
		return PLAN_OFF;
	return member->held ? PLAN_HELD : PLAN_LOAD;
}

static int add_member(struct plan *plan, const struct patch_member *member, const struct patch_member *replacing)
{
	struct plan_entry *entry;

	if (is_in(plan, member->name))
		return 0;
	entry = plan->entries + plan->n++;
	*entry = (struct plan_entry){
		.name = member->name,
		.action = action_of(member),
		.member = member,
		.helper = member->helper,
		.known = member->content.known,
		.functions = member->content.functions,
		.n_functions = member->content.n_functions,
		.replace = member->content.replace,
	};
	if (entry->action == PLAN_HELD)
		return note(entry, "%s", member->held);
	if (entry->action == PLAN_OFF || !replacing || member >= replacing || member->helper)
		return 0;
	entry->action = PLAN_DROP;
	return note(entry, "%s, which comes later, replaces it", replacing->name);
}

static const struct klp_function *shared_function(const struct plan_entry *a, const struct plan_entry *b)
{
	for (size_t i = 0; i < a->n_functions; i++)
		for (size_t j = 0; j < b->n_functions; j++)
			if (klp_compare_functions(a->functions + i, b->functions + j) == 0)
				return a->functions + i;
	return NULL;
}

/*
 * Notes what keeps @entry from being loaded above @later, which is loaded and
 * comes later in the set: its bodies would win, or @later would go, or it has gone
 * itself when @later came. Where that is not known it may be so.
 */
static int note_older(struct plan_entry *entry, const struct plan_entry *later)
{
	static const char way_out[] = "; livepatchd unload";
	const struct klp_function *function;

	if (later->replace == KLP_REPLACE_YES)
		return note(entry, "%s, which comes later, replaces it", later->name);
	if (later->replace == KLP_REPLACE_UNKNOWN)
		return note(entry, "it is not known whether %s, which comes later and is loaded, replaced it%s %s first",
			    later->name, way_out, later->name);
	if (entry->replace == KLP_REPLACE_UNKNOWN)
		return note(entry, "it is not known whether it replaces %s, which comes later and is loaded%s %s first",
			    later->name, way_out, later->name);
	if (entry->replace == KLP_REPLACE_YES)
		return note(entry, "it replaces %s, which comes later and is loaded%s %s first", later->name, way_out,
			    later->name);
	if (!entry->known)
		return note(entry, "it is not known whether it patches what %s does, which comes later and is loaded%s %s first",
			    later->name, way_out, later->name);
	function = shared_function(entry, later);
	return function ? note(entry, "%s, which comes later and is loaded, patches %s, too%s %s first", later->name,
			       function->symbol, way_out, later->name) :
			  0;
}

static bool is_older(const struct plan_entry *entry, const struct plan_entry *later)
{
	return entry->action == PLAN_LOAD && later->action == PLAN_KEEP && later->helper == entry->helper &&
	       later->member && patch_member_enabled(later->member) && entry->member < later->member;
}

/* Nothing is loaded above what is newer in the set. */
static int hold_older(struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		for (size_t j = 0; j < plan->n; j++) {
			struct plan_entry *entry = plan->entries + i;
			const struct plan_entry *later = plan->entries + j;
			int r;

			if (!is_older(entry, later))
				continue;
			r = note_older(entry, later);
			if (r < 0)
				return r;
			if (entry->note)
				entry->action = later->replace == KLP_REPLACE_YES ? PLAN_DROP : PLAN_HELD;
		}
	return 0;
}

/* What requires one that is held for that cannot be loaded either. */
static int hold_requiring(struct plan *plan)
{
	bool again = true;
	int r = 0;

	while (again) {
		again = false;
		for (size_t i = 0; i < plan->n; i++)
			for (size_t j = 0; j < plan->n; j++) {
				const struct plan_entry *required = plan->entries + j;
				struct plan_entry *entry = plan->entries + i;

				if (entry->action != PLAN_LOAD || required->action != PLAN_HELD ||
				    !patch_list_has(entry->member->conf->requires, required->name))
					continue;
				r = note(entry, "it requires %s, which is not loaded", required->name);
				if (r < 0)
					return r;
				entry->action = PLAN_HELD;
				again = true;
			}
	}
	return 0;
}

/* A patch that is yet to be loaded and replaces takes with it what is loaded now. */
static int drop_loaded(struct plan *plan)
{
	const struct plan_entry *replacing = NULL;
	int r = 0;

	for (size_t i = 0; i < plan->n; i++)
		if (plan->entries[i].action == PLAN_LOAD && plan->entries[i].replace == KLP_REPLACE_YES)
			replacing = plan->entries + i;
	for (size_t i = 0; replacing && i < plan->n && r >= 0; i++) {
		struct plan_entry *entry = plan->entries + i;

		if (entry->action != PLAN_KEEP || entry->helper)
			continue;
		entry->action = PLAN_DROP;
		r = note(entry, "%s replaces it", replacing->name);
	}
	return r;
}

/* The kernel stacks livepatches as they are loaded: what is loaded cannot be put on top of what is not. */
static int note_order(struct plan *plan)
{
	int r = 0;

	for (size_t i = 0; i < plan->n; i++)
		for (size_t j = i + 1; j < plan->n && r >= 0; j++) {
			const struct plan_entry *lower = plan->entries + i;
			struct plan_entry *upper = plan->entries + j;

			if (lower->helper == upper->helper && lower->action == PLAN_KEEP && plan_applies(upper) &&
			    lower->member && upper->member && patch_member_before(upper->member, lower->member))
				r = note(upper, "it is declared to come before %s, but that is loaded already",
					 lower->name);
		}
	return r;
}

static int note_unknown(struct plan *plan)
{
	int r = 0;

	for (size_t i = 0; i < plan->n && r >= 0; i++)
		if (plan_applies(plan->entries + i) && plan->entries[i].replace == KLP_REPLACE_UNKNOWN)
			r = note(plan->entries + i, "it is not known whether it replaces those before it");
	return r;
}

int plan_make(const struct patch_set *set, const struct klp_snapshot *snapshot, const struct patches *patches,
	      struct plan *ret)
{
	_cleanup_(plan_clear) struct plan plan = { 0 };
	const struct patch_member *replacing = find_replacing(set);
	const struct patch *patch;
	size_t n = set->n + snapshot->n_patches + 1;
	int r;

	if (patches)
		TAILQ_FOREACH(patch, &patches->list, link)
			n++;
	plan.entries = calloc(n, sizeof(*plan.entries));
	if (!plan.entries)
		return -ENOMEM;
	for (size_t i = 0; i < snapshot->n_patches; i++)
		add_loaded(&plan, set, snapshot->patches + i, patches);
	if (patches)
		TAILQ_FOREACH(patch, &patches->list, link)
			add_applied(&plan, set, patch);
	for (size_t i = 0; i < set->n; i++) {
		r = add_member(&plan, set->members + i, replacing);
		if (r < 0)
			return r;
	}
	r = hold_older(&plan);
	if (r >= 0)
		r = hold_requiring(&plan);
	if (r >= 0)
		r = drop_loaded(&plan);
	if (r >= 0)
		r = note_order(&plan);
	if (r >= 0)
		r = note_unknown(&plan);
	if (r < 0)
		return r;
	*ret = plan;
	plan = (struct plan){ 0 };
	return 0;
}
