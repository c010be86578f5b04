// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake-tree.h"
#include "kernel/klp-sysfs.h"
#include "model/function-pattern.h"
#include "model/patch-content.h"
#include "peers/holders.h"
#include "peers/read.h"

static struct peers peers;
static struct bpf_all bpf;

static int begin(void **state)
{
	(void)state;
	fake_make_root();
	fake_file("", "sys/kernel/tracing/enabled_functions");
	fake_file("", "sys/kernel/tracing/dynamic_events");
	fake_file("nop\n", "sys/kernel/tracing/current_tracer");
	fake_file("#### all functions enabled ####\n", "sys/kernel/tracing/set_ftrace_filter");
	fake_file("#### no functions disabled ####\n", "sys/kernel/tracing/set_ftrace_notrace");
	fake_file("", "sys/kernel/debug/kprobes/list");
	fake_file("ffffffff81000000 T f\nffffffff81000100 t g\nffffffffc0000000 t h\t[mod]\n", "proc/kallsyms");
	peers = (struct peers){ .max = 100 };
	return 0;
}

static int end(void **state)
{
	(void)state;
	peers_clear(&peers);
	bpf_clear(&bpf);
	fake_remove(fake_root);
	return 0;
}

/* All but the helper and what only a kernel can say of BPF, which is in @bpf already. */
static void look(void)
{
	char sys[64], proc[64];
	const struct klp_root root = { .sys = sys, .proc = proc };
	const char *missing = NULL;

	(void)snprintf(sys, sizeof(sys), "%s/sys", fake_root);
	(void)snprintf(proc, sizeof(proc), "%s/proc", fake_root);
	assert_int_equal(peers_read_which(&root, &peers, &missing), 0);
	assert_int_equal(peers_read_livepatches(&root, &peers), 0);
	assert_true(peers_read_ftrace(&root, &peers) >= 0);
	assert_true(peers_read_bpf(&root, &peers, &bpf) >= 0);
	assert_true(peers_read_probes(&root, &peers, &bpf) >= 0);
	assert_true(peers_read_tracers(&root, &peers) >= 0);
	assert_true(peers_read_named(&root, &peers, &missing) >= 0);
	assert_null(missing);
	assert_int_equal(peers_judge(&peers), 0);
}

static void livepatch(const char *name, const char *symbol)
{
	fake_file("1\n", "sys/kernel/livepatch/%s/enabled", name);
	fake_file("0\n", "sys/kernel/livepatch/%s/transition", name);
	fake_file("1\n", "sys/kernel/livepatch/%s/vmlinux/patched", name);
	fake_file("", "sys/kernel/livepatch/%s/vmlinux/%s/x", name, symbol);
}

static const struct peers_function *function(const char *symbol)
{
	for (size_t i = 0; i < peers.n_functions; i++)
		if (lpd_streq(peers.functions[i].symbol, symbol))
			return peers.functions + i;
	fail_msg("nobody is on %s", symbol);
	return NULL;
}

static const struct peer *peer(const char *symbol, enum peer_kind kind, const char *name)
{
	const struct peers_function *f = function(symbol);

	for (size_t i = 0; i < f->n_peers; i++)
		if (f->peers[i].kind == kind && lpd_streq(f->peers[i].name, name))
			return f->peers + i;
	fail_msg("%s is not on %s", name, symbol);
	return NULL;
}

static bool says(struct json_object *list, const char *part)
{
	for (size_t i = 0; i < json_object_array_length(list); i++)
		if (strstr(json_object_get_string(json_object_array_get_idx(list, i)), part))
			return true;
	return false;
}

static void expect_winner(const char *symbol, const char *winner, size_t n_unless, size_t n_conflicts)
{
	const struct peers_function *f = function(symbol);

	assert_string_equal(f->winner, winner);
	if (json_object_array_length(f->unless) != n_unless)
		fail_msg("unless: %s", json_object_to_json_string(f->unless));
	if (json_object_array_length(f->conflicts) != n_conflicts)
		fail_msg("conflicts: %s", json_object_to_json_string(f->conflicts));
}

static void nobody(void **state)
{
	static const char *const patterns[] = { "f", "mod:h", "x*" };

	(void)state;
	peers.patterns = patterns;
	peers.n_patterns = 3;
	look();
	assert_int_equal(peers.n_functions, 2);
	expect_winner("f", "original", 0, 0);
	assert_string_equal(function("h")->module, "mod");
	assert_int_equal(function("h")->n_peers, 0);
	assert_null(peers.unseen);
}

static void probes_have_names(void **state)
{
	const struct peer *p;

	(void)state;
	fake_file("f (1) R    \ttramp: 0xffffffffc0281000 (kprobe_ftrace_handler+0x0/0x1b0)\n",
		  "sys/kernel/tracing/enabled_functions");
	fake_file("p:kprobes/off f\np:kprobes/mine f\nr10:kprobes/ret f\np:kprobes/inside f+20\n",
		  "sys/kernel/tracing/dynamic_events");
	fake_file("1\n", "sys/kernel/tracing/events/kprobes/mine/enable");
	fake_file("1*\n", "sys/kernel/tracing/events/kprobes/ret/enable");
	fake_file("0\n", "sys/kernel/tracing/events/kprobes/off/enable");
	fake_file("1\n", "sys/kernel/tracing/events/kprobes/inside/enable");
	fake_file("ffffffff81000000  r  f+0x0    [FTRACE]\n"
		  "ffffffff81000000  k  f+0x0    [FTRACE]\n"
		  "ffffffff81000000  k  f+0x0    [DISABLED][FTRACE]\n"
		  "ffffffff81000014  k  f+0x14    [OPTIMIZED]\n"
		  "ffffffffc0000000  k  h+0x0  mod [FTRACE]\n",
		  "sys/kernel/debug/kprobes/list");
	look();
	p = peer("f", PEER_KPROBE, "kprobes/mine");
	assert_true(p->active);
	assert_int_equal(p->class, PEER_OBSERVER);
	assert_non_null(strstr(p->detach, "kprobes/mine"));
	assert_false(peer("f", PEER_KPROBE, "kprobes/off")->active);
	assert_true(peer("f", PEER_KRETPROBE, "kprobes/ret")->active);
	assert_int_equal(peer("f", PEER_KPROBE, "kprobes/inside")->offset, 20);
	assert_true(peer("h", PEER_KPROBE, "")->active);
	assert_int_equal(function("f")->n_peers, 4);
	expect_winner("f", "original", 0, 0);
}

static void who_redirects(void **state)
{
	_cleanup_free_ char *blame = NULL;

	(void)state;
	/* A kprobe of tracefs and one of a module: the flag can only be the latter's. */
	fake_file("f (1) R I  \ttramp: 0xffffffffc0281000 (kprobe_ftrace_handler+0x0/0x1b0)\n"
		  "g (1) R I  \ttramp: 0xffffffffc0281000 (somebody+0x0/0x1b0)\n",
		  "sys/kernel/tracing/enabled_functions");
	fake_file("p:kprobes/mine f\n", "sys/kernel/tracing/dynamic_events");
	fake_file("1\n", "sys/kernel/tracing/events/kprobes/mine/enable");
	fake_file("ffffffff81000000  k  f+0x0    [FTRACE]\nffffffff81000000  k  f+0x0    [FTRACE]\n",
		  "sys/kernel/debug/kprobes/list");
	look();
	assert_int_equal(peer("f", PEER_KPROBE, "kprobes/mine")->class, PEER_OBSERVER);
	assert_int_equal(peer("f", PEER_KPROBE, "")->class, PEER_MUTATOR);
	assert_non_null(strstr(peer("f", PEER_KPROBE, "")->detail, "post_handler"));
	/* That it may does not keep it from telling what it saw. */
	assert_int_equal(peer_files(peer("f", PEER_KPROBE, "")), PEER_FILES_FUNCTION);
	expect_winner("f", "original", 1, 1);
	assert_int_equal(peer("g", PEER_OPS, "somebody")->class, PEER_MUTATOR);
	assert_int_equal(peer_files(peer("g", PEER_OPS, "somebody")), PEER_FILES_NOTHING);

	assert_int_equal(peers_tell_holders(function("g"), PEERS_WISH_LIVEPATCH, &blame), 1);
	assert_string_equal(blame, "g is held by ftrace-ops somebody: unload the module that registered it");
	assert_int_equal(peers_tell_holders(function("g"), PEERS_WISH_TRAMPOLINE, &blame), 0);
}

static void fail_function(void **state)
{
	_cleanup_free_ char *blame = NULL;

	(void)state;
	fake_file("f (1) R I  \ttramp: 0xffffffffc0281000 (kprobe_ftrace_handler+0x0/0x1b0)\n",
		  "sys/kernel/tracing/enabled_functions");
	fake_file("ffffffff81000000  k  f+0x0    [FTRACE]\n", "sys/kernel/debug/kprobes/list");
	fake_file("f\n", "sys/kernel/debug/fail_function/inject");
	look();
	assert_int_equal(function("f")->n_peers, 1);
	assert_int_equal(peer("f", PEER_FAIL_FUNCTION, "f")->class, PEER_MUTATOR);
	expect_winner("f", "original", 1, 1);
	assert_int_equal(peers_tell_holders(function("f"), PEERS_WISH_LIVEPATCH, &blame), 1);
	assert_non_null(strstr(blame, "fail_function f: write !f to"));
}

static void several_of_one_name(void **state)
{
	struct peers_function *f;

	(void)state;
	livepatch("one", "f,2");
	livepatch("two", "f,1");
	fake_file("f (1)   I \nf (1)   I \n", "sys/kernel/tracing/enabled_functions");
	/* The helper has named it so. */
	assert_int_equal(peers_get(&peers, "vmlinux", "f", 1, &f), 0);
	look();
	assert_string_equal(peers_find(&peers, "vmlinux", "f", 1)->winner, "two");
	assert_string_equal(peers_find(&peers, "vmlinux", "f", 2)->winner, "one");
	/* ftrace tells of the two by their name, and of no third one. */
	assert_null(peers_find(&peers, "vmlinux", "f", 0));
}

static void patched(void **state)
{
	const struct peers_function *f;

	(void)state;
	livepatch("one", "f,1");
	fake_file("f (3) R I   ->arch_ftrace_ops_list_func+0x0/0x1d0\n", "sys/kernel/tracing/enabled_functions");
	fake_file("p:kprobes/inside f+20\n", "sys/kernel/tracing/dynamic_events");
	fake_file("1\n", "sys/kernel/tracing/events/kprobes/inside/enable");
	fake_file("ffffffff81000000  r  f+0x0    [FTRACE]\nffffffff81000014  k  f+0x14    \n",
		  "sys/kernel/debug/kprobes/list");
	fake_file("function\n", "sys/kernel/tracing/current_tracer");
	fake_file("f\ng:traceon:unlimited\n", "sys/kernel/tracing/set_ftrace_filter");
	look();
	f = function("f");
	assert_int_equal(f->n_peers, 4);
	expect_winner("f", "one", 0, 3);
	assert_true(peer_misfiles(f, peer("f", PEER_FUNCTION, "tracing")));
	assert_true(peer_misfiles(f, peer("f", PEER_KRETPROBE, "")));
	assert_true(says(f->conflicts, "function tracing files calls that run one under f"));
	assert_true(says(f->conflicts, "kprobes/inside (20 bytes behind the entry) stands inside of the original"));
	assert_string_equal(peer("g", PEER_COMMAND, "traceon:unlimited")->detail, "tracing");
	expect_winner("g", "original", 0, 0);
}

static void ftrace_knows_of_no_patch(void **state)
{
	(void)state;
	livepatch("one", "f,1");
	look();
	expect_winner("f", "one", 0, 1);
	assert_true(says(function("f")->conflicts, "ftrace has no redirection"));
}

static void transitions(void **state)
{
	struct peers_function f = { .symbol = strdup("f"), .module = strdup("vmlinux"), .moving = true };

	(void)state;
	f.unless = json_object_new_array();
	f.conflicts = json_object_new_array();
	assert_int_equal(peers_add(&f, PEER_LIVEPATCH, true, "one", NULL), 0);
	assert_int_equal(peers_add(&f, PEER_LIVEPATCH, true, "two", NULL), 0);
	peers.functions = malloc(sizeof(f));
	peers.functions[0] = f;
	peers.n_functions = 1;
	assert_int_equal(peers_judge(&peers), 0);
	expect_winner("f", "two", 1, 0);
	assert_true(says(function("f")->unless, "not moved yet runs one"));

	/* on its way out */
	free(peers.functions[0].winner);
	json_object_put(peers.functions[0].unless);
	peers.functions[0].unless = json_object_new_array();
	peers.functions[0].peers[1].active = false;
	assert_int_equal(peers_judge(&peers), 0);
	expect_winner("f", "one", 1, 0);
	assert_true(says(function("f")->unless, "not moved yet runs two"));
}

static void helper_patches(void **state)
{
	_cleanup_free_ char *blame = NULL;
	struct peers_function *f;

	(void)state;
	fake_file("f (2) R   D ->arch_ftrace_ops_list_func+0x0/0x1d0\n"
		  "\tdirect-->lph_pool+0x0/0x20000 [livepatch_helper]\n"
		  "g (1) R \n",
		  "sys/kernel/tracing/enabled_functions");
	fake_file("ffffffff81000000  k  f+0x0    [FTRACE]\n", "sys/kernel/debug/kprobes/list");
	assert_int_equal(peers_get(&peers, "vmlinux", "f", 0, &f), 0);
	f->trampoline = true;
	assert_int_equal(peers_add(f, PEER_HELPER_PATCH, true, "one", NULL), 0);
	assert_int_equal(peers_add(f, PEER_HELPER_PATCH, true, "two", NULL), 0);
	assert_int_equal(peers_get(&peers, "vmlinux", "g", 0, &f), 0);
	f->shared = true;
	assert_int_equal(peers_add(f, PEER_TRACER, true, "1", NULL), 0);
	look();
	assert_int_equal(function("f")->n_peers, 3);
	expect_winner("f", "two", 0, 1);
	assert_true(peer_misfiles(function("f"), peer("f", PEER_KPROBE, "")));
	assert_int_equal(function("g")->n_peers, 1);
	expect_winner("g", "original", 0, 0);

	assert_int_equal(peers_tell_holders(function("f"), PEERS_WISH_LIVEPATCH, &blame), 1);
	assert_non_null(strstr(blame, "f is held by helper-patch one: "));
	assert_non_null(strstr(blame, "; and by helper-patch two: "));
}

static void programs(void **state)
{
	struct bpf_seen *seen;
	_cleanup_free_ char *blame = NULL;

	(void)state;
	fake_file("f (3) R   D ->arch_ftrace_ops_list_func+0x0/0x1d0\n"
		  "\tdirect-->bpf_trampoline_6442509383+0x0/0xee\n"
		  "h [mod] (1) R   D \n"
		  "\tdirect-->bpf_trampoline_7+0x0/0xee\n",
		  "sys/kernel/tracing/enabled_functions");
	fake_file("ffffffff81000000  k  f+0x0    [FTRACE]\n", "sys/kernel/debug/kprobes/list");
	seen = bpf_add(&bpf);
	*seen = (struct bpf_seen){ .kind = PEER_BPF_FMOD_RET, .program = "deny", .program_id = 12, .link_id = 3 };
	seen->key = 6442509383;
	seen->pid = 77;
	strcpy(seen->comm, "tool");
	seen = bpf_add(&bpf);
	*seen = (struct bpf_seen){ .kind = PEER_BPF_KPROBE, .program = "count", .program_id = 13, .symbol = "f" };
	seen = bpf_add(&bpf);
	*seen = (struct bpf_seen){ .kind = PEER_BPF_KPROBE_MULTI, .program = "many", .link_id = 4, .n_addresses = 2 };
	seen->addresses = malloc(2 * sizeof(uint64_t));
	seen->addresses[0] = 0xffffffff81000104;
	seen->addresses[1] = 0xffffffff81000000;
	/* One whose kind this program does not know. */
	seen = bpf_add(&bpf);
	seen->key = 7;

	look();
	assert_int_equal(function("f")->n_peers, 3);
	assert_int_equal(peer("f", PEER_BPF_FMOD_RET, "deny")->class, PEER_INTERCEPTOR);
	assert_string_equal(peer("f", PEER_BPF_FMOD_RET, "deny")->detail, "id 12, link 3, of tool, process 77");
	assert_true(peer("f", PEER_BPF_KPROBE, "count")->active);
	(void)peer("f", PEER_BPF_KPROBE_MULTI, "many");
	(void)peer("g", PEER_BPF_KPROBE_MULTI, "many");
	(void)peer("h", PEER_DIRECT, "bpf_trampoline_7");
	expect_winner("f", "original", 1, 0);
	assert_true(says(function("f")->unless, "BPF program deny (fmod_ret, id 12"));

	assert_int_equal(peers_tell_holders(function("f"), PEERS_WISH_TRAMPOLINE, &blame), 1);
	assert_string_equal(blame, "f is held by BPF program deny (fmod_ret, id 12, link 3, of tool, process 77): "
				   "end tool, process 77");
}

static void hidden_addresses(void **state)
{
	struct bpf_seen *seen;

	(void)state;
	seen = bpf_add(&bpf);
	*seen = (struct bpf_seen){ .kind = PEER_BPF_KPROBE_MULTI, .n_addresses = 1 };
	seen->addresses = calloc(1, sizeof(uint64_t));
	look();
	assert_int_equal(peers.n_functions, 0);
	assert_true(says(peers.unseen, "CAP_SYSLOG"));
}

static void instances(void **state)
{
	(void)state;
	fake_file("f (2) R \nh [mod] (1) R \n", "sys/kernel/tracing/enabled_functions");
	fake_file("function\n", "sys/kernel/tracing/instances/foo/current_tracer");
	fake_file("#### all functions enabled ####\n", "sys/kernel/tracing/instances/foo/set_ftrace_filter");
	fake_file("h [mod]\n", "sys/kernel/tracing/instances/foo/set_ftrace_notrace");
	fake_file("function_graph\n", "sys/kernel/tracing/current_tracer");
	look();
	(void)peer("f", PEER_FUNCTION, "tracing/instances/foo");
	(void)peer("f", PEER_FUNCTION_GRAPH, "tracing");
	assert_int_equal(function("f")->n_peers, 2);
	(void)peer("h", PEER_FUNCTION_GRAPH, "tracing");
	assert_int_equal(function("h")->n_peers, 1);
}

static void fprobes(void **state)
{
	(void)state;
	fake_file("f (2) R \n", "sys/kernel/tracing/enabled_functions");
	fake_file("f:fprobes/in f\nf:fprobes/out f%return\n", "sys/kernel/tracing/dynamic_events");
	fake_file("1\n", "sys/kernel/tracing/events/fprobes/in/enable");
	fake_file("1\n", "sys/kernel/tracing/events/fprobes/out/enable");
	look();
	assert_int_equal(function("f")->n_peers, 2);
	assert_true(peer("f", PEER_FPROBE, "fprobes/in")->active);
	assert_true(peer("f", PEER_FPROBE_EXIT, "fprobes/out")->active);
}

static void nothing_to_read(void **state)
{
	(void)state;
	fake_gone("sys/kernel/tracing");
	fake_gone("sys/kernel/debug");
	look();
	assert_int_equal(peers.n_functions, 0);
	assert_true(says(peers.unseen, "ftrace"));
	assert_true(says(peers.unseen, "kprobes"));
}

static void patterns(void **state)
{
	struct peers_function *f;

	(void)state;
	assert_int_equal(function_pattern_check("f"), 0);
	assert_int_equal(function_pattern_check("mod:f,2"), 0);
	assert_int_equal(function_pattern_check("vfs_*"), 0);
	assert_int_equal(function_pattern_check("mod:*"), 0);
	assert_int_equal(function_pattern_check("a b"), -EINVAL);
	assert_int_equal(function_pattern_check("a b*"), -EINVAL);
	assert_int_equal(function_pattern_check("a,*"), -EINVAL);
	assert_int_equal(function_pattern_check(""), -EINVAL);

	peers.patterns = (const char *const[]){ "mod:h,1", "v*" };
	peers.n_patterns = 2;
	assert_true(peers_wanted(&peers, "mod", "h"));
	assert_false(peers_wanted(&peers, "vmlinux", "h"));
	assert_false(peers_wanted(&peers, "mod", "hh"));
	assert_true(peers_wanted(&peers, "any", "vfs_read"));
	peers.max = 1;
	assert_int_equal(peers_get(&peers, "vmlinux", "va", 0, &f), 0);
	assert_int_equal(peers_get(&peers, "vmlinux", "va", 0, &f), 0);
	assert_non_null(f);
	assert_int_equal(peers_get(&peers, "vmlinux", "vb", 0, &f), -E2BIG);
}

/* Every function of a large patch is looked at, however many there are. */
static int count_told(const char *symbol, const char *sentence, void *userdata)
{
	(void)symbol;
	assert_non_null(strstr(sentence, "livepatch l"));
	(*(unsigned int *)userdata)++;
	return 0;
}

/* Two functions of one name, of which the second is patched. */
static void which_of_several(void **state)
{
	static const char *const first[] = { "mod:twin,1" }, *const second[] = { "mod:twin,2" },
				 *const third[] = { "mod:twin,3" }, *const all[] = { "mod:*" };
	char sys[64], proc[64];
	const struct klp_root root = { .sys = sys, .proc = proc };
	const char *missing = NULL;

	(void)state;
	(void)snprintf(sys, sizeof(sys), "%s/sys", fake_root);
	(void)snprintf(proc, sizeof(proc), "%s/proc", fake_root);
	fake_file("ffffffffc0000000 t twin\t[mod]\nffffffffc0000100 t twin\t[mod]\n", "proc/kallsyms");
	fake_file("twin [mod] (1) R I     M \ttramp: 0xffffffffc1 (klp_ftrace_handler+0x0/0x1)\n",
		  "sys/kernel/tracing/enabled_functions");
	fake_file("1\n", "sys/kernel/livepatch/fix/enabled");
	fake_file("0\n", "sys/kernel/livepatch/fix/transition");
	fake_file("1\n", "sys/kernel/livepatch/fix/mod/patched");
	fake_file("", "sys/kernel/livepatch/fix/mod/twin,2/x");
	peers.patterns = second;
	peers.n_patterns = 1;
	look();
	assert_int_equal(peers.n_functions, 1);
	assert_int_equal(peers.functions[0].sympos, 2);
	expect_winner("twin", "fix", 0, 0);

	peers_clear(&peers);
	peers = (struct peers){ .max = 100, .patterns = first, .n_patterns = 1 };
	look();
	assert_int_equal(peers.n_functions, 1);
	assert_int_equal(peers.functions[0].sympos, 1);
	expect_winner("twin", "original", 0, 0);
	assert_int_equal(peers.functions[0].n_peers, 0);

	/* Both are. */
	fake_file("", "sys/kernel/livepatch/fix/mod/twin,1/x");
	peers_clear(&peers);
	peers = (struct peers){ .max = 100, .patterns = first, .n_patterns = 1 };
	look();
	assert_int_equal(peers.n_functions, 1);
	assert_int_equal(peers.functions[0].sympos, 1);
	expect_winner("twin", "fix", 0, 0);
	fake_gone("sys/kernel/livepatch/fix/mod/twin,1");

	peers_clear(&peers);
	peers = (struct peers){ .max = 100, .patterns = all, .n_patterns = 1 };
	look();
	assert_int_equal(peers.n_functions, 1);
	assert_int_equal(peers.functions[0].sympos, 2);

	peers_clear(&peers);
	peers = (struct peers){ .max = 100, .patterns = third, .n_patterns = 1 };
	assert_int_equal(peers_read_which(&root, &peers, &missing), -ENOENT);
	assert_string_equal(missing, "mod:twin,3");
}

static void holders_of_many(void **state)
{
	enum { MANY = 200 };
	struct patch_content patch = { .known = true, .n_functions = MANY };
	char sys[64], proc[64], names[MANY][16];
	const struct klp_root root = { .sys = sys, .proc = proc };
	unsigned int told = 0;

	(void)state;
	(void)snprintf(sys, sizeof(sys), "%s/sys", fake_root);
	(void)snprintf(proc, sizeof(proc), "%s/proc", fake_root);
	patch.functions = calloc(MANY, sizeof(*patch.functions));
	for (int i = 0; i < MANY; i++) {
		char folder[32];

		(void)snprintf(names[i], sizeof(names[i]), "f%i", i);
		(void)snprintf(folder, sizeof(folder), "f%i,1", i);
		livepatch("l", folder);
		patch.functions[i] = (struct klp_function){ .symbol = names[i], .module = (char *)"vmlinux" };
	}
	assert_int_equal(peers_each_holder(&root, &patch, true, count_told, &told), 0);
	assert_int_equal(told, MANY);
	free(patch.functions);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nobody, begin, end),
		cmocka_unit_test_setup_teardown(probes_have_names, begin, end),
		cmocka_unit_test_setup_teardown(who_redirects, begin, end),
		cmocka_unit_test_setup_teardown(fail_function, begin, end),
		cmocka_unit_test_setup_teardown(several_of_one_name, begin, end),
		cmocka_unit_test_setup_teardown(patched, begin, end),
		cmocka_unit_test_setup_teardown(ftrace_knows_of_no_patch, begin, end),
		cmocka_unit_test_setup_teardown(transitions, begin, end),
		cmocka_unit_test_setup_teardown(helper_patches, begin, end),
		cmocka_unit_test_setup_teardown(programs, begin, end),
		cmocka_unit_test_setup_teardown(hidden_addresses, begin, end),
		cmocka_unit_test_setup_teardown(instances, begin, end),
		cmocka_unit_test_setup_teardown(fprobes, begin, end),
		cmocka_unit_test_setup_teardown(nothing_to_read, begin, end),
		cmocka_unit_test_setup_teardown(patterns, begin, end),
		cmocka_unit_test_setup_teardown(holders_of_many, begin, end),
		cmocka_unit_test_setup_teardown(which_of_several, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
