# SPDX-License-Identifier: GPL-2.0
#
# Nothing here is compiled.

.PHONY: install-systemd
install-systemd:
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/dbus-1/interfaces systemd/org.livepatchd1.xml
