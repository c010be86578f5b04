// SPDX-License-Identifier: GPL-2.0-only
#include "runtime.h"

MODULE_DESCRIPTION("Cumulative livepatch that is put together when it is loaded, version 9");
