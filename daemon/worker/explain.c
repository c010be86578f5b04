// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "kernel/klp-sysfs.h"
#include "peers/holders.h"
#include "util/fs.h"
#include "worker/explain.h"

void kernel_facts_clear(struct kernel_facts *facts)
{
	free(facts->transition_of);
	free(facts->holders);
	free(facts->helper_holds);
	*facts = (struct kernel_facts){ 0 };
}

/* Whether the file @path below @folder begins with @text. */
static bool begins_with(const char *folder, const char *path, const char *text)
{
	_cleanup_free_ char *full = NULL;
	char line[128];

	if (asprintf(&full, "%s/%s", folder, path) < 0) {
		full = NULL;
		return false;
	}
	return lpd_read_line_at(AT_FDCWD, full, line, sizeof(line)) >= 0 &&
	       strncmp(line, text, strlen(text)) == 0;
}

void kernel_facts_read(const struct klp_root *root, const struct patch_content *patch, struct kernel_facts *ret)
{
	struct kernel_facts facts = {
		.ftrace_disabled = begins_with(root->proc, "sys/kernel/ftrace_enabled", "0"),
		.modules_disabled = begins_with(root->proc, "sys/kernel/modules_disabled", "1"),
	};

	/* The mode in force stands in brackets: "[none] integrity confidentiality". */
	facts.lockdown = begins_with(root->sys, "kernel/security/lockdown", "none");
	if (klp_transition_of_other(root, NULL, &facts.transition_of) < 0)
		facts.transition_of = NULL;
	if (!patch || peers_holders_of_patched(root, patch, &facts.holders) <= 0)
		facts.holders = NULL;
	*ret = facts;
}

static int explain_busy(const char *name, const struct kernel_facts *facts, struct failure *failure)
{
	if (facts->transition_of)
		return failure_set(failure, FAILURE_KERNEL_REFUSED,
				   "The kernel is busy with the transition of %s, so it did not take %s; wait for it.",
				   facts->transition_of, name);
	if (facts->ftrace_disabled)
		return failure_set(failure, FAILURE_KERNEL_REFUSED,
				   "The kernel cannot patch with %s: ftrace is off; set kernel.ftrace_enabled=1.",
				   name);
	if (facts->helper_holds)
		return failure_set(failure, FAILURE_CONFLICT,
				   "livepatch_helper redirects what %s wants to: %s. Unload that patch first.", name,
				   facts->helper_holds);
	if (facts->holders)
		return failure_set(failure, FAILURE_CONFLICT,
				   "The kernel lets only one redirect a function, and %s is not the first: %s.", name,
				   facts->holders);
	return failure_set(failure, FAILURE_CONFLICT,
			   "The kernel is busy: another user of ftrace redirects a function of %s, "
			   "or did so a moment ago.",
			   name);
}

int explain_insert(int error, const char *name, const struct kernel_facts *facts, struct failure *failure)
{
	switch (-error) {
	case EBUSY:
		return explain_busy(name, facts, failure);
	case EEXIST:
		return failure_set(failure, FAILURE_CONFLICT,
				   "A module %s is already loaded; somebody else was faster.", name);
	case EPERM:
		if (facts->modules_disabled)
			return failure_set(failure, FAILURE_KERNEL_REFUSED,
					   "The kernel takes no module until the next boot: "
					   "kernel.modules_disabled is 1.");
		if (facts->lockdown)
			return failure_set(failure, FAILURE_KERNEL_REFUSED,
					   "The kernel is locked down and %s is not signed; sign it with a key "
					   "that the kernel trusts.",
					   name);
		return failure_set(failure, FAILURE_KERNEL_REFUSED,
				   "livepatchd lacks the right to load %s: CAP_SYS_MODULE, or a security "
				   "module says no.",
				   name);
	case EKEYREJECTED:
	case ENOKEY:
	case EBADMSG:
		return failure_set(failure, FAILURE_KERNEL_REFUSED,
				   "The kernel wants signed modules and does not accept the signature of %s: %s.", name,
				   -error == ENOKEY ? "no key it trusts made it" : strerror(-error));
	case ENOEXEC:
		return failure_set(failure, FAILURE_KERNEL_REFUSED,
				   "The kernel takes %s for no module of its own: other version, or built "
				   "without livepatch support; its log tells which.",
				   name);
	case ENOENT:
		return failure_set(failure, FAILURE_KERNEL_REFUSED,
				   "%s needs a symbol that neither the kernel nor a loaded module has; "
				   "the kernel's log names it.",
				   name);
	case EINVAL:
		return failure_set(failure, FAILURE_KERNEL_REFUSED,
				   "The kernel does not accept %s: a function that it patches is not there "
				   "or is ambiguous, or a symbol's version differs; the kernel's log "
				   "names it.",
				   name);
	case E2BIG:
		return failure_set(failure, FAILURE_KERNEL_REFUSED,
				   "%s has too many functions for one patch, more than some 900: make it two.", name);
	case EOPNOTSUPP:
	case ENOSYS:
	case ENODEV:
		return failure_set(failure, FAILURE_KERNEL_REFUSED,
				   "This kernel cannot livepatch, so it refused %s: %s.", name, strerror(-error));
	case ETXTBSY:
		return failure_set(failure, FAILURE_KERNEL_REFUSED,
				   "The file of %s is open for writing; wait until it is complete.", name);
	default:
		return failure_set(failure, FAILURE_KERNEL_REFUSED, "The kernel refused %s: %s.", name,
				   strerror(-error));
	}
}
