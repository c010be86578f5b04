# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Debian packages unpacked in a folder.

# The mirror that this machine's own apt uses; $1 is Debian or Debian-Security.
mirror() {
	# shellcheck disable=SC2016 # apt expands it
	apt-get indextargets --format '$(REPO_URI)' \
		'Origin: Debian' "Label: $1" 'Created-By: Packages' | sort -u | sed -n 1p
}

# sources.list for a suite; RELEASE-backports comes beside its release. Security and
# updates must be there: else the kernel's image and its headers come in versions that
# do not match.
sources() {
	local suite=${1%-backports} archive security
	archive=$(mirror Debian)
	security=$(mirror Debian-Security)
	if [ -z "$archive" ]; then
		echo "apt knows no Debian archive; apt-get update helps" >&2
		return 1
	fi
	echo "deb $archive $suite main"
	[ "$suite" = "$1" ] || echo "deb $archive $1 main"
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
# named on stdin, # starts a comment. From backports comes what is named as
# PACKAGE/SUITE, with what only they have.
debian() {
	local suite=$1 variant=$2 dir=$3 list packages options
	shift 3
	list=$(sources "$suite")
	packages=$(sed 's/#.*//' | tr -s '[:space:]' ,)
	packages=${packages#,}
	mapfile -t options < <(reach)
	# What it mounts goes when it goes, however it ends.
	unshare --mount mmdebstrap --mode=root --variant="$variant" --include="${packages%,}" \
		--dpkgopt=force-unsafe-io "${options[@]/#/--aptopt=}" "$@" "${suite%-backports}" "$dir" - <<<"$list"
}

# build_root SUITE DIR [OPTION...] <packages: compilers and what they compile
# with. Packages are unpacked but not configured: nothing of them runs as a service,
# and it is quick.
build_root() {
	local suite=$1 dir=$2 options=()
	shift 2
	# Since trixie base-files itself brings the merged /usr.
	[ "$suite" != bookworm ] || options=(--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr)
	debian "$suite" extract "$dir" "${options[@]}" "$@"

	# Links that maintainer scripts would have made.
	ln -sf dash "$dir/usr/bin/sh"
	ln -sf gawk "$dir/usr/bin/awk"
	ln -sf gcc "$dir/usr/bin/cc"
	mkdir -p "$dir"/{proc,src,out,dest}
}
