// SPDX-License-Identifier: GPL-2.0-only
/*
 * What there should be: each accepted request is read as the kernel reads it, and done in
 * the order of the transitions, unless its transition failed or was reversed.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

struct op {
	bool there;
	bool gone; /* its function left */
	bool seen;
	char *function; /* MODULE:SYMBOL:SYMPOS */
	uint32_t kind;
	int32_t priority;
	uint32_t pid;
	char comm[LPH_COMM_LEN];
	char label[LPH_LABEL_LEN];
};

struct patch {
	const char *name;
	bool wanted;
	unsigned int rank;
	char **functions;
	unsigned int n_functions;
};

struct fuzz_model {
	struct fuzz_shared *shared;
	struct op *ops; /* by id */
	uint32_t n_ops;
	struct patch patches[FUZZ_NAMES];
	unsigned int n_patches;
	/* while it is compared */
	unsigned int seen;
	uint32_t sequence;
	bool done;
};

struct fuzz_model *fuzz_model_new(struct fuzz_shared *shared, const struct fuzz_names *names)
{
	struct fuzz_model *model = calloc(1, sizeof(*model));

	if (!model)
		abort();
	model->shared = shared;
	model->n_patches = names->n_patches;
	for (unsigned int i = 0; i < names->n_patches; i++)
		model->patches[i].name = names->patches[i];
	return model;
}

/* ------------------------------------------------------------------- replay */

static struct op *op_of(struct fuzz_model *model, uint32_t id)
{
	uint32_t n = model->n_ops ? model->n_ops : 1024;

	while (n <= id)
		n *= 2;
	if (n > model->n_ops) {
		model->ops = realloc(model->ops, n * sizeof(*model->ops));
		if (!model->ops)
			abort();
		memset(model->ops + model->n_ops, 0, (n - model->n_ops) * sizeof(*model->ops));
		model->n_ops = n;
	}
	return &model->ops[id];
}

void fuzz_model_gone(struct fuzz_model *model, uint32_t id)
{
	op_of(model, id)->gone = true;
}

static bool parse(struct nlattr **attrs, int max, struct nlattr *nest)
{
	return nest && !nla_parse(attrs, max, nla_data(nest), nla_len(nest), NULL);
}

static const char *text(struct nlattr *attr, const char *otherwise)
{
	return attr ? (const char *)nla_data(attr) : otherwise;
}

static uint32_t number(struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

static char *name_function(struct nlattr *nest)
{
	struct nlattr *attrs[LPH_FUNCTION_A_MAX + 1];
	char *name;

	if (!parse(attrs, LPH_FUNCTION_A_MAX, nest) ||
	    asprintf(&name, "%s:%s:%" PRIu32, text(attrs[LPH_FUNCTION_A_MODULE], "vmlinux"),
		     text(attrs[LPH_FUNCTION_A_SYMBOL], ""), number(attrs[LPH_FUNCTION_A_SYMPOS])) < 0)
		return NULL;
	return name;
}

/* What the attributes say; of a change, what they do not say stays. */
static void set_op(struct op *op, struct nlattr **attrs)
{
	if (attrs[LPH_OP_A_KIND]) {
		op->kind = nla_get_u32(attrs[LPH_OP_A_KIND]);
		snprintf(op->label, sizeof(op->label), "%s", text(attrs[LPH_OP_A_LABEL], ""));
	}
	if (attrs[LPH_OP_A_PRIORITY])
		op->priority = (int32_t)nla_get_u32(attrs[LPH_OP_A_PRIORITY]);
	if (attrs[LPH_OP_A_PID])
		op->pid = nla_get_u32(attrs[LPH_OP_A_PID]);
	if (attrs[LPH_OP_A_COMM])
		snprintf(op->comm, sizeof(op->comm), "%s", text(attrs[LPH_OP_A_COMM], ""));
}

static void add(struct fuzz_model *model, uint32_t id, struct nlattr *function, struct nlattr **attrs)
{
	struct op *op = op_of(model, id);

	if (!id)
		return;
	op->there = true;
	op->function = name_function(function);
	set_op(op, attrs);
}

static struct patch *patch_of(struct fuzz_model *model, const char *name)
{
	for (unsigned int i = 0; i < model->n_patches; i++)
		if (!strcmp(model->patches[i].name, name))
			return &model->patches[i];
	return NULL;
}

static void stack(struct fuzz_model *model, struct nlattr *attr, bool wanted, struct nlattr *order)
{
	struct nlattr *attrs[LPH_PATCH_A_MAX + 1], *name;
	unsigned int top = 0, rank = 0;
	struct patch *patch;
	int rest;

	for (unsigned int i = 0; i < model->n_patches; i++)
		if (model->patches[i].rank > top)
			top = model->patches[i].rank;
	if (parse(attrs, LPH_PATCH_A_MAX, attr)) {
		patch = patch_of(model, text(attrs[LPH_PATCH_A_NAME], ""));
		if (patch)
			patch->wanted = wanted;
		if (patch && wanted)
			patch->rank = top + 1;
	}
	if (!order)
		return;
	nla_for_each_nested(name, order, rest) {
		rank++;
		patch = patch_of(model, nla_data(name));
		if (patch)
			patch->rank = rank;
	}
}

static void replay(struct fuzz_model *model, const struct fuzz_record *record)
{
	const struct nlmsghdr *message = (const void *)&record->ids[record->n];
	const struct genlmsghdr *genl = NLMSG_DATA(message);
	struct nlattr *attrs[LPH_A_MAX + 1], *o[LPH_OP_A_MAX + 1] = {}, *attr;
	unsigned int i = 0;
	int rest = (int)(record->len - RAW_HDRLEN);

	if (!raw_parse(message, attrs, LPH_A_MAX)) {
		fuzz_fault(model->shared, "a request was accepted that cannot be parsed");
		return;
	}
	(void)parse(o, LPH_OP_A_MAX, attrs[LPH_A_OP]);
	switch (genl->cmd) {
	case LPH_CMD_ADD_OP:
		add(model, record->ids[0], o[LPH_OP_A_FUNCTION], o);
		break;
	case LPH_CMD_CHANGE_OP:
		set_op(op_of(model, record->ids[0]), o);
		break;
	case LPH_CMD_ADD_OPS:
		nla_for_each_attr(attr, (struct nlattr *)((char *)message + RAW_HDRLEN), rest, rest)
			if (nla_type(attr) == LPH_A_FUNCTION && i < record->n)
				add(model, record->ids[i++], attr, o);
		break;
	case LPH_CMD_DEL_OP:
	case LPH_CMD_DEL_OPS:
		for (i = 0; i < record->n; i++)
			op_of(model, record->ids[i])->there = false;
		break;
	case LPH_CMD_APPLY_PATCH:
		stack(model, attrs[LPH_A_PATCH], true, attrs[LPH_A_ORDER]);
		break;
	case LPH_CMD_REMOVE_PATCH:
		stack(model, attrs[LPH_A_PATCH], false, NULL);
		break;
	case LPH_CMD_ORDER_PATCHES:
		stack(model, NULL, false, attrs[LPH_A_ORDER]);
		break;
	default:
		fuzz_fault(model->shared, "command %u was answered with a transition", genl->cmd);
	}
}

void fuzz_model_replay(struct fuzz_model *model, uint64_t from, uint64_t to)
{
	struct fuzz_shared *shared = model->shared;
	uint64_t id, at;
	uint8_t state;

	for (id = from; id <= to; id++) {
		at = atomic_load(&shared->record[id]);
		state = atomic_load(&shared->state[id]);
		if (!at)
			fuzz_fault(shared, "transition %" PRIu64 " was queued by no request that was accepted", id);
		else if (state == LPH_TRANSITION_DONE + 1)
			replay(model, (const void *)(shared->arena + at));
		else if (state != LPH_TRANSITION_FAILED + 1 && state != LPH_TRANSITION_REVERSED + 1)
			fuzz_fault(shared, "transition %" PRIu64 " has not settled", id);
	}
	for (uint32_t i = 0; i < model->n_ops; i++)
		if (model->ops[i].gone)
			model->ops[i].there = false;
}

/* ------------------------------------------------------------------ compare */

static bool same(struct fuzz_model *model, const char *what, uint32_t id, const char *field,
		 const char *wanted, const char *found)
{
	if (!strcmp(wanted, found))
		return true;
	fuzz_fault(model->shared, "%s %" PRIu32 ": %s is %s, and should be %s", what, id, field, found, wanted);
	return false;
}

static void same_number(struct fuzz_model *model, const char *what, uint32_t id, const char *field,
			int64_t wanted, int64_t found)
{
	if (wanted != found)
		fuzz_fault(model->shared, "%s %" PRIu32 ": %s is %" PRIi64 ", and should be %" PRIi64, what,
			   id, field, found, wanted);
}

static void compare_op(struct fuzz_model *model, struct nlattr **attrs)
{
	struct nlattr *o[LPH_OP_A_MAX + 1];
	struct op *op;
	uint32_t id;
	char *function;

	if (!parse(o, LPH_OP_A_MAX, attrs[LPH_A_OP]))
		return;
	id = number(o[LPH_OP_A_ID]);
	op = op_of(model, id);
	if (!op->there || op->seen) {
		fuzz_fault(model->shared, "op %" PRIu32 " is there%s, and should not be", id,
			   op->seen ? " twice" : "");
		return;
	}
	op->seen = true;
	function = name_function(o[LPH_OP_A_FUNCTION]);
	same(model, "op", id, "the function", op->function, function);
	free(function);
	same_number(model, "op", id, "the kind", op->kind, number(o[LPH_OP_A_KIND]));
	same_number(model, "op", id, "the priority", op->priority, (int32_t)number(o[LPH_OP_A_PRIORITY]));
	same_number(model, "op", id, "the state", LPH_OP_ATTACHED, number(o[LPH_OP_A_STATE]));
	same_number(model, "op", id, "the process", op->pid, number(o[LPH_OP_A_PID]));
	same(model, "op", id, "the task's name", op->comm, text(o[LPH_OP_A_COMM], "missing"));
	same(model, "op", id, "the label", op->label, text(o[LPH_OP_A_LABEL], ""));
}

/* The id of the op that runs behind the one that has this priority and id; 0: none. */
static uint32_t next_op(const struct fuzz_model *model, const char *function, const struct op *behind,
			uint32_t behind_id)
{
	const struct op *op, *best = NULL;
	uint32_t i, best_id = 0;

	for (i = 0; i < model->n_ops; i++) {
		op = &model->ops[i];
		if (!op->there || strcmp(op->function, function))
			continue;
		if (behind && (op->priority < behind->priority ||
			       (op->priority == behind->priority && i <= behind_id)))
			continue;
		if (!best || op->priority < best->priority) {
			best = op;
			best_id = i;
		}
	}
	return best_id;
}

static const struct patch *winner(const struct fuzz_model *model, const char *function)
{
	const struct patch *patch, *best = NULL;

	for (unsigned int i = 0; i < model->n_patches; i++) {
		patch = &model->patches[i];
		if (!patch->wanted || (best && best->rank > patch->rank))
			continue;
		for (unsigned int k = 0; k < patch->n_functions; k++)
			if (!strcmp(patch->functions[k], function))
				best = patch;
	}
	return best;
}

static void compare_function(struct fuzz_model *model, struct nlattr **attrs)
{
	struct nlattr *f[LPH_FUNCTION_A_MAX + 1], *o[LPH_OP_A_MAX + 1], *attr;
	char *function = name_function(attrs[LPH_A_FUNCTION]);
	uint32_t expected = 0, id, place = 0;
	const struct op *op = NULL;
	const struct patch *patch;
	int rest;

	if (!function || !parse(f, LPH_FUNCTION_A_MAX, attrs[LPH_A_FUNCTION]) || !f[LPH_FUNCTION_A_OPS]) {
		fuzz_fault(model->shared, "a function without a name or ops");
		free(function);
		return;
	}
	nla_for_each_nested(attr, f[LPH_FUNCTION_A_OPS], rest) {
		expected = next_op(model, function, op, expected);
		op = expected ? &model->ops[expected] : NULL;
		id = parse(o, LPH_OP_A_MAX, attr) ? number(o[LPH_OP_A_ID]) : 0;
		same_number(model, function, ++place, "the op that runs there", expected, id);
		if (!op)
			break;
		same_number(model, "op", id, "the priority by its function", op->priority,
			    (int32_t)number(o[LPH_OP_A_PRIORITY]));
		model->seen++;
	}
	patch = winner(model, function);
	same(model, function, 0, "the body", patch ? patch->name : LPH_BODY_ORIGINAL,
	     text(f[LPH_FUNCTION_A_BODY], "missing"));
	free(function);
}

/* What a patch has bodies for is only read, not known beforehand. */
static void read_patch(struct fuzz_model *model, struct nlattr **attrs)
{
	struct nlattr *p[LPH_PATCH_A_MAX + 1], *attr;
	struct patch *patch;
	int rest;

	if (!parse(p, LPH_PATCH_A_MAX, attrs[LPH_A_PATCH]) || !p[LPH_PATCH_A_FUNCTIONS])
		return;
	patch = patch_of(model, text(p[LPH_PATCH_A_NAME], ""));
	if (!patch)
		return;
	patch->n_functions = 0;
	nla_for_each_nested(attr, p[LPH_PATCH_A_FUNCTIONS], rest) {
		patch->functions = realloc(patch->functions, (patch->n_functions + 1) * sizeof(char *));
		if (!patch->functions)
			abort();
		patch->functions[patch->n_functions++] = name_function(attr);
	}
}

static void compare_patch(struct fuzz_model *model, struct nlattr **attrs)
{
	struct nlattr *p[LPH_PATCH_A_MAX + 1], *f[LPH_FUNCTION_A_MAX + 1], *attr;
	struct patch *patch = NULL;
	unsigned int place = 0;
	uint32_t i = 0;
	char *function;
	int rest;

	if (parse(p, LPH_PATCH_A_MAX, attrs[LPH_A_PATCH]))
		patch = patch_of(model, text(p[LPH_PATCH_A_NAME], ""));
	if (!patch)
		return;
	for (unsigned int k = 0; patch->wanted && k < model->n_patches; k++)
		place += model->patches[k].wanted && model->patches[k].rank <= patch->rank;
	same_number(model, patch->name, 0, "the state", patch->wanted ? LPH_PATCH_PATCHED : LPH_PATCH_LOADED,
		    number(p[LPH_PATCH_A_STATE]));
	same_number(model, patch->name, 0, "the place", place, number(p[LPH_PATCH_A_ORDER]));
	nla_for_each_nested(attr, p[LPH_PATCH_A_FUNCTIONS], rest) {
		function = name_function(attr);
		if (parse(f, LPH_FUNCTION_A_MAX, attr))
			same_number(model, patch->name, ++i, "its body runs", winner(model, function) == patch,
				    number(f[LPH_FUNCTION_A_PATCHED]));
		free(function);
	}
	model->seen++;
}

static void compare_info(struct fuzz_model *model, struct nlattr **attrs)
{
	struct nlattr *i[LPH_INFO_A_MAX + 1];

	if (!parse(i, LPH_INFO_A_MAX, attrs[LPH_A_INFO]))
		return;
	same_number(model, "the helper", 0, "the number of ops", model->seen, number(i[LPH_INFO_A_OPS]));
	same_number(model, "the helper", 0, "the transition that runs", 0,
		    (int64_t)nla_get_u64(i[LPH_INFO_A_TRANSITION]));
}

/* ------------------------------------------------------------------- dumps */

struct look {
	struct fuzz_model *model;
	void (*fn)(struct fuzz_model *model, struct nlattr **attrs);
	const char *what;
	bool done;
};

static void on_message(const struct nlmsghdr *header, void *arg)
{
	struct nlattr *attrs[LPH_A_MAX + 1];
	struct look *look = arg;
	char why[LPH_MESSAGE_LEN];
	int r;

	if (header->nlmsg_type == NLMSG_ERROR || header->nlmsg_type == NLMSG_DONE) {
		r = raw_error(header, why, sizeof(why));
		if (r)
			fuzz_fault(look->model->shared, "%s cannot be read: %s %s", look->what, strerror(-r), why);
		look->done = true;
	} else if (raw_parse(header, attrs, LPH_A_MAX)) {
		look->fn(look->model, attrs);
	}
}

static void look(struct fuzz_model *model, const struct raw_socket *sock, uint8_t command, uint16_t flags,
		 const char *what, void (*fn)(struct fuzz_model *model, struct nlattr **attrs))
{
	struct look look = { .model = model, .fn = fn, .what = what };
	struct raw raw;

	raw_new(&raw);
	raw_end_message(&raw, raw_message(&raw, sock->family, flags, ++model->sequence, command));
	if (raw_send(sock, &raw) || raw_receive(sock, on_message, &look) || !look.done)
		fuzz_fault(model->shared, "%s cannot be read to their end", what);
	raw_free(&raw);
}

void fuzz_model_compare(struct fuzz_model *model, const struct raw_socket *sock)
{
	const uint16_t dump = NLM_F_REQUEST | NLM_F_DUMP;
	unsigned int there = 0;

	for (uint32_t i = 0; i < model->n_ops; i++) {
		model->ops[i].seen = false;
		there += model->ops[i].there;
	}
	look(model, sock, LPH_CMD_GET_OP, dump, "ops", compare_op);
	for (uint32_t i = 0; i < model->n_ops; i++)
		if (model->ops[i].there && !model->ops[i].seen)
			fuzz_fault(model->shared, "op %" PRIu32 " is not there, and should be", i);
	look(model, sock, LPH_CMD_GET_PATCH, dump, "patches", read_patch);
	model->seen = 0;
	look(model, sock, LPH_CMD_GET_PATCH, dump, "patches", compare_patch);
	same_number(model, "patches", 0, "their number", model->n_patches, model->seen);
	model->seen = 0;
	look(model, sock, LPH_CMD_GET_FUNCTION, dump, "functions", compare_function);
	same_number(model, "functions", 0, "the number of their ops", there, model->seen);
	look(model, sock, LPH_CMD_GET_INFO, NLM_F_REQUEST | NLM_F_ACK, "the helper's numbers", compare_info);
}

unsigned int fuzz_model_clean(const struct fuzz_model *model, const struct raw_socket *sock, struct raw *raw,
			      uint32_t sequence)
{
	size_t at, nest;
	unsigned int n = 0;

	for (uint32_t i = 0; i < model->n_ops; i++) {
		if (!model->ops[i].there)
			continue;
		at = raw_message(raw, sock->family, NLM_F_REQUEST | NLM_F_ACK, ++sequence, LPH_CMD_DEL_OP);
		nest = raw_begin(raw, LPH_A_OP | NLA_F_NESTED);
		raw_u32(raw, LPH_OP_A_ID, i);
		raw_end(raw, nest);
		raw_end_message(raw, at);
		n++;
	}
	for (unsigned int i = 0; i < model->n_patches; i++) {
		if (!model->patches[i].wanted)
			continue;
		at = raw_message(raw, sock->family, NLM_F_REQUEST | NLM_F_ACK, ++sequence, LPH_CMD_REMOVE_PATCH);
		nest = raw_begin(raw, LPH_A_PATCH | NLA_F_NESTED);
		raw_string(raw, LPH_PATCH_A_NAME, model->patches[i].name);
		raw_end(raw, nest);
		raw_end_message(raw, at);
		n++;
	}
	return n;
}
