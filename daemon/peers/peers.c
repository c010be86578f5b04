// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "model/function-name.h"
#include "model/function-pattern.h"
#include "peers/peers.h"
#include "util/json-util.h"

static const struct {
	const char *name;
	enum peer_class class;
	enum peer_files files;
} kinds[_PEER_KIND_MAX] = {
	[PEER_TRACER] = { "tracer", PEER_OBSERVER, PEER_FILES_BODY },
	[PEER_HELPER_PATCH] = { "helper-patch", PEER_MUTATOR, PEER_FILES_NOTHING },
	[PEER_LIVEPATCH] = { "livepatch", PEER_MUTATOR, PEER_FILES_NOTHING },
	[PEER_FAIL_FUNCTION] = { "fail_function", PEER_MUTATOR, PEER_FILES_NOTHING },
	[PEER_KPROBE] = { "kprobe", PEER_OBSERVER, PEER_FILES_FUNCTION },
	[PEER_KRETPROBE] = { "kretprobe", PEER_OBSERVER, PEER_FILES_FUNCTION },
	[PEER_FPROBE] = { "fprobe", PEER_OBSERVER, PEER_FILES_FUNCTION },
	[PEER_FPROBE_EXIT] = { "fprobe-exit", PEER_OBSERVER, PEER_FILES_FUNCTION },
	[PEER_BPF_FENTRY] = { "bpf-fentry", PEER_OBSERVER, PEER_FILES_FUNCTION },
	[PEER_BPF_FEXIT] = { "bpf-fexit", PEER_OBSERVER, PEER_FILES_FUNCTION },
	[PEER_BPF_FMOD_RET] = { "bpf-fmod_ret", PEER_INTERCEPTOR, PEER_FILES_FUNCTION },
	[PEER_BPF_LSM] = { "bpf-lsm", PEER_INTERCEPTOR, PEER_FILES_FUNCTION },
	[PEER_BPF_KPROBE] = { "bpf-kprobe", PEER_OBSERVER, PEER_FILES_FUNCTION },
	[PEER_BPF_KRETPROBE] = { "bpf-kretprobe", PEER_OBSERVER, PEER_FILES_FUNCTION },
	[PEER_BPF_KPROBE_MULTI] = { "bpf-kprobe_multi", PEER_OBSERVER, PEER_FILES_FUNCTION },
	[PEER_BPF_KRETPROBE_MULTI] = { "bpf-kretprobe_multi", PEER_OBSERVER, PEER_FILES_FUNCTION },
	[PEER_FUNCTION] = { "function", PEER_OBSERVER, PEER_FILES_FUNCTION },
	[PEER_FUNCTION_GRAPH] = { "function_graph", PEER_OBSERVER, PEER_FILES_FUNCTION },
	[PEER_COMMAND] = { "ftrace-command", PEER_OBSERVER, PEER_FILES_NOTHING },
	[PEER_DIRECT] = { "direct-call", PEER_OBSERVER, PEER_FILES_FUNCTION },
	[PEER_OPS] = { "ftrace-ops", PEER_OBSERVER, PEER_FILES_FUNCTION },
};

static const char *const classes[_PEER_CLASS_MAX] = {
	[PEER_MUTATOR] = "mutator",
	[PEER_INTERCEPTOR] = "interceptor",
	[PEER_OBSERVER] = "observer",
};

static const char *const files[_PEER_FILES_MAX] = {
	[PEER_FILES_NOTHING] = "nothing",
	[PEER_FILES_BODY] = "body",
	[PEER_FILES_FUNCTION] = "function",
};

const char *peer_kind_name(enum peer_kind kind)
{
	return kinds[kind].name;
}

const char *peer_class_name(enum peer_class class)
{
	return classes[class];
}

const char *peer_files_name(enum peer_files what)
{
	return files[what];
}

enum peer_files peer_files(const struct peer *peer)
{
	/* A kprobe that may take the call away sees it all the same; of an ops nobody knows. */
	if (peer->kind == PEER_OPS && peer->class == PEER_MUTATOR)
		return PEER_FILES_NOTHING;
	return kinds[peer->kind].files;
}

bool peer_misfiles(const struct peers_function *function, const struct peer *peer)
{
	return peer->active && peer_files(peer) == PEER_FILES_FUNCTION && function->winner &&
	       (function->moving || !lpd_streq(function->winner, LPH_BODY_ORIGINAL));
}

/* --------------------------------------------------------------- the table */

static void peer_clear(struct peer *peer)
{
	free(peer->name);
	free(peer->detail);
	free(peer->detach);
}

static void function_clear(struct peers_function *function)
{
	for (size_t i = 0; i < function->n_peers; i++)
		peer_clear(function->peers + i);
	free(function->peers);
	free(function->symbol);
	free(function->module);
	free(function->flags);
	free(function->handler);
	free(function->direct_to);
	free(function->winner);
	json_object_put(function->unless);
	json_object_put(function->conflicts);
}

void peers_clear(struct peers *peers)
{
	for (size_t i = 0; i < peers->n_functions; i++)
		function_clear(peers->functions + i);
	free(peers->functions);
	json_object_put(peers->unseen);
	*peers = (struct peers){ 0 };
}

void peers_remove(struct peers *peers, size_t i)
{
	function_clear(peers->functions + i);
	peers->n_functions--;
	memmove(peers->functions + i, peers->functions + i + 1, (peers->n_functions - i) * sizeof(*peers->functions));
}

bool peers_wanted(const struct peers *peers, const char *module, const char *symbol)
{
	for (size_t i = 0; i < peers->n_patterns; i++)
		if (function_pattern_matches(peers->patterns[i], "*", module, symbol))
			return true;
	return peers->n_patterns == 0;
}

struct peers_function *peers_find(const struct peers *peers, const char *module, const char *symbol, uint32_t sympos)
{
	for (size_t i = 0; i < peers->n_functions; i++) {
		struct peers_function *function = peers->functions + i;

		if (function->sympos == sympos && lpd_streq(function->symbol, symbol) &&
		    lpd_streq(function->module, module))
			return function;
	}
	return NULL;
}

int peers_get(struct peers *peers, const char *module, const char *symbol, uint32_t sympos,
	      struct peers_function **ret)
{
	struct peers_function *grown, function = { .sympos = sympos };

	*ret = peers_find(peers, module, symbol, sympos);
	if (*ret || !peers_wanted(peers, module, symbol))
		return 0;
	if (peers->n_functions == peers->max)
		return -E2BIG;

	grown = reallocarray(peers->functions, peers->n_functions + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	peers->functions = grown;
	function.symbol = strdup(symbol);
	function.module = strdup(module);
	function.unless = json_object_new_array();
	function.conflicts = json_object_new_array();
	if (!function.symbol || !function.module || !function.unless || !function.conflicts) {
		function_clear(&function);
		return -ENOMEM;
	}
	*ret = peers->functions + peers->n_functions++;
	**ret = function;
	return 0;
}

int peers_add(struct peers_function *function, enum peer_kind kind, bool active, const char *name, struct peer **ret)
{
	struct peer *grown, peer = { .kind = kind, .class = kinds[kind].class, .active = active };

	grown = reallocarray(function->peers, function->n_peers + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	function->peers = grown;
	peer.name = strdup(name);
	peer.detail = strdup("");
	peer.detach = strdup("");
	if (!peer.name || !peer.detail || !peer.detach) {
		peer_clear(&peer);
		return -ENOMEM;
	}
	function->peers[function->n_peers] = peer;
	if (ret)
		*ret = function->peers + function->n_peers;
	function->n_peers++;
	return 0;
}

int peer_set(char **text, const char *format, ...)
{
	char *made;
	va_list ap;
	int r;

	va_start(ap, format);
	r = vasprintf(&made, format, ap);
	va_end(ap);
	if (r < 0)
		return -ENOMEM;
	free(*text);
	*text = made;
	return 0;
}

int peers_say_unseen(struct peers *peers, const char *format, ...)
{
	char *text;
	va_list ap;
	int r;

	if (!peers->unseen)
		peers->unseen = json_object_new_array();
	va_start(ap, format);
	r = vasprintf(&text, format, ap);
	va_end(ap);
	if (r < 0 || !peers->unseen)
		return -ENOMEM;
	r = json_object_array_add(peers->unseen, json_object_new_string(text));
	free(text);
	return r < 0 ? -ENOMEM : 0;
}

/* -------------------------------------------------------------- in words */

char *peer_describe(const struct peer *peer)
{
	char *text;
	int r;

	switch (peer->kind) {
	case PEER_BPF_FENTRY ... PEER_BPF_KRETPROBE_MULTI:
		r = asprintf(&text, "BPF program %s (%s%s%s)", *peer->name ? peer->name : "without a name",
			     kinds[peer->kind].name + strlen("bpf-"), *peer->detail ? ", " : "", peer->detail);
		break;
	case PEER_TRACER:
	case PEER_HELPER_PATCH:
	case PEER_LIVEPATCH:
		r = asprintf(&text, "%s %s", kinds[peer->kind].name, peer->name);
		break;
	default:
		r = asprintf(&text, "%s %s%s%s%s", kinds[peer->kind].name, *peer->name ? peer->name : "without a name",
			     *peer->detail ? " (" : "", peer->detail, *peer->detail ? ")" : "");
		break;
	}
	return r < 0 ? NULL : text;
}

static struct json_object *peer_to_json(const struct peers_function *function, const struct peer *peer)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "kind", json_object_new_string(kinds[peer->kind].name));
	json_object_object_add(object, "name", json_object_new_string(peer->name));
	json_object_object_add(object, "class", json_object_new_string(classes[peer->class]));
	json_object_object_add(object, "active", json_object_new_boolean(peer->active));
	json_object_object_add(object, "files", json_object_new_string(files[peer_files(peer)]));
	json_object_object_add(object, "misfiles", json_object_new_boolean(peer_misfiles(function, peer)));
	json_object_object_add(object, "detail", json_object_new_string(peer->detail));
	json_object_object_add(object, "detach", json_object_new_string(peer->detach));
	return object;
}

static struct json_object *ftrace_to_json(const struct peers_function *function)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "ops", json_object_new_uint64(function->n_ops));
	json_object_object_add(object, "flags", json_object_new_string(function->flags ?: ""));
	json_object_object_add(object, "calls", json_object_new_string(function->direct_to ?: ""));
	return object;
}

static struct json_object *function_to_json(const struct peers_function *function)
{
	struct json_object *object = json_object_new_object(), *list = json_object_new_array();
	struct function_name name = { .sympos = function->sympos };
	char text[FUNCTION_NAME_MAX];

	(void)snprintf(name.symbol, sizeof(name.symbol), "%s", function->symbol);
	(void)snprintf(name.module, sizeof(name.module), "%s", function->module);
	for (size_t i = 0; i < function->n_peers; i++)
		(void)json_object_array_add(list, peer_to_json(function, function->peers + i));
	json_object_object_add(object, "function", json_object_new_string(function_name_format(text, &name)));
	json_object_object_add(object, "winner", json_object_new_string(function->winner));
	json_object_object_add(object, "unless", json_object_get(function->unless));
	json_object_object_add(object, "peers", list);
	json_object_object_add(object, "conflicts", json_object_get(function->conflicts));
	json_object_object_add(object, "ftrace", ftrace_to_json(function));
	return object;
}

int peers_to_json(const struct peers *peers, struct json_object **ret)
{
	struct json_object *object = json_object_new_object(), *list = json_object_new_array();

	if (!object || !list) {
		json_object_put(object);
		json_object_put(list);
		return -ENOMEM;
	}
	for (size_t i = 0; i < peers->n_functions; i++)
		(void)json_object_array_add(list, function_to_json(peers->functions + i));
	json_object_object_add(object, "functions", list);
	json_object_object_add(object, "unseen",
			       peers->unseen ? json_object_get(peers->unseen) : json_object_new_array());
	*ret = object;
	return 0;
}
