// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/held-functions.h"
#include "model/klp-patch.h"
#include "model/patch.h"

static char said[512];

static void say(const char *what, const struct patch *patch)
{
	strcat(strcat(strcat(said, what), patch->name), " ");
}

static void added(struct patch *patch, void *userdata)
{
	(void)userdata;
	say("+", patch);
}

static void changed(struct patch *patch, unsigned int what, void *userdata)
{
	(void)userdata;
	say(what & PATCH_FUNCTIONS_CHANGED ? "f" : "", patch);
}

static void removed(struct patch *patch, void *userdata)
{
	(void)userdata;
	say("-", patch);
}

static const struct patch_observer observer = { .added = added, .changed = changed, .removed = removed };

static struct klp_function *function(bool patched)
{
	struct klp_function *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->symbol = strdup("vfs_read");
	f->module = strdup("vmlinux");
	f->patched = patched;
	return f;
}

static struct patch_seen seen(const char *name, enum patch_state state, unsigned int order)
{
	return (struct patch_seen){
		.name = name,
		.state = state,
		.order = order,
		.functions = function(state == PATCH_PATCHED),
		.n_functions = 1,
	};
}

static void update(struct patches *patches, enum patch_backend_id backend, struct patch_seen *what, size_t n,
		   const char *expected)
{
	said[0] = '\0';
	assert_int_equal(patches_update(patches, backend, what, n), 0);
	assert_string_equal(said, expected);
	for (size_t i = 0; i < n; i++)
		klp_functions_free(what[i].functions, what[i].n_functions);
}

static void backends_apart(void **state)
{
	struct patches patches;

	(void)state;
	patches_init(&patches, &observer, NULL);
	update(&patches, PATCH_KLP, (struct patch_seen[]){ seen("a", PATCH_PATCHED, 1) }, 1, "+a ");
	update(&patches, PATCH_HELPER,
	       (struct patch_seen[]){ seen("b", PATCH_PATCHED, 1), seen("c", PATCH_LOADED, 0) }, 2, "+b +c ");
	/* What one backend says is nothing to the other's. */
	update(&patches, PATCH_KLP, NULL, 0, "-a ");
	assert_int_equal(patches_find(&patches, "b")->backend, PATCH_HELPER);
	update(&patches, PATCH_HELPER,
	       (struct patch_seen[]){ seen("c", PATCH_PATCHED, 1), seen("b", PATCH_PATCHED, 2) }, 2, "fc b ");
	assert_int_equal(patches_find(&patches, "b")->order, 2);
	assert_ptr_equal(TAILQ_FIRST(&patches.list), patches_find(&patches, "c"));
	update(&patches, PATCH_HELPER, NULL, 0, "-c -b ");
	patches_clear(&patches);
}

/* A livepatch that is disabled has left sysfs. */
static void functions_stay(void **state)
{
	struct patch_seen gone = { .name = "a", .state = PATCH_DISABLED, .order = 1 };
	struct patches patches;

	(void)state;
	patches_init(&patches, &observer, NULL);
	update(&patches, PATCH_KLP, (struct patch_seen[]){ seen("a", PATCH_PATCHED, 1) }, 1, "+a ");
	assert_true(patches_find(&patches, "a")->functions[0].patched);
	update(&patches, PATCH_KLP, &gone, 1, "fa ");
	assert_int_equal(patches_find(&patches, "a")->n_functions, 1);
	assert_false(patches_find(&patches, "a")->functions[0].patched);
	patches_clear(&patches);
}

/* The same module's name may come back with the other backend. */
static void other_backend(void **state)
{
	struct patches patches;

	(void)state;
	patches_init(&patches, &observer, NULL);
	update(&patches, PATCH_KLP, (struct patch_seen[]){ seen("a", PATCH_DISABLED, 1) }, 1, "+a ");
	update(&patches, PATCH_HELPER, (struct patch_seen[]){ seen("a", PATCH_LOADED, 0) }, 1, "-a +a ");
	assert_int_equal(patches_find(&patches, "a")->backend, PATCH_HELPER);
	update(&patches, PATCH_KLP, NULL, 0, "");
	patches_clear(&patches);
}

static void owners(void **state)
{
	struct klp_function *other = function(true);
	struct patches patches;
	char *text;

	(void)state;
	patches_init(&patches, &observer, NULL);
	update(&patches, PATCH_KLP, (struct patch_seen[]){ seen("a", PATCH_PATCHED, 1) }, 1, "+a ");
	assert_null(held_functions_text(&patches, NULL, 0));
	/* Of two patches of a function the one whose body runs. */
	update(&patches, PATCH_HELPER,
	       (struct patch_seen[]){ seen("b", PATCH_PATCHING, 1), seen("c", PATCH_PATCHED, 2) }, 2, "+b +c ");
	text = held_functions_text(&patches, NULL, 0);
	assert_string_equal(text, "vfs_read (c)");
	free(text);
	text = held_functions_text(&patches, other, 1);
	assert_string_equal(text, "vfs_read (c)");
	free(text);
	free(other->module);
	other->module = strdup("ext4");
	assert_null(held_functions_text(&patches, other, 1));
	klp_functions_free(other, 1);
	patches_clear(&patches);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(backends_apart),
		cmocka_unit_test(functions_stay),
		cmocka_unit_test(other_backend),
		cmocka_unit_test(owners),
	};

	return cmocka_run_group_tests_name("patch", tests, NULL, NULL);
}
