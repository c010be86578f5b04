#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Netlink requests that no client of ours sends: what is wrong is said, and changes nothing.
. "$(dirname "$0")/lib.sh"

need_service || fail "the service is up and the helper loaded"
expect 0 "a patch" insmod "$PATCHES/helper_cmdline.ko"

# answered CASE DESCRIPTION ANSWER...: all that the request is answered, a pattern for each line.
answered() {
	local description=$2
	expect 0 "$description: is answered" "$TESTS/tools/lph-refuse" "$1" || return
	shift 2
	local -a lines
	mapfile -t lines <<<"$out"
	equal "$description: once" $# ${#lines[@]}
	says "$description: by what is wrong" "^$1\$"
}

note "the order of patches"
answered empty-order "an order of none" 'EINVAL: LPH_A_ORDER is empty: .*'
answered apply-empty "a patch that is applied in an order of none" 'EINVAL: LPH_A_ORDER is empty: .*'
answered unnamed-order "a name of no bytes" 'EINVAL: name 1 of LPH_A_ORDER .*'
answered cut-order "a name that does not end" 'EINVAL: name 1 of LPH_A_ORDER .*'
answered too-long-name "a name that is too long" 'EINVAL: name 1 of LPH_A_ORDER .*'
answered trailing-order "bytes behind the names" 'EINVAL: LPH_A_ORDER ends in 4 bytes .*'
answered long-order "more names than patches" 'EINVAL: the order names helper_cmdline behind 1 others, and 1 patches are loaded: .*'
equal "the patch is not applied" loaded "$(patch_state helper_cmdline)"

note "headers"
answered reserved "a reserved field" 'EINVAL: .*reserved.*'
answered flags "a flag that means nothing" 'EINVAL: .*reserved bits.*'

note "programs that may sleep, where the kernel has some"
answered sleepable "a sleepable program" \
	'(EINVAL: LPH_OP_A_PROGRAM is a sleepable program.*|no such program: Invalid argument)'
note "$out"

# as CAPABILITIES COMMAND...: a user with these alone
as() {
	local capabilities=$1
	shift
	setpriv --reuid=tester --clear-groups --inh-caps="-all,$capabilities" --ambient-caps="-all,$capabilities" "$@"
}

note "who may not is told why"
expect 0 "a user who asks for blockers" runuser -u tester -- "$TESTS/tools/lph-refuse" blockers
says "is told" '^EPERM: .*CAP_PERFMON'
expect 0 "a user who orders patches" runuser -u tester -- "$TESTS/tools/lph-refuse" empty-order
says "is told" '^EPERM: .*CAP_SYS_MODULE'
expect 0 "who may trace asks for blockers" as +perfmon "$TESTS/tools/lph-refuse" blockers
equal "and is told" 'done' "$out"
expect 0 "who may trace orders patches" as +perfmon "$TESTS/tools/lph-refuse" empty-order
says "is told" '^EPERM: .*CAP_SYS_MODULE'
expect 0 "who may load modules asks for blockers" as +sys_module "$TESTS/tools/lph-refuse" blockers
says "is told" '^EPERM: .*CAP_PERFMON'
answered perfmon-program "a program of somebody without CAP_BPF" 'EPERM: .*CAP_BPF.*'
expect 0 "who may trace adds a tracer" as +perfmon "$TESTS/tools/lph-refuse" tracer
says "which is queued" '^transition$'
expect 0 "which is one as all others" livepatchd untrace --all
end_case
