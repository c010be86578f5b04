#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Traps nest deeper than a task's record is allowed to be: what finds no slot
# is emulated, and is exact all the same. At length there are more of them.
. "$(dirname "$0")/exact.sh"

need_service || fail "the service is up and the helper loaded"
load_lph_test
echo 4 >$LPH_PARAMETERS/burst
echo 200 >$HELPER_PARAMETERS/linger_us
echo 1 >$HELPER_PARAMETERS/slots
echo 1 >$HELPER_PARAMETERS/rewrite_all

exact "$(extent 100 2000)"
json "traps have found no slot" '.overflows > 0'
json "no record was used beyond its slot" '.max_depth == 1'
end_case
