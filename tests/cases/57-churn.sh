#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Patches come and go at random on functions that all kinds of tasks are in, deep in
# the kernel, too; 10 s of it, 180 with LIVEPATCHD_LONG=1. Its seed is told.
. "$(dirname "$0")/lib.sh"

need_service || fail "the service is up and the helper loaded"
# It would load the helper behind the torture's back.
expect 0 "the service goes" systemctl stop livepatchd.service
defer systemctl start livepatchd.service

seconds=$(extent 10 180)
expect 0 "$seconds s of it show nothing but declared bodies" "$TESTS/tools/lph-storm" --slower="${VM_SLOWER:-1}" -t "$seconds" -n 10
note "${err%%$'\n'*}"
note "$(jq -c . <<<"$out")"
json "no violation" '.violations == 0 and .mismatches == 0 and .mixtures == 0 and .lapses == 0'
json "patches were applied and removed" '.transitions.done >= 10'
json "there were calls" '[.calls[][]] | add > 1000'
json "all kinds of task have called" '[.workers[]] | min > 0'
end_case
