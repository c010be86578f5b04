#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What "make torture-guest" runs in the guest: lph-storm with these options.
set -euo pipefail

modprobe livepatch_helper
exec "${LIVEPATCHD_TESTS:-/usr/lib/livepatchd/tests}/tools/lph-storm" --slower="${VM_SLOWER:-1}" "$@"
