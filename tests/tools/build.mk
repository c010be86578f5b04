# SPDX-License-Identifier: GPL-2.0-only
# The tests' own clients of the helper, and rivals of it.

test_tools_cflags := -std=gnu11 -O2 -g -Wall -Wextra -Wshadow -Wmissing-prototypes -Itests/unit -isystem include/uapi \
	$(shell pkg-config --cflags libnl-genl-3.0 libsystemd libbpf 2>/dev/null)
test_tools_libs := $(shell pkg-config --libs libnl-genl-3.0 2>/dev/null)
test_tools = $(O)/tests/tools/lph-churn $(O)/tests/tools/lph-patch $(O)/tests/tools/lph-attach \
	$(O)/tests/tools/lph-latency $(O)/tests/tools/lph-storm
test_rivals = $(O)/tests/tools/bus-flood $(O)/tests/tools/kill-at $(O)/tests/tools/lph-fentry $(O)/tests/tools/lph-bpf \
	$(O)/tests/tools/lph-map $(O)/tests/tools/lph-count
test_raw = $(O)/tests/tools/lph-refuse $(O)/tests/tools/lph-fuzz
test_tools_objects = $(patsubst tests/tools/%.c,$(O)/tests/tools/%.o,$(filter-out %.bpf.c,$(wildcard tests/tools/*.c)))

# test-tools: the tests' own clients of the helper, and rivals
.PHONY: test-tools install-test-tools
test-tools: $(test_tools) $(test_raw) $(test_rivals)

# The tests' own BPF tracers.
test_bpf := $(patsubst %.bpf.c,$(O)/%.bpf.o,$(wildcard tests/tools/*.bpf.c))

$(O)/tests/tools/%.bpf.o: tests/tools/%.bpf.c
	@mkdir -p $(@D)
	$(call quiet,BPF)$(BPF_CLANG) $(bpf_flags) -MD -MP -c -o $@ $<

install-tests: install-test-tools
install-test-tools: $(test_tools) $(test_raw) $(test_rivals) $(test_bpf)
	install -D -t $(testdir)/tools $(test_tools) $(test_raw) $(test_rivals)
	install -D -m 644 -t $(testdir)/tools $(test_bpf)

$(test_tools): %: %.o $(O)/tests/tools/lph.o
	$(call quiet,LD)$(CC) $(LDFLAGS) -o $@ $^ $(test_tools_libs)

$(O)/tests/tools/lph-fuzz: $(O)/tests/tools/fuzz-make.o $(O)/tests/tools/fuzz-model.o

$(test_raw): %: %.o $(O)/tests/tools/raw.o
	$(call quiet,LD)$(CC) $(LDFLAGS) -o $@ $^ $(test_tools_libs)

$(O)/tests/tools/lph-storm: $(patsubst tests/tools/%.c,$(O)/tests/tools/%.o,$(wildcard tests/tools/storm-*.c))

$(O)/tests/tools/bus-flood: $(O)/tests/tools/bus-flood.o
	$(call quiet,LD)$(CC) $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs libsystemd 2>/dev/null)

$(O)/tests/tools/kill-at: %: %.o
	$(call quiet,LD)$(CC) $(LDFLAGS) -o $@ $<

$(O)/tests/tools/lph-fentry $(O)/tests/tools/lph-bpf $(O)/tests/tools/lph-map $(O)/tests/tools/lph-count: %: %.o
	$(call quiet,LD)$(CC) $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs libbpf 2>/dev/null)

$(O)/tests/tools/%.o: tests/tools/%.c tests/tools/build.mk
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(test_tools_cflags) $(CPPFLAGS) $(CFLAGS) -MD -MP -c -o $@ $<

-include $(test_tools_objects:.o=.d)
