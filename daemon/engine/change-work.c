// SPDX-License-Identifier: GPL-2.0-only
#include "engine/change-work.h"
#include "worker/force-record.h"

operation_work_t change_work(const struct kernel_ops *kernel, enum change_step step, const char **ret_what)
{
	switch (step) {
	case CHANGE_INSERT:
		*ret_what = "load a livepatch";
		return kernel->insert;
	case CHANGE_REMOVE:
		*ret_what = "remove a livepatch";
		return kernel->remove;
	case CHANGE_RECORD:
		*ret_what = "see whom a transition waits for";
		return force_record_look;
	case CHANGE_FORCE:
		*ret_what = "force a livepatch";
		return kernel->force;
	case CHANGE_VERIFY:
		*ret_what = "look at what a livepatch patches";
		return kernel->verify;
	case CHANGE_INSTALL:
		*ret_what = "install a livepatch";
		return kernel->install;
	case CHANGE_UNINSTALL:
		*ret_what = "take a livepatch out of the installed ones";
		return kernel->uninstall;
	default:
		*ret_what = "enable or disable a livepatch";
		return kernel->enable;
	}
}
