# SPDX-License-Identifier: GPL-2.0
#
# The daemon and its command line: one program. All but main.c goes into an
# archive, which the unit tests link, too.

# Bottom up: a room knows only those before it, see docs/architecture.md.
daemon_rooms := util model kernel wire peers worker engine engine/changes engine/tracing bus service cli/lib cli/verbs

daemon_lazy_libs := libkmod libcrypto libbpf libelf zlib liblzma libzstd
daemon_libs := libsystemd libnl-3.0 libnl-genl-3.0 json-c $(daemon_lazy_libs)

CFLAGS ?= -O2 -g
daemon_cppflags := -iquote include -isystem include/uapi -isystem $(O)/daemon/bpf -iquote daemon -D_GNU_SOURCE \
	-DBPF_DIR='"$(PREFIX)/lib/livepatchd/bpf"' \
	$(shell pkg-config --cflags $(daemon_libs) 2>/dev/null)
daemon_cflags := -std=gnu11 -Wall -Wextra $(WERROR) -Wmissing-prototypes -Wstrict-prototypes -Wshadow \
	-Wpointer-arith -Wformat=2 -fno-strict-aliasing -fstack-protector-strong
daemon_sanitize := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all)
daemon_flags = $(CC) $(daemon_cppflags) $(CPPFLAGS) $(CFLAGS) $(daemon_cflags) $(daemon_sanitize)
daemon_ldlibs := $(shell pkg-config --libs $(daemon_libs) 2>/dev/null)
daemon_missing := $(shell pkg-config --exists $(daemon_libs) 2>/dev/null || \
	for lib in $(daemon_libs); do pkg-config --exists $$lib 2>/dev/null || echo $$lib; done)

daemon_sources := daemon/main.c $(wildcard $(daemon_rooms:%=daemon/%/*.c))
daemon_objects := $(daemon_sources:%.c=$(O)/%.o)
daemon_archive := $(O)/livepatchd.a

# The BPF tracers that come with it.
bpf_tracers := $(addprefix $(O)/daemon/bpf/,processes.bpf.o stacks.bpf.o)

.PHONY: daemon
daemon: $(O)/livepatchd $(bpf_tracers)

# Where there is a lazy.S for the machine, these libraries are not linked.
ifneq ($(filter x86_64-%,$(shell $(CC) -dumpmachine)),)
daemon_lazy := $(O)/daemon/util/lazy.o
daemon_linked_libs := $(filter-out $(daemon_lazy_libs),$(daemon_libs))
else
daemon_linked_libs := $(daemon_libs)
endif

$(O)/livepatchd: $(O)/daemon/main.o $(daemon_lazy) $(daemon_archive) $(O)/daemon/flags
	$(call quiet,LD)$(CC) $(CFLAGS) $(daemon_sanitize) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) \
		$(shell pkg-config --libs $(daemon_linked_libs) 2>/dev/null)

$(O)/daemon/util/lazy.o: daemon/util/lazy.S $(O)/daemon/util/lazy.inc
	$(call quiet,AS)$(CC) $(CFLAGS) -I$(@D) -c -o $@ $<

$(O)/daemon/util/lazy.inc: daemon/util/lazy.sh $(daemon_archive)
	$(call quiet,GEN)CC='$(CC)' daemon/util/lazy.sh $(daemon_archive) $(patsubst zlib,z,$(daemon_lazy_libs:lib%=%)) >$@.new
	@mv $@.new $@

$(daemon_archive): $(filter-out $(O)/daemon/main.o,$(daemon_objects))
	@rm -f $@
	$(call quiet,AR)$(AR) rcs $@ $^

# A BPF program becomes a header that has all of it.
BPF_CLANG ?= clang
BPFTOOL ?= bpftool
bpf_flags := -target bpf -mcpu=v3 -D__TARGET_ARCH_x86 -g -O2 -Wall -Wextra -Wno-unused-parameter $(WERROR) \
	-iquote daemon/bpf -isystem include/uapi -idirafter /usr/include/$(shell $(CC) -print-multiarch)

$(O)/daemon/bpf/%.bpf.o: daemon/bpf/%.bpf.c
	@mkdir -p $(@D)
	$(call quiet,BPF)$(BPF_CLANG) $(bpf_flags) -MD -MP -c -o $@ $<

.PRECIOUS: $(O)/daemon/bpf/%.bpf.o

$(O)/daemon/bpf/%.skel.h: $(O)/daemon/bpf/%.bpf.o
	$(call quiet,GEN)$(BPFTOOL) gen skeleton $< name $*_bpf >$@.new
	@mv $@.new $@

$(O)/daemon/engine/transition-watch.o: $(O)/daemon/bpf/transition.skel.h
$(O)/daemon/kernel/hit-source.o: $(O)/daemon/bpf/hits.skel.h

$(O)/daemon/%.o: daemon/%.c $(O)/daemon/flags
	@mkdir -p $(@D)
	$(call quiet,CC)$(daemon_flags) -MD -MP -c -o $@ $<

# Once, and not by a compiler for each file.
$(daemon_objects) $(O)/daemon/bpf/transition.skel.h $(O)/daemon/bpf/hits.skel.h: | daemon-libs
.PHONY: daemon-libs
daemon-libs:
	@[ -z '$(daemon_missing)' ] || { \
		echo 'pkg-config does not know $(strip $(daemon_missing)): "make deps-build", as root, installs what building needs.' >&2; \
		false; }

# Objects of other flags are stale.
$(O)/daemon/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(daemon_flags) $(LDFLAGS)' | cmp -s - $@ || echo '$(daemon_flags) $(LDFLAGS)' >$@

.PHONY: FORCE
FORCE:

.PHONY: install-daemon
install-daemon: $(O)/livepatchd $(bpf_tracers)
	install -D -m 755 -t $(DESTDIR)$(PREFIX)/bin $(O)/livepatchd
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/livepatchd/bpf $(bpf_tracers)
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man8 docs/livepatchd.8
	install -D -m 644 -T daemon/cli/completion.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/livepatchd

-include $(daemon_objects:.o=.d) $(wildcard $(O)/daemon/bpf/*.d)
