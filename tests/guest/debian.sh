# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Debian packages unpacked in a folder.

# The mirror that this machine's own apt uses; $1 is Debian or Debian-Security.
mirror() {
	# shellcheck disable=SC2016 # apt expands it
	apt-get indextargets --format '$(REPO_URI)' \
		'Origin: Debian' "Label: $1" 'Created-By: Packages' | sort -u | sed -n 1p
}

# sources.list for a suite. Security and updates must be there: else the
# kernel's image and its headers come in versions that do not match.
sources() {
	local suite=$1 archive security
	archive=$(mirror Debian)
	security=$(mirror Debian-Security)
	if [ -z "$archive" ]; then
		echo "apt knows no Debian archive; apt-get update helps" >&2
		return 1
	fi
	echo "deb $archive $suite main"
	# sid has neither
	[ "$suite" != sid ] || return 0
	echo "deb $archive $suite-updates main"
	[ -z "$security" ] || echo "deb $security $suite-security main"
}

# How this machine's apt reaches its archive (proxy, retries, whether an old
# snapshot will do); the rest of its configuration means this machine alone.
reach() {
	apt-config dump | grep -E '^Acquire::(https?::|Retries|Check-Valid-Until|Check-Date)' || true
}

# debian SUITE VARIANT DIR [OPTION...] <packages: mmdebstrap, with the packages
# named on stdin, # starts a comment.
debian() {
	local suite=$1 variant=$2 dir=$3 list packages options
	shift 3
	list=$(sources "$suite")
	packages=$(sed 's/#.*//' | tr -s '[:space:]' ,)
	packages=${packages#,}
	mapfile -t options < <(reach)
	# What it mounts goes when it goes, however it ends.
	unshare --mount mmdebstrap --mode=root --variant="$variant" --include="${packages%,}" \
		--dpkgopt=force-unsafe-io "${options[@]/#/--aptopt=}" "$@" "$suite" "$dir" - <<<"$list"
}
