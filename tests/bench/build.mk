# SPDX-License-Identifier: GPL-2.0-only
#
# What a traced and a patched call cost, and what it takes to get there: in a
# guest that counts instructions, and on this machine's CPU.

## BENCH="PART...": parts of "make bench" (calls traps stops engine daemon); others and attach, too
BENCH ?= calls traps stops engine daemon

bench_daemon := $(O)/tests/bench/daemon
fake_helper := $(O)/tests/bench/fake-helper.so

## bench: what calls, rewrites and the daemon cost: tables, build/bench/*.json, a picture
.PHONY: bench
bench: deps-if-needed $(engine_dir)/bench $(bench_daemon) $(fake_helper) daemon
	@O='$(O)' tests/bench/run $(BENCH)

$(bench_daemon): tests/bench/daemon.c tests/bench/build.mk
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) -std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Wshadow $(shell pkg-config --cflags libsystemd 2>/dev/null) \
		$(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(shell pkg-config --libs libsystemd 2>/dev/null)

$(fake_helper): tests/bench/fake-helper.c tests/bench/build.mk
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) -std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Wshadow -shared -fPIC -pthread -isystem include/uapi \
		$(shell pkg-config --cflags libnl-genl-3.0 2>/dev/null) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< \
		$(shell pkg-config --libs libnl-genl-3.0 2>/dev/null)
