#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every strategy, with E and C of a trampoline rewritten in every change: traps
# everywhere, and each call exact. At length there are more of them.
. "$(dirname "$0")/exact.sh"

need_service || fail "the service is up and the helper loaded"
load_lph_test
echo 4 >$LPH_PARAMETERS/burst
echo 5000 >$LPH_PARAMETERS/nmi_us
echo 1 >$HELPER_PARAMETERS/rewrite_all

for strategy in slots emulate stub spin; do
	note "strategy $strategy"
	exact "$(extent 50 2000)" $strategy
	expect 0 "the tracers leave" livepatchd untrace --all
done
end_case
