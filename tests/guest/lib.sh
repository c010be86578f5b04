# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the scripts of this directory share: where things lie, what a failure
# of the harness itself looks like, how the result of a step is cached.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
GUEST=$TOP/tests/guest
CACHE=${CACHE:-$TOP/build}

# Exit statuses that no script in the guest should use for itself.
# shellcheck disable=SC2034 # vm uses them
{
	EXIT_TIMEOUT=124 # as timeout(1)
	EXIT_HARNESS=125 # could not build or boot
	EXIT_KERNEL=126  # oops, WARN, panic, or the guest was lost
}

log() { printf 'guest: %s\n' "$*" >&2; }
die() { log "$*"; exit "$EXIT_HARNESS"; }

need_root() {
	[ "$(id -u)" = 0 ] || die "mmdebstrap and chroot need root: run this with sudo"
}

# suite NAME: sets $release, $kernel, $memory, $slower and $words to what tests/guest/suites
# says of it, and $archive to where its kernel is: the release, or RELEASE-backports.
# shellcheck disable=SC2034 # others use them
suite() {
	local name suites=()
	while read -r name release kernel memory slower words; do
		archive=$release
		[[ $kernel != */* ]] || archive=${kernel#*/}
		[ "$name" != "$1" ] || return 0
		suites+=("$name")
	done < <(sed 's/#.*//; /^$/d' "$GUEST/suites")
	die "SUITE=$1: known are ${suites[*]}"
}

# cached DIR INPUT... -- STEP ARG...: have steps/STEP fill DIR, if it does not
# already stand there, made from the same recipe: the step's text, the INPUT
# files and the arguments.
#
# The step gets DIR.new as its last argument; only a complete result is
# renamed to DIR, and only one process at a time makes it. DIR/made changes
# with every making: a step that uses DIR lists it among its inputs.
cached() {
	local dir=$1 inputs=() recipe
	shift
	while [ "$1" != -- ]; do inputs+=("$1"); shift; done
	shift
	recipe=$( { printf '%s\n' "$@"; cat -- "$GUEST/steps/$1" "${inputs[@]}"; } | sha256sum)
	if [ "$(cat "$dir/recipe" 2>/dev/null)" = "$recipe" ]; then return 0; fi
	mkdir -p "$(dirname "$dir")"
	(
		exec {lock}>"$dir.lock"
		if ! flock -n "$lock"; then
			log "waiting for another process that makes ${dir#"$CACHE/"}"
			flock "$lock"
		fi
		if [ "$(cat "$dir/recipe" 2>/dev/null)" = "$recipe" ]; then exit 0; fi
		make_step "$dir" "$recipe" "$@"
	)
}

make_step() {
	local dir=$1 recipe=$2 step=$3 start=$SECONDS
	shift 3
	rm -rf --one-file-system "$dir.new"
	mkdir -p "$dir.new"
	log "making ${dir#"$CACHE/"}"
	if ! "$GUEST/steps/$step" "$@" "$dir.new" >"$dir.log" 2>&1; then
		tail -n 40 "$dir.log" >&2
		die "making ${dir#"$CACHE/"} failed; the whole log: $dir.log"
	fi
	date +%s.%N >"$dir.new/made"
	printf '%s\n' "$recipe" >"$dir.new/recipe"
	rm -rf "$dir"
	mv "$dir.new" "$dir"
	log "made ${dir#"$CACHE/"} in $((SECONDS - start)) s"
}

# What the project is made of, NUL-separated and sorted: tracked files and new
# ones that are not ignored.
list_sources() {
	# The tree may belong to another user than the root who builds the guest.
	git -c safe.directory='*' -C "$TOP" ls-files -z --cached --others --exclude-standard --deduplicate |
		(cd "$TOP" && while IFS= read -r -d '' file; do
			if [ -e "$file" ] || [ -L "$file" ]; then printf '%s\0' "$file"; fi
		done) | LC_ALL=C sort -z
}
