// SPDX-License-Identifier: GPL-2.0-only
/* A module that is no livepatch. */
#include <linux/module.h>

static int __init no_livepatch_init(void)
{
	return 0;
}
module_init(no_livepatch_init);

static void __exit no_livepatch_exit(void)
{
}
module_exit(no_livepatch_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A module that is no livepatch");
