# SPDX-License-Identifier: GPL-2.0
#
# Nothing here is compiled, but the unit names the program.

systemd_prefix = $(DESTDIR)$(PREFIX)

.PHONY: install-systemd
install-systemd:
	install -d $(systemd_prefix)/lib/systemd/system $(systemd_prefix)/lib/modules-load.d
	sed 's,/usr/bin/,$(PREFIX)/bin/,' systemd/livepatchd.service \
		>$(systemd_prefix)/lib/systemd/system/livepatchd.service
	chmod 644 $(systemd_prefix)/lib/systemd/system/livepatchd.service
	install -m 644 systemd/modules-load.conf $(systemd_prefix)/lib/modules-load.d/livepatchd.conf
	install -D -m 644 -t $(systemd_prefix)/share/dbus-1/interfaces systemd/org.livepatchd1.xml
	install -D -m 644 -t $(systemd_prefix)/share/dbus-1/system.d systemd/org.livepatchd1.conf
	install -D -m 644 -t $(systemd_prefix)/share/dbus-1/system-services systemd/org.livepatchd1.service
	install -D -m 644 -t $(systemd_prefix)/share/polkit-1/actions systemd/org.livepatchd1.policy
	install -d $(DESTDIR)/etc/livepatchd
	test -e $(DESTDIR)/etc/livepatchd/livepatchd.conf || \
		install -m 644 systemd/livepatchd.conf $(DESTDIR)/etc/livepatchd/livepatchd.conf
