#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The same, with time between the steps of a rewrite and between a trap and
# the stub behind it: traps nest, and tasks are preempted between the two. And
# each change rewrites all sites, those that an op that stays runs through too. At length, for minutes.
. "$(dirname "$0")/exact.sh"

need_service || fail "the service is up and the helper loaded"
load_lph_test

preempt=/sys/kernel/debug/sched/preempt
defer tee $preempt <<<"$(grep -o '(.*)' $preempt | tr -d '()')"
echo full >$preempt
equal "the kernel preempts itself" full "$(grep -o '(.*)' $preempt | tr -d '()')"
# Two threads on each CPU have someone to be preempted by.
echo 2 >$LPH_PARAMETERS/threads
echo 4 >$LPH_PARAMETERS/burst
echo 200 >$HELPER_PARAMETERS/linger_us
echo 1 >$HELPER_PARAMETERS/rewrite_all

exact "$(extent 200 5000)"
json "traps have nested" '.max_depth > 1'
end_case
