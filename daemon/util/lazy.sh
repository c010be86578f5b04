#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# lazy.sh ARCHIVE LIBRARY...: for lazy.S, which functions of each library the
# archive calls.
set -eu

archive=$1
shift
called=$(mktemp)
trap 'rm -f "$called"' EXIT
nm -u "$archive" | awk 'NF == 2 { print $2 }' | sort -u >"$called"

for library in "$@"; do
	file=$(${CC:-cc} -print-file-name="lib$library.so")
	soname=$(objdump -p "$file" | awk '$1 == "SONAME" { print $2 }')
	[ -n "$soname" ] || { echo "lazy.sh: $file has no SONAME" >&2; exit 1; }
	nm -D --defined-only "$file" | sed 's/@.*//' | awk '$2 ~ /[TWi]/ { print $3 }' | sort -u |
		comm -12 - "$called" | sed "s/.*/LAZY $soname, &/"
done
