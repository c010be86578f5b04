# SPDX-License-Identifier: GPL-2.0
#
# Nothing here is compiled, but the unit names the program.

systemd_prefix = $(DESTDIR)$(PREFIX)
units = livepatchd.service livepatchd-load.service

.PHONY: install-systemd
install-systemd:
	install -d $(systemd_prefix)/lib/systemd/system $(systemd_prefix)/lib/modules-load.d
	for unit in $(units); do \
		sed 's,/usr/bin/,$(PREFIX)/bin/,' systemd/$$unit >$(systemd_prefix)/lib/systemd/system/$$unit && \
		chmod 644 $(systemd_prefix)/lib/systemd/system/$$unit || exit; done
	install -m 644 systemd/modules-load.conf $(systemd_prefix)/lib/modules-load.d/livepatchd.conf
	install -D -m 644 -t $(systemd_prefix)/share/dbus-1/interfaces systemd/org.livepatchd1.xml
	install -D -m 644 -t $(systemd_prefix)/share/dbus-1/system.d systemd/org.livepatchd1.conf
	install -D -m 644 -t $(systemd_prefix)/share/dbus-1/system-services systemd/org.livepatchd1.service
	install -D -m 644 -t $(systemd_prefix)/share/polkit-1/actions systemd/org.livepatchd1.policy
	install -D -m 644 -t $(systemd_prefix)/lib/systemd/catalog systemd/livepatchd.catalog
	install -d $(DESTDIR)/etc/livepatchd/patches.d
	test -e $(DESTDIR)/etc/livepatchd/livepatchd.conf || \
		install -m 644 systemd/livepatchd.conf $(DESTDIR)/etc/livepatchd/livepatchd.conf
