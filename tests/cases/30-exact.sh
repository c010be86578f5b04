#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Sites are rewritten under traffic as fast as the helper can; at length, for minutes.
. "$(dirname "$0")/exact.sh"

need_service || fail "the service is up and the helper loaded"
load_lph_test
exact "$(extent 1000 50000)"
json "no task record was too small" '.overflows == 0'
end_case
