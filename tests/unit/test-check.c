// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <bpf/btf.h>
#include <cmocka.h>

#include "fake-tree.h"
#include "kernel/klp-sysfs.h"
#include "kernel/prototype.h"
#include "kernel/kallsyms.h"
#include "model/klp-patch.h"
#include "model/patch-content.h"
#include "worker/check.h"
#include "worker/patch-file.h"

/* ------------------------------------------------------------------ symbols */

static void symbols(void **state)
{
	const struct klp_function functions[] = {
		{ .symbol = "one", .module = "vmlinux" },
		{ .symbol = "one", .module = "m" },
		{ .symbol = "twice", .module = "m" },
		{ .symbol = "on", .module = "vmlinux" },
	};
	unsigned int counts[4];
	struct klp_root root;
	char proc[256];

	(void)state;
	(void)snprintf(proc, sizeof(proc), "%s/proc", fake_root);
	root = (struct klp_root){ .proc = proc };
	assert_int_equal(kallsyms_count(&root, functions, 4, counts), -ENOENT);
	fake_file("0000000000000000 T one\n"
		  "0000000000000000 t one_more\n"
		  "nonsense\n"
		  "0000000000000000 t twice\t[m]\n"
		  "0000000000000000 t twice\t[m]\n"
		  "0000000000000000 t twice\t[n]\n"
		  "0000000000000000 t one\t[m\n",
		  "proc/kallsyms");
	assert_int_equal(kallsyms_count(&root, functions, 4, counts), 0);
	assert_int_equal(counts[0], 1);
	assert_int_equal(counts[1], 0);
	assert_int_equal(counts[2], 2);
	assert_int_equal(counts[3], 0);
}

/* --------------------------------------------------------------- prototypes */

static int function(struct btf *btf, const char *name, int returns, int argument)
{
	int proto = btf__add_func_proto(btf, returns);

	if (argument >= 0)
		assert_int_equal(btf__add_func_param(btf, "a", argument), 0);
	return btf__add_func(btf, name, BTF_FUNC_STATIC, proto);
}

static void prototypes(void **state)
{
	struct btf *btf = btf__new_empty();
	int integer = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	int file = btf__add_struct(btf, "file", 8);
	int forward = btf__add_fwd(btf, "file", BTF_FWD_STRUCT);
	int pointer = btf__add_ptr(btf, file);
	char *text;

	(void)state;
	function(btf, "nothing", 0, -1);
	function(btf, "a", integer, pointer);
	function(btf, "b", integer, btf__add_ptr(btf, btf__add_const(btf, forward)));
	function(btf, "c", 0, btf__add_ptr(btf, 0));
	function(btf, "twice", integer, integer);
	function(btf, "twice", integer, pointer);
	function(btf, "variable", integer, 0);

	assert_int_equal(prototype_text(btf, "nothing", &text), 0);
	assert_string_equal(text, "void ()");
	free(text);
	assert_int_equal(prototype_text(btf, "a", &text), 0);
	assert_string_equal(text, "int (struct file *)");
	free(text);
	/* The same call, however it is declared. */
	assert_int_equal(prototype_text(btf, "b", &text), 0);
	assert_string_equal(text, "int (struct file *)");
	free(text);
	assert_int_equal(prototype_text(btf, "c", &text), 0);
	assert_string_equal(text, "void (void *)");
	free(text);
	assert_int_equal(prototype_text(btf, "variable", &text), 0);
	assert_string_equal(text, "int (...)");
	free(text);
	assert_int_equal(prototype_text(btf, "absent", &text), -ENOENT);
	assert_int_equal(prototype_text(btf, "twice", &text), -ENOENT);
	btf__free(btf);
}

/* --------------------------------------------------------------- afterwards */

static int verify_request(struct kernel_request *request, struct json_object *result, struct failure *failure)
{
	static char sys[256], proc[256];

	(void)snprintf(sys, sizeof(sys), "%s/sys", fake_root);
	(void)snprintf(proc, sizeof(proc), "%s/proc", fake_root);
	request->root = (struct klp_root){ sys, proc };
	return check_verify(request, result, failure);
}

static int verify(struct failure *failure)
{
	struct json_object *result = json_object_new_object();
	struct kernel_request request = { .name = "a" };
	int r = verify_request(&request, result, failure);

	json_object_put(result);
	return r;
}

static void verification(void **state)
{
	struct failure failure = { 0 };

	(void)state;
	fake_file("a 16384 1 - Live 0x0 (OK)\n", "proc/modules");
	fake_file("1\n", "sys/kernel/livepatch/a/enabled");
	fake_file("0\n", "sys/kernel/livepatch/a/transition");
	fake_file("1\n", "sys/kernel/livepatch/a/vmlinux/patched");
	fake_file("", "sys/kernel/livepatch/a/vmlinux/f,0/x");
	fake_file("0\n", "sys/kernel/livepatch/a/m/patched");
	fake_file("", "sys/kernel/livepatch/a/m/g,0/x");
	/* No tracefs; m is not loaded. */
	assert_int_equal(verify(&failure), 0);

	fake_file("g (1) R I\t->x\nf (1) R I     M \ttramp: 0x1\n", "sys/kernel/tracing/enabled_functions");
	assert_int_equal(verify(&failure), 0);
	fake_file("g (1) R I\t->x\nff (1) R I\nf (1) R       M \ttramp: I\n",
		  "sys/kernel/tracing/enabled_functions");
	assert_int_equal(verify(&failure), -EBADE);
	assert_non_null(strstr(failure_message(&failure), "does not show f (vmlinux) as patched, by tracefs"));
	fake_file("f (1) R I     M \ttramp: 0x1\n", "sys/kernel/tracing/enabled_functions");
	assert_int_equal(verify(&failure), 0);

	fake_file("live\n", "sys/module/m/initstate");
	assert_int_equal(verify(&failure), -EBADE);
	assert_non_null(strstr(failure_message(&failure), "does not show g (m) as patched, by sysfs"));
	failure_clear(&failure);
}

/* -------------------------------------------------------- what was seen of it */

static const struct patch_observer nobody;

/* What is seen of the loaded "a" beside @others, and known of its file from then on. */
static void sees(struct patch *others, size_t n, enum klp_replace expected, enum klp_replace known)
{
	struct patch own = { .name = (char *)"a", .state = PATCH_PATCHED, .order = 5 };
	struct module_file file = { .fd = -1, .data = (char *)"at run time", .size = 11, .name = "a" };
	struct json_object *result = json_object_new_object();
	_cleanup_(patch_content_clear) struct patch_content content = { 0 };
	struct failure failure = { 0 };
	struct patches patches;
	struct kernel_request request = { .name = "a", .state = fake_root, .patches = &patches };
	char sha256[SHA256_HEX_SIZE];

	memset(sha256, '5', sizeof(sha256) - 1);
	sha256[sizeof(sha256) - 1] = '\0';
	strcpy(file.sha256, sha256);
	request.sha256 = sha256;
	patches_init(&patches, &nobody, NULL);
	for (size_t i = 0; i < n; i++)
		TAILQ_INSERT_TAIL(&patches.list, others + i, link);
	TAILQ_INSERT_TAIL(&patches.list, &own, link);
	assert_int_equal(verify_request(&request, result, &failure), 0);
	assert_string_equal(json_object_get_string(json_object_object_get(result, "replace")),
			    klp_replace_name(expected));
	json_object_put(result);

	assert_int_equal(patch_file_content(fake_root, &file, NULL, &content), 0);
	assert_int_equal(content.replace, known);
	assert_true(content.known);
	assert_int_equal(content.n_functions, 1);
	assert_string_equal(content.functions[0].symbol, "f");
	assert_string_equal(content.functions[0].module, "vmlinux");
	assert_int_equal(content.functions[0].sympos, 1);
}

static void memory(void **state)
{
	struct patch stays = { .name = (char *)"b", .state = PATCH_PATCHED, .order = 4 };
	struct patch above = { .name = (char *)"c", .state = PATCH_PATCHED, .order = 6 };
	struct patch dropped = { .name = (char *)"d", .state = PATCH_DISABLED, .dropped = true };
	struct patch helper = { .name = (char *)"h", .backend = PATCH_HELPER, .state = PATCH_PATCHED, .order = 1 };
	struct module_file other = { .fd = -1, .data = (char *)"other", .size = 5, .sha256 = "6" };
	struct patch_content content = { 0 };

	(void)state;
	fake_file("a 16384 1 - Live 0x0 (OK)\n", "proc/modules");
	fake_file("1\n", "sys/kernel/livepatch/a/enabled");
	fake_file("0\n", "sys/kernel/livepatch/a/transition");
	fake_file("1\n", "sys/kernel/livepatch/a/vmlinux/patched");
	fake_file("", "sys/kernel/livepatch/a/vmlinux/f,1/x");
	/* Nobody was there to be replaced. */
	sees(NULL, 0, KLP_REPLACE_UNKNOWN, KLP_REPLACE_UNKNOWN);
	sees((struct patch[]){ helper, above }, 2, KLP_REPLACE_UNKNOWN, KLP_REPLACE_UNKNOWN);
	sees((struct patch[]){ dropped, helper }, 2, KLP_REPLACE_YES, KLP_REPLACE_YES);
	/* It stays known when it is loaded alone. */
	sees(NULL, 0, KLP_REPLACE_UNKNOWN, KLP_REPLACE_YES);
	sees((struct patch[]){ dropped, stays }, 2, KLP_REPLACE_NO, KLP_REPLACE_NO);
	/* The kernel's word, where it has one. */
	fake_file("1\n", "sys/kernel/livepatch/a/replace");
	sees(NULL, 0, KLP_REPLACE_YES, KLP_REPLACE_YES);
	fake_file("0\n", "sys/kernel/livepatch/a/replace");
	sees(NULL, 0, KLP_REPLACE_NO, KLP_REPLACE_NO);
	/* Of no other file. */
	assert_int_equal(patch_file_content(fake_root, &other, NULL, &content), 0);
	assert_false(content.known);
	assert_int_equal(content.replace, KLP_REPLACE_UNKNOWN);
}

/* ---------------------------------------------------------- whom it replaces */

/* What check_file() says of those that "p" replaces, of which only what was seen is known. */
static void replaces(const struct patch_confs *confs, enum klp_replace replace, int expected, const char *says)
{
	struct module_file file = { .fd = -1, .path = (char *)"/p.ko", .data = (char *)"p", .size = 1, .name = "p" };
	const struct patch_content seen = { .replace = replace };
	struct json_object *result = json_object_new_object(), *findings;
	struct failure failure = { 0 };
	char sys[256], proc[256], text[512] = "";
	struct kernel_request request = { .root = { .sys = sys, .proc = proc }, .state = fake_root };

	(void)snprintf(sys, sizeof(sys), "%s/sys", fake_root);
	(void)snprintf(proc, sizeof(proc), "%s/proc", fake_root);
	strcpy(file.sha256, klp_replace_name(replace));
	assert_int_equal(patch_file_remember(fake_root, file.sha256, &seen), 0);
	assert_int_equal(check_file(&request, &file, confs, result, &failure), expected);
	findings = json_object_object_get(result, "findings");
	for (size_t i = 0; i < json_object_array_length(findings); i++) {
		struct json_object *finding = json_object_array_get_idx(findings, i);

		if (strcmp(json_object_get_string(json_object_object_get(finding, "check")), "replaces") == 0)
			(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s %s ",
				       json_object_get_string(json_object_object_get(finding, "severity")),
				       json_object_get_string(json_object_object_get(finding, "message")));
	}
	if (says ? !strstr(text, says) : *text)
		fail_msg("expected %s, got %s", says, text);
	assert_int_equal(json_object_array_length(json_object_object_get(result, "replaces")),
			 replace == KLP_REPLACE_YES ? 2 : 0);
	json_object_put(result);
	failure_clear(&failure);
}

static void whom_it_replaces(void **state)
{
	struct patch_conf_file kept = { .name = (char *)"y", .conf = { .keep = true } };
	struct patch_conf_file listed = { .name = (char *)"p",
					  .conf = { .replaces = (char *[]){ (char *)"x", (char *)"y", NULL } } };
	const struct patch_confs none = { 0 }, keep = { &kept, 1 }, list = { &listed, 1 };

	(void)state;
	fake_file("y 16384 1 - Live 0x0 (OK)\nx 16384 1 - Live 0x0 (OK)\n", "proc/modules");
	for (const char *name = "x"; name; name = *name == 'x' ? "y" : NULL) {
		fake_file("1\n", "sys/kernel/livepatch/%s/enabled", name);
		fake_file("0\n", "sys/kernel/livepatch/%s/transition", name);
	}
	replaces(&none, KLP_REPLACE_YES, 0, "warning p replaces the livepatches that are loaded: x, y.");
	replaces(&none, KLP_REPLACE_UNKNOWN, 0,
		 "warning It is not known whether p replaces the livepatches that are loaded: x, y.");
	replaces(&none, KLP_REPLACE_NO, 0, NULL);
	/* Whoever has written down which go need not be warned. */
	replaces(&list, KLP_REPLACE_YES, 0, "info p replaces the livepatches that are loaded: x, y.");
	replaces(&keep, KLP_REPLACE_YES, -EBADE, "error p replaces y, which must stay, as Keep= in");
	replaces(&keep, KLP_REPLACE_UNKNOWN, -EBADE, "error It is not known whether p replaces y, which must stay");
	replaces(&keep, KLP_REPLACE_NO, 0, NULL);
}

/* --------------------------------------------------------------- signatures */

/* What check_file() says of the signature of a file with @content: "severity message". */
static void signature(const char *content, int expected, const char *says)
{
	struct module_file file = { .fd = -1, .data = (char *)content, .size = strlen(content), .name = "p" };
	struct json_object *result = json_object_new_object(), *findings;
	struct failure failure = { 0 };
	struct patch_confs confs = { 0 };
	char sys[256], proc[256], text[512] = "";
	struct kernel_request request;

	(void)snprintf(sys, sizeof(sys), "%s/sys", fake_root);
	(void)snprintf(proc, sizeof(proc), "%s/proc", fake_root);
	file.path = (char *)"/p.ko";
	request = (struct kernel_request){ .root = { .sys = sys, .proc = proc } };
	assert_int_equal(check_file(&request, &file, &confs, result, &failure), expected);
	findings = json_object_object_get(result, "findings");
	for (size_t i = 0; i < json_object_array_length(findings); i++) {
		struct json_object *finding = json_object_array_get_idx(findings, i);

		if (strcmp(json_object_get_string(json_object_object_get(finding, "check")), "signature") == 0)
			(void)snprintf(text, sizeof(text), "%s %s",
				       json_object_get_string(json_object_object_get(finding, "severity")),
				       json_object_get_string(json_object_object_get(finding, "message")));
	}
	if (!strstr(text, says))
		fail_msg("expected %s, got %s", says, text);
	json_object_put(result);
	failure_clear(&failure);
}

static void signatures(void **state)
{
	static const char is_signed[] = "module~Module signature appended~\n";

	(void)state;
	signature("module", 0, "info p is not signed; this kernel takes it");
	signature(is_signed, 0, "info p is signed.");
	fake_file("[none] integrity confidentiality\n", "sys/kernel/security/lockdown");
	signature("module", 0, "info p is not signed; this kernel takes it");
	fake_file("none [integrity] confidentiality\n", "sys/kernel/security/lockdown");
	signature("module", -EBADE, "error p is not signed, and the kernel is locked down; sign it");
	signature(is_signed, 0, "info p is signed.");
	fake_gone("sys/kernel/security/lockdown");
	fake_file("Y\n", "sys/module/module/parameters/sig_enforce");
	signature("module", -EBADE, "error p is not signed, and the kernel wants signed modules; sign it");
}

static int make_root(void **state)
{
	(void)state;
	fake_make_root();
	return 0;
}

static int remove_root(void **state)
{
	(void)state;
	fake_remove(fake_root);
	return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_root, remove_root)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(symbols),
		TEST(prototypes),
		TEST(verification),
		TEST(memory),
		TEST(whom_it_replaces),
		TEST(signatures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
