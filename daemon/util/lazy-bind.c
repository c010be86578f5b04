// SPDX-License-Identifier: GPL-2.0-only
/*
 * Libraries that only some children need are loaded when one of their functions
 * is first called, so that the daemon itself does without their memory. The build
 * makes of each such function an entry in lazy.S that calls lpd_lazy_bind().
 */
#include <dlfcn.h>
#include <stdlib.h>

#include "util/lazy-bind.h"
#include "util/log.h"

void *lpd_lazy_bind(const char *library, const char *function)
{
	void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
	void *address = handle ? dlsym(handle, function) : NULL;

	if (!address) {
		/* As if it had been linked: nobody goes on without it. */
		lpd_log(LOG_ERR, "%s of %s is wanted: %s; install that library.", function, library, dlerror());
		_exit(EXIT_FAILURE);
	}
	return address;
}
