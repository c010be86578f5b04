// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/store.h"
#include "fake-tree.h"

static int setup(void **state)
{
	(void)state;
	fake_make_root();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_remove(fake_root);
	return 0;
}

static struct store *open_store(void)
{
	struct store *store;

	assert_int_equal(store_open(fake_root, &store), 0);
	return store;
}

static void survives(void **state)
{
	struct store *store = open_store();
	struct store_record *record;

	(void)state;
	assert_null(store_first(store));
	assert_int_equal(store_add(store, "patch_a", &record), 0);
	assert_int_equal(store_set_file(record, "/root/patch \"a\".ko", "0123"), 0);
	record->replace = KLP_REPLACE_YES;
	record->helper = true;
	record->requested_by = 1000;
	record->has_change = true;
	record->change = (struct store_change){
		.id = 18,
		.unload = true,
		.running = true,
		.acted = true,
		.reversing = true,
		.names = strdup("b a"),
		.brings_module = true,
		.helper_id = UINT64_C(1) << 40,
		.strategy = 3,
		.consistency = 1,
		.message = strdup("It was cancelled."),
		.queued_at = 1,
		.started_at = 2,
		.deadline = UINT64_C(0xfffffffffffffff0),
		.timeout_usec = 4,
		.on_timeout = ON_TIMEOUT_KEEP,
	};
	assert_int_equal(store_write(store, record), 0);
	(void)store_free(store);

	store = open_store();
	record = store_find(store, "patch_a");
	assert_non_null(record);
	assert_string_equal(record->file, "/root/patch \"a\".ko");
	assert_string_equal(record->sha256, "0123");
	assert_int_equal(record->replace, KLP_REPLACE_YES);
	assert_true(record->helper);
	assert_int_equal(record->requested_by, 1000);
	assert_true(record->has_change);
	assert_int_equal(record->change.id, 18);
	assert_true(record->change.unload && record->change.running);
	assert_true(record->change.acted && record->change.reversing);
	assert_string_equal(record->change.names, "b a");
	assert_true(record->change.brings_module);
	assert_true(record->change.helper_id == UINT64_C(1) << 40);
	assert_int_equal(record->change.strategy, 3);
	assert_int_equal(record->change.consistency, 1);
	assert_string_equal(record->change.message, "It was cancelled.");
	assert_int_equal(record->change.queued_at, 1);
	assert_int_equal(record->change.started_at, 2);
	assert_true(record->change.deadline == UINT64_C(0xfffffffffffffff0));
	assert_int_equal(record->change.timeout_usec, 4);
	assert_int_equal(record->change.on_timeout, ON_TIMEOUT_KEEP);

	store_clear_change(record);
	assert_int_equal(store_write(store, record), 0);
	(void)store_free(store);
	store = open_store();
	record = store_find(store, "patch_a");
	assert_false(record->has_change);
	assert_string_equal(record->sha256, "0123");
	store_remove(store, record);
	assert_null(store_find(store, "patch_a"));
	(void)store_free(store);
	store = open_store();
	assert_null(store_first(store));
	(void)store_free(store);
}

static void what_makes_no_sense(void **state)
{
	struct store *store;

	(void)state;
	fake_file("{", "cut.patch");
	fake_file("", "empty.patch");
	fake_file("[]", "array.patch");
	fake_file("{\"change\": {\"id\": 0, \"on_timeout\": \"keep\"}}", "zero.patch");
	fake_file("{\"change\": {\"id\": 1, \"on_timeout\": \"never\"}}", "never.patch");
	fake_file("{\"file\": \"/x\"}", ".good.patch.tmp");
	fake_file("{\"file\": 5, \"more\": null}", "good.patch");
	store = open_store();
	assert_non_null(store_find(store, "good"));
	assert_null(store_find(store, "good")->file);
	assert_null(LIST_NEXT(store_first(store), link));
	(void)store_free(store);
}

static void ids(void **state)
{
	struct store *store = open_store();
	uint64_t id, last = 0;

	(void)state;
	for (int i = 0; i < 250; i++) {
		assert_int_equal(store_next_id(store, &id), 0);
		assert_true(id > last);
		last = id;
	}
	(void)store_free(store);
	/* One that is killed gives none away twice. */
	store = open_store();
	assert_int_equal(store_next_id(store, &id), 0);
	assert_true(id > last);
	(void)store_free(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(survives, setup, teardown),
		cmocka_unit_test_setup_teardown(what_makes_no_sense, setup, teardown),
		cmocka_unit_test_setup_teardown(ids, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
