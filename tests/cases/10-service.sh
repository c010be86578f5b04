#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The service under systemd, its interfaces on the bus, and who may do what.
. "$(dirname "$0")/lib.sh"

# ------------------------------------------------------------- it is started
systemctl stop livepatchd.service
equal "the service can be stopped" inactive "$(systemctl is-active livepatchd.service)"
expect 0 "a call starts it by D-Bus activation" \
	busctl --json=short get-property $NAME $ROOT $NAME.Manager Version
version=$(jq -r .data <<<"$out")
equal "systemd says it is active" active "$(systemctl is-active livepatchd.service)"
equal "it tells systemd when it is ready" notify "$(systemctl show --property=Type --value livepatchd.service)"
more "systemd watches over it" "$(systemctl show --property=WatchdogUSec --value livepatchd.service |
	sed 's/infinity/0/; s/min.*/0/; s/s$//')" 0
equal "it has loaded the helper" true "$(property $ROOT Manager HelperLoaded)"
holds "the helper is there" test -d /sys/module/livepatch_helper
equal "it knows the kernel" "$(uname -r)" "$(property $ROOT Manager KernelRelease)"
equal "it is idle" "idle /" "$(property $ROOT Manager TransitionState) $(property $ROOT Manager CurrentTransition)"
expect 0 "version" livepatchd version
says "version says the service's version" "${version//./\\.}"
expect 0 "version --json" livepatchd version --json
# shellcheck disable=SC2016 # jq's own variable
json "version --json agrees" '[.. | strings] | index($version) != null' --arg version "$version"

# ------------------------------------------------------------ the interfaces

# Reads D-Bus introspection XML, writes a sorted line for each method and
# property of our interfaces.
interfaces() {
	awk -v RS='>' '
		function attribute(name) {
			return match($0, "[ \t\n]" name "=\"[^\"]*\"") ?
				substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : ""
		}
		function flush() {
			if (method != "")
				print interface, "method", method, "in:" in_args, "out:" out_args
			if (property != "")
				print interface, "property", property, "emits:" emits
			method = property = ""
		}
		comment { if ($0 ~ /--$/) comment = 0; next }
		/<!--/ { if ($0 !~ /--$/) comment = 1; next }
		/<interface[ \t\n]/ { flush(); interface = attribute("name") }
		/<method[ \t\n]/ { flush(); method = attribute("name"); in_args = out_args = "" }
		/<arg[ \t\n]/ {
			if (attribute("direction") == "out") out_args = out_args attribute("type") attribute("name") ","
			else in_args = in_args attribute("type") attribute("name") ","
		}
		/<property[ \t\n]/ {
			flush(); property = attribute("name") " " attribute("type") " " attribute("access")
			emits = "true"
		}
		/<annotation[ \t\n]/ { if (attribute("name") ~ /EmitsChangedSignal$/) emits = attribute("value") }
		/<signal[ \t\n]/ { flush() }
		END { flush() }' | grep "^$NAME\." | sort
}

introspection() {
	busctl --json=short call $NAME "$1" org.freedesktop.DBus.Introspectable Introspect |
		jq -r '.data[0]' | interfaces
}

expect 0 "busctl introspect of the manager" busctl introspect $NAME $ROOT
says "it shows the Manager interface" '^org\.livepatchd1\.Manager +interface'
says "it shows the ObjectManager" '^org\.freedesktop\.DBus\.ObjectManager +interface'

expect 0 "load a patch, for its objects" livepatchd load "$PATCHES/livepatch_cmdline.ko"
expect 0 "attach a tracer, for its object" livepatchd trace cmdline_proc_show
expect 0 "the objects of the service" busctl --json=short call $NAME $ROOT \
	org.freedesktop.DBus.ObjectManager GetManagedObjects
object() {
	jq -r --arg interface "$NAME.$1" '[.data[0] | to_entries[] | select(.value[$interface])][0].key' <<<"$out"
}
patch=$(object Patch) tracer=$(object Tracer) transition=$(object Transition)
equal "the patch's object" $ROOT/patch/livepatch_5fcmdline "$patch"
says "the tracer's object" "$ROOT/tracer/[0-9]+"
says "a transition's object" "$ROOT/transition/[0-9]+"

interfaces </usr/share/dbus-1/interfaces/$NAME.xml >"$work/documented"
for object in $ROOT "$patch" "$tracer" "$transition"; do
	introspection "$object"
done | sort -u >"$work/real"
more "the installed XML documents methods and properties" "$(wc -l <"$work/documented")" 30
if difference=$(diff "$work/documented" "$work/real"); then
	pass "the interfaces are those of the installed $NAME.xml"
else
	fail "the interfaces are those of the installed $NAME.xml" "documented <, real >:"$'\n'"$difference"
fi

# ------------------------------------------------------- an unprivileged user
as_tester() {
	runuser -u tester -- "$@"
}

for verb in list status tracers functions "show livepatch_cmdline"; do
	# shellcheck disable=SC2086 # a verb and its argument
	expect 0 "tester may read: $verb --json" as_tester livepatchd $verb --json
	json "$verb --json is JSON" 'type == "array" or type == "object"'
done
expect 0 "tester may read a property" as_tester busctl get-property $NAME $ROOT $NAME.Manager TransitionState
expect 0 "tester may introspect" as_tester busctl introspect $NAME $ROOT
id=$(livepatchd tracers --json | jq -r '.[0].id')
before="$(livepatchd list --json) $(livepatchd tracers --json | jq -c 'map(.id)')"

expect 4 "tester is denied load" as_tester livepatchd load "$PATCHES/livepatch_cmdline2.ko"
says "and told so" '[Dd]enied|[Pp]ermission|[Aa]uthori[sz]'
expect 4 "tester is denied unload" as_tester livepatchd unload livepatch_cmdline
expect 4 "tester is denied trace" as_tester livepatchd trace cmdline_proc_show
expect 4 "tester is denied untrace" as_tester livepatchd untrace "$id"
expect 4 "tester is denied untrace --all" as_tester livepatchd untrace --all
expect 4 "tester is denied load, in JSON" as_tester livepatchd load --json "$PATCHES/livepatch_cmdline2.ko"
json "the error is {error, message}" '(.error | type) == "string" and (.message | type) == "string"'
expect 1 "tester is denied LoadPatch on the bus itself" as_tester busctl call $NAME $ROOT $NAME.Manager \
	LoadPatch 'sa{sv}' "$PATCHES/livepatch_cmdline2.ko" 0
says "by polkit" '[Dd]enied|[Aa]uthori[sz]|administrator'
expect 1 "tester may not change anything by netlink" as_tester "$TESTS/tools/lph-churn" -n 0 cmdline_proc_show
says "the kernel says EPERM" 'not permitted'
equal "nothing has changed" "$before" "$(livepatchd list --json) $(livepatchd tracers --json | jq -c 'map(.id)')"

# ---------------------------------------------------------------- bad requests
expect 2 "an unknown verb" livepatchd frobnicate
expect 2 "an unknown option" livepatchd list --frobnicate
expect 2 "load without a patch" livepatchd load
expect 1 "an unknown key in the options is refused" busctl call $NAME $ROOT $NAME.Manager \
	ListTracers 'a{sv}' 1 frobnicate b true
says "and named" frobnicate

systemctl stop livepatchd.service
expect 0 "a verb starts the service, too" livepatchd status
end_case
