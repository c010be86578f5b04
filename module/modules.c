// SPDX-License-Identifier: GPL-2.0-only
/* Modules that come and go, and what of ours is about them. */
#include <linux/list.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/printk.h>
#include <linux/workqueue.h>

#include "body.h"
#include "error.h"
#include "function-table.h"
#include "function.h"
#include "kinds/kind.h"
#include "kinds/latency.h"
#include "locking.h"
#include "modules.h"
#include "patch-transition.h"
#include "patch.h"
#include "transition-queue.h"
#include "transition.h"

/* What is done to a module's functions is done on the queue, like any change. */
struct module_change {
	struct work_struct work;
	const char *name;
	int r;
};

/* On the queue: it does not settle meanwhile. */
static struct lph_transition *running_patches(void)
{
	struct lph_transition *running;

	mutex_lock(&lph_lock);
	running = lph_transition_of_patches();
	mutex_unlock(&lph_lock);
	return running;
}

static void module_coming(struct work_struct *work)
{
	struct module_change *change = container_of(work, struct module_change, work);
	struct lph_error error;

	change->r = lph_patch_module_coming(change->name, running_patches(), &error);
	if (change->r)
		pr_warn("refusing to load module %s, which could not be patched: %s\n",
			change->name, error.text);
}

static void module_left(struct work_struct *work)
{
	struct lph_transition *running = running_patches();

	lph_patch_module_left(container_of(work, struct module_change, work)->name);
	if (running)
		running->sw.relist = true;
}

static int change_module(const struct module *mod, work_func_t how)
{
	struct module_change change = { .name = mod->name };

	INIT_WORK_ONSTACK(&change.work, how);
	queue_work(lph_queue, &change.work);
	flush_work(&change.work);
	destroy_work_on_stack(&change.work);
	return change.r;
}

/*
 * A request that found the module alive has queued its transition before us:
 * both hold lph_lock, see lph_symbol_find().
 */
static void leave_bodies(const struct module *mod)
{
	struct lph_function *fn;

	lph_latency_settle();
	mutex_lock(&lph_lock);
	list_for_each_entry(fn, &lph_functions, node)
		lph_body_leave(fn, mod, lph_kind_merge_bodies);
	mutex_unlock(&lph_lock);
}

/* No request can make it so while the module comes: see lph_symbol_object(). */
static bool patches_name(const char *module)
{
	bool named;

	mutex_lock(&lph_lock);
	named = lph_patch_names_object(module);
	mutex_unlock(&lph_lock);
	return named;
}

static int module_changes(struct notifier_block *nb, unsigned long event, void *data)
{
	struct module *mod = data;

	if (event == MODULE_STATE_COMING && patches_name(mod->name))
		return notifier_from_errno(change_module(mod, module_coming));
	if (event != MODULE_STATE_GOING)
		return NOTIFY_DONE;
	leave_bodies(mod);
	change_module(mod, module_left);
	return NOTIFY_OK;
}

static struct notifier_block module_notifier = {
	.notifier_call = module_changes,
};

int lph_modules_init(void)
{
	return register_module_notifier(&module_notifier);
}

/**
 * lph_modules_exit() - follow modules no longer
 *
 * Context: module unload, before lph_transition_exit().
 */
void lph_modules_exit(void)
{
	unregister_module_notifier(&module_notifier);
}
