/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CODEC_H
#define LIVEPATCHD_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/failure.h"
#include "model/function-name.h"
#include "model/tracer-spec.h"
#include "util/util.h"

struct nl_msg;
struct nlmsghdr;

/*
 * Messages of <linux/livepatch_helper.h> as structs. Decoders take the
 * attributes behind the generic netlink header and leave ret_ arguments alone
 * on failure: -EBADMSG says that what has to be there is not. Attributes
 * that are missing otherwise are zero, unknown ones are passed over.
 */

/**
 * struct codec_body - how often one body ran
 * @latency: of LPH_KIND_LATENCY: how many calls of it took how long, by bucket
 */
struct codec_body {
	char name[LPH_MODULE_LEN];
	uint64_t hits;
	uint64_t latency[LPH_LATENCY_BUCKETS];
};

/**
 * struct codec_op - LPH_A_OP
 * @missed: hits for which it could not do what its kind does
 * @bodies: owned
 */
struct codec_op {
	uint32_t id;
	struct function_name function;
	struct tracer_spec spec;
	uint32_t state;
	uint32_t backend;
	uint64_t hits;
	uint64_t missed;
	struct codec_body *bodies;
	size_t n_bodies;
};

/**
 * struct codec_function - LPH_A_FUNCTION
 * @ops: the ids, in run order; owned
 * @bodies: owned
 */
struct codec_function {
	struct function_name name;
	uint32_t state;
	uint32_t backend;
	uint32_t *ops;
	size_t n_ops;
	struct codec_body *bodies;
	size_t n_bodies;
};

/**
 * struct codec_patch_function - a function that a patch has a body for
 */
struct codec_patch_function {
	struct function_name name;
	bool patched;
};

/**
 * struct codec_patch - LPH_A_PATCH
 * @functions: owned
 */
struct codec_patch {
	char name[LPH_MODULE_LEN];
	uint32_t state;
	uint32_t order;
	struct codec_patch_function *functions;
	size_t n_functions;
};

/**
 * struct codec_blocker - LPH_A_BLOCKER
 */
struct codec_blocker {
	uint32_t pid;
	uint32_t tid;
	char comm[64];
	uint32_t reason;
	char symbol[LPH_SYMBOL_LEN];
};

/**
 * struct codec_transition - LPH_A_TRANSITION; times in microseconds of CLOCK_REALTIME
 */
struct codec_transition {
	uint64_t id;
	uint32_t kind;
	uint32_t state;
	uint32_t op;
	uint32_t n_ops;
	struct function_name function;
	uint32_t strategy;
	uint64_t queued_at;
	uint64_t started_at;
	uint64_t settled_at;
	uint64_t traps;
	uint32_t max_depth;
	uint64_t overflows;
	uint64_t lapses;
	uint64_t longest_stop;
	uint32_t error;
	uint32_t backend;
	char message[LPH_MESSAGE_LEN];
	char patch[LPH_MODULE_LEN];
	uint32_t consistency;
	uint32_t tasks_total;
	uint32_t tasks_remaining;
};

/**
 * struct codec_result - what came of one op of LPH_CMD_ADD_OPS or LPH_CMD_DEL_OPS
 * @id: its id, 0: it was refused
 * @error: why, a positive errno
 * @message: why in words
 * @transition: that of all that were not refused, 0: all were
 */
struct codec_result {
	uint32_t id;
	uint32_t error;
	char message[LPH_MESSAGE_LEN];
	uint64_t transition;
};

/**
 * struct codec_family - what nlctrl says of a family
 * @events_group: of its multicast group "events", 0: it has none
 */
struct codec_family {
	uint16_t id;
	char name[16];
	uint32_t events_group;
};

int codec_decode_op(const void *attributes, size_t size, struct codec_op *ret);
void codec_op_clear(struct codec_op *op);

int codec_decode_function(const void *attributes, size_t size, struct codec_function *ret);
void codec_function_clear(struct codec_function *function);

int codec_decode_patch(const void *attributes, size_t size, struct codec_patch *ret);
void codec_patch_clear(struct codec_patch *patch);

int codec_decode_blocker(const void *attributes, size_t size, struct codec_blocker *ret);

int codec_decode_transition(const void *attributes, size_t size, struct codec_transition *ret);

/** codec_is_of_patches - it is a patch's transition, or of the order of all */
bool codec_is_of_patches(const struct codec_transition *transition);

/** codec_is_settled - nothing more happens to it */
bool codec_is_settled(const struct codec_transition *transition);
int codec_decode_result(const void *attributes, size_t size, struct codec_result *ret);

/** codec_decode_version - LPH_INFO_A_VERSION of LPH_A_INFO */
int codec_decode_version(const void *attributes, size_t size, char *version, size_t version_size);

int codec_decode_family(const void *attributes, size_t size, struct codec_family *ret);

/**
 * codec_decode_error - an NLMSG_ERROR message, or the end of a dump
 * @header: the message
 * @message: what extack says, "" if it says nothing
 * @message_size: of @message
 *
 * Return: the error in it, 0 for an acknowledgement.
 */
int codec_decode_error(const struct nlmsghdr *header, char *message, size_t message_size);

/** codec_encode_add_op - the attributes of LPH_CMD_ADD_OP */
int codec_encode_add_op(struct nl_msg *message, const struct function_name *function,
			const struct tracer_spec *spec, uint32_t strategy);

/** codec_encode_change_op - the attributes of LPH_CMD_CHANGE_OP; @fields: what of @spec they name */
int codec_encode_change_op(struct nl_msg *message, uint32_t id, const struct tracer_spec *spec, unsigned int fields,
			   uint32_t strategy);

/** codec_encode_del_op - the attributes of LPH_CMD_DEL_OP */
int codec_encode_del_op(struct nl_msg *message, uint32_t id, uint32_t strategy);

/**
 * struct codec_change - how a patch's transition is to be
 * @strategy: how traps go on meanwhile
 * @consistency: when calls may run the new bodies
 */
struct codec_change {
	uint32_t strategy;
	uint32_t consistency;
};

/** codec_encode_patch - the attributes of LPH_CMD_APPLY_PATCH and LPH_CMD_REMOVE_PATCH */
int codec_encode_patch(struct nl_msg *message, const char *name, const struct codec_change *change);

/**
 * codec_encode_order - the attributes of LPH_CMD_ORDER_PATCHES
 * @names: from bottom to top, separated by spaces
 */
int codec_encode_order(struct nl_msg *message, const char *names, const struct codec_change *change);

/** codec_encode_cancel - the attributes of LPH_CMD_CANCEL_TRANSITION */
int codec_encode_cancel(struct nl_msg *message, uint64_t id);

/**
 * codec_encode_add_ops - the attributes of LPH_CMD_ADD_OPS but for the functions
 *
 * codec_encode_function() adds these.
 */
int codec_encode_add_ops(struct nl_msg *message, const struct tracer_spec *spec, uint32_t strategy);

/** codec_encode_function - one more LPH_A_FUNCTION of LPH_CMD_ADD_OPS or LPH_CMD_GET_STACK */
int codec_encode_function(struct nl_msg *message, const struct function_name *function);

/** codec_encode_module - LPH_A_FUNCTION of LPH_CMD_GET_STACK that means all functions of a module */
int codec_encode_module(struct nl_msg *message, const char *module);

/** codec_encode_thread - one more LPH_A_BLOCKER of LPH_CMD_GET_STACK */
int codec_encode_thread(struct nl_msg *message, uint32_t tid);

/** codec_encode_del_ops - the attributes of LPH_CMD_DEL_OPS but for the ids; codec_encode_id() adds these */
int codec_encode_del_ops(struct nl_msg *message, uint32_t strategy);

/** codec_encode_id - one more LPH_A_OP of LPH_CMD_DEL_OPS */
int codec_encode_id(struct nl_msg *message, uint32_t id);

/** codec_failure_kind - what an errno of the helper means to the one who asked */
enum failure_kind codec_failure_kind(int error);

#endif
