#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # jq has variables of its own
# Loading, replacing and unloading livepatches, and what is no livepatch.
. "$(dirname "$0")/lib.sh"

need_service || fail "the service is up and the helper loaded"
booted=$(</proc/cmdline)

# --------------------------------------------------------------- there and back
record "$work/signals"
expect 0 "load" livepatchd load "$PATCHES/livepatch_cmdline.ko"
says "load names the patch" livepatch_cmdline
equal "the new body is visible" "livepatch_cmdline: this has been live patched" "$(</proc/cmdline)"
equal "the kernel says it is enabled" 1 "$(<$KLP/livepatch_cmdline/enabled)"
equal "the kernel's transition is over" 0 "$(<$KLP/livepatch_cmdline/transition)"
holds "a signal said that the service is idle" \
	wait_signal "$work/signals" 60 "$(changed $ROOT TransitionState '"idle"')"
equal "signals: TransitionState went patching, idle" "patching idle" \
	"$(recorded_values "$work/signals" $ROOT TransitionState)"
transition=$(recorded_values "$work/signals" $ROOT CurrentTransition | cut -d ' ' -f 1)
equal "signals: CurrentTransition was a transition, then none" "$transition /" \
	"$(recorded_values "$work/signals" $ROOT CurrentTransition)"
equal "the transition is done" "done" "$(property "$transition" Transition State)"
equal "it was the load of this patch" "load livepatch_cmdline" \
	"$(property "$transition" Transition Kind) $(property "$transition" Transition Subject)"
equal "no task is left to it" "0 1" \
	"$(property "$transition" Transition TasksRemaining) $(property "$transition" Transition Progress)"
started=$(property "$transition" Transition StartedAt)
more "it has ended after it started" "$(property "$transition" Transition FinishedAt)" "$started"

# ---------------------------------------------------------------------- the JSON
expect 0 "list --json" livepatchd list --json
json "one patch, with its keys" '
	length == 1 and (.[0] | .name == "livepatch_cmdline" and .backend == "klp" and .state == "patched" and
	.order == 1 and (.sha256 | test("^[0-9a-f]{64}$")))'
json "its file" '.[0].file | test("/livepatch_cmdline\\.ko$")'
json "its function" '
	.[0].functions | length == 1 and (.[0] | .symbol == "cmdline_proc_show" and .module == "vmlinux" and
	(.sympos | type) == "number" and .patched == true)'
equal "its checksum is the file's" "$(sha256sum "$PATCHES/livepatch_cmdline.ko" | cut -d ' ' -f 1)" \
	"$(jq -r '.[0].sha256' <<<"$out")"
listed=$(jq -S '.[0]' <<<"$out")
expect 0 "show --json" livepatchd show --json livepatch_cmdline
json "is that patch" 'contains($listed)' --argjson listed "$listed"
expect 0 "status --json" livepatchd status --json
json "status has its keys" '
	.state == "idle" and .kernel == $kernel and (.version | type) == "string" and .helper.loaded == true and
	(.helper.version | type) == "string" and .transition == null and (.patches | length) == 1 and
	.tracers == 0 and .blockers == [] and .quarantine == []' --arg kernel "$(uname -r)"

# ---------------------------------------------------------------- already loaded
expect 0 "loading it twice is no error" livepatchd load "$PATCHES/livepatch_cmdline.ko"
says "and load says so" '[Aa]lready'
expect 0 "still one patch" livepatchd list --json
json "in the same state" 'length == 1 and .[0].state == "patched"'

mkdir "$work/other"
sed 's/this has been live patched/this is not the same patch/' "$PATCHES/livepatch_cmdline.ko" \
	>"$work/other/livepatch_cmdline.ko"
equal "a file of the same name and size" "$(stat -c %s "$PATCHES/livepatch_cmdline.ko")" \
	"$(stat -c %s "$work/other/livepatch_cmdline.ko")"
expect 5 "same name, other content: a conflict" livepatchd load "$work/other/livepatch_cmdline.ko"
says "it names the patch and the reason" 'livepatch_cmdline.*(content|differ|other)'
conflict=$err

# -------------------------------------------------------------------- replacing
expect 0 "load of the patch that replaces it" livepatchd load "$PATCHES/livepatch_cmdline2.ko"
equal "its body is visible" "livepatch_cmdline2: this has been live patched again" "$(</proc/cmdline)"
expect 0 "list --json" livepatchd list --json
json "the replacing patch is patched" '.[] | select(.name == "livepatch_cmdline2").state == "patched"'
json "the replaced one is not" '[.[] | select(.name == "livepatch_cmdline" and .state == "patched")] == []'
expect 0 "unload it" livepatchd unload livepatch_cmdline2
equal "the old body is back, not the replaced patch's" "$booted" "$(</proc/cmdline)"
holds "its module is gone" test ! -e /sys/module/livepatch_cmdline2
unload_patch livepatch_cmdline

# --------------------------------------------------------------------- unloading
expect 0 "load again" livepatchd load "$PATCHES/livepatch_cmdline.ko"
record "$work/signals2"
expect 0 "unload" livepatchd unload livepatch_cmdline
equal "the old body is back" "$booted" "$(</proc/cmdline)"
holds "the module is gone" test ! -e /sys/module/livepatch_cmdline
holds "signals: idle" wait_signal "$work/signals2" 60 "$(changed $ROOT TransitionState '"idle"')"
equal "signals: TransitionState went unpatching, idle" "unpatching idle" \
	"$(recorded_values "$work/signals2" $ROOT TransitionState)"
equal "no patch is listed" "[]" "$(livepatchd list --json | jq -c .)"

# ------------------------------------------------------------- what is no livepatch
messages=("$conflict")

# refused CODE DESCRIPTION PATTERN ARGUMENT...: load refuses it, with a message of its own.
refused() {
	local want=$1 description=$2 pattern=$3
	shift 3
	expect "$want" "$description: refused" livepatchd load "$@" || return
	says "$description: said so" "$pattern"
	messages+=("$err")
	expect "$want" "$description: refused in JSON" livepatchd load --json "$@"
	json "$description: {error, message}" '(.error | type) == "string" and (.message | test($pattern))' \
		--arg pattern "$pattern"
}

head -c 4096 /dev/urandom >"$work/noise.ko"
cp /bin/true "$work/program.ko"
: >"$work/empty.ko"
mkdir "$work/vermagic"
sed "s/vermagic=$(uname -r | sed 's/[0-9]/[0-9]/g; s/\./\\./g')/vermagic=$(uname -r | tr '0-9' '9')/" \
	"$PATCHES/livepatch_cmdline.ko" >"$work/vermagic/livepatch_cmdline.ko"
holds "the file for another kernel differs" test -n "$(cmp "$PATCHES/livepatch_cmdline.ko" "$work/vermagic/livepatch_cmdline.ko")"

refused 1 "a file that is no module" 'noise\.ko.*(no|not a).*module' "$work/noise.ko"
refused 1 "a module that is no livepatch" 'no_livepatch.*(no|not a|neither).*livepatch' "$PATCHES/no_livepatch.ko"
refused 3 "a missing file" 'missing\.ko' "$work/missing.ko"
refused 1 "a wrong vermagic" '9\.9.*' "$work/vermagic/livepatch_cmdline.ko"
equal "each has a message of its own" ${#messages[@]} "$(printf '%s\n' "${messages[@]}" | sort -u | wc -l)"
json "the vermagic's message names both kernels" '.message | contains($running) and contains($built)' \
	--arg running "$(uname -r)" --arg built "$(uname -r | tr '0-9' '9')"
expect 1 "a program is no module" livepatchd load "$work/program.ko"
expect 1 "an empty file is no module" livepatchd load "$work/empty.ko"
expect 1 "a folder is no module" livepatchd load "$work"
expect 3 "a name that is installed nowhere" livepatchd load no_such_patch
expect 3 "unload of what is not there" livepatchd unload no_such_patch
says "names it" no_such_patch
expect 3 "show of what is not there" livepatchd show no_such_patch
holds "none of them was loaded" test -z "$(ls -A $KLP)"
equal "the service is idle" idle "$(property $ROOT Manager TransitionState)"

# ---------------------------------------------- a transition that does not finish
load_lph_test
echo 1 >$LPH_TEST/sleeper
expect 6 "a transition that hangs is reversed in time" livepatchd load --timeout=3s "$PATCHES/livepatch_hang.ko"
says "and load says so" '[Rr]evers'
holds "the kernel has it no more" test ! -e $KLP/livepatch_hang
holds "nor is its module left" eventually 30 test ! -e /sys/module/livepatch_hang
equal "the service is idle again" idle "$(property $ROOT Manager TransitionState)"

record "$work/signals3"
expect 0 "load --no-wait" livepatchd load --no-wait "$PATCHES/livepatch_hang.ko"
holds "signals: patching" wait_signal "$work/signals3" 60 "$(changed $ROOT TransitionState '"patching"')"
transition=$(property $ROOT Manager CurrentTransition)
equal "the transition runs" running "$(property "$transition" Transition State)"
holds "signals: tasks are left to it" wait_signal "$work/signals3" 60 \
	".path == \"$transition\" and (.payload.data[1].TasksRemaining.data // 0) > 0"
more "it has them as a property" "$(property "$transition" Transition TasksRemaining)" 0
more "of all the tasks there are" "$(property "$transition" Transition TasksTotal)" 10
expect 0 "status --json in the transition" livepatchd status --json
json "shows it" '
	.state == "patching" and (.transition | .kind == "load" and .subject == "livepatch_hang" and
	.state == "running" and (.id | type) == "number" and .tasks_total >= .tasks_remaining and
	.tasks_remaining > 0 and .progress >= 0 and .progress < 1 and has("started_at") and
	has("finished_at") and has("strategy") and has("traps") and has("max_depth") and has("lapses"))'
json "and whom it waits for" 'all(.blockers[]; .patch == "livepatch_hang") and (.blockers | length) > 0'
expect 0 "status for people" livepatchd status
says "has the transition" '^Transition: +.*livepatch_hang'
says "and the blockers" '^Blockers: +[0-9]+ .+: [a-z]+'
expect 0 "cancel" busctl call $NAME "$transition" $NAME.Transition Cancel
holds "signals: idle" wait_signal "$work/signals3" 60 "$(changed $ROOT TransitionState '"idle"')"
holds "it was reversed" test reversed = "$(property "$transition" Transition State)" -o \
	cancelled = "$(property "$transition" Transition State)"
holds "its module is gone" eventually 30 test ! -e /sys/module/livepatch_hang

echo 0 >$LPH_TEST/sleeper
expect 0 "with the thread out of the way it loads" livepatchd load --timeout="$ample" "$PATCHES/livepatch_hang.ko"
echo 1 >$LPH_TEST/sleeper
echo 0 >$LPH_TEST/sleeper
equal "and its body runs" patched "$(<$LPH_TEST/slept)"
expect 0 "unload it" livepatchd unload livepatch_hang
end_case
