# SPDX-License-Identifier: GPL-2.0-only
#
# The engine's own sources, unchanged, as a program of this machine; and mutants
# of it, each broken by a sed script, which the torture has to notice.

## DURATION=SECONDS: how long "make torture" and "make torture-guest" run (60)
DURATION ?= 60

engine_dir := $(O)/tests/engine
engine_sources := $(filter-out %/unwind.c,$(wildcard module/arch/x86/*.[cS])) \
	$(patsubst %,module/%.c,thread garbage op-table op-array counters exit body shared-counts)
engine_mutants := $(patsubst tests/engine/mutants/%.sed,$(engine_dir)/mutants/%,$(wildcard tests/engine/mutants/*.sed))
# Those of the table are for its own program.
engine_mutant_programs := $(foreach mutant,$(engine_mutants),$(mutant)/$(if $(findstring /table-,$(mutant)),table,torture))
engine_harness := $(patsubst %.c,$(engine_dir)/%.o,tests/engine/bodies.c tests/engine/engine.c tests/engine/latency.c \
	$(wildcard tests/engine/kernel/*.c) tests/module/targets.c)
engine_torture := $(patsubst %,$(engine_dir)/tests/engine/%.o,callers changes torture)
engine_table := $(engine_dir)/tests/engine/table.o
engine_bench := $(engine_dir)/tests/engine/bench.o

# As Kbuild has it, where it matters. What is called nowhere here may call what
# is nowhere here: the linker drops it.
engine_flags = $(CC) -std=gnu11 -D_GNU_SOURCE -DCONFIG_THREAD_INFO_IN_TASK -DLPH_TESTS \
	-Itests/engine/include -Itests/engine -Itests/module -iquote include -Iinclude/uapi \
	$(CPPFLAGS) $(CFLAGS) -fno-pie -fcf-protection=none -mno-red-zone -fno-strict-aliasing \
	-ffunction-sections -Wall -Wextra -Wmissing-prototypes -Wno-unused-parameter \
	-Wno-sign-compare $(WERROR) -MMD -MP
engine_module_flags := -mgeneral-regs-only -include module/compat/compat.h
engine_ldflags := -no-pie -Wl,--gc-sections -pthread

## torture: the x86 text engine on this machine's CPU, for DURATION
.PHONY: torture
torture: $(engine_dir)/torture
	$< $(DURATION)

# "unit-long" runs the script, the script runs the programs.
unit-long: export ENGINE := $(engine_dir)
unit-long: tests/engine/test-engine
tests/engine/test-engine: | $(engine_dir)/torture $(engine_dir)/table $(engine_mutant_programs)

# engine_build FOLDER/ OBJECTS: what is in a folder as the sources are here
define engine_build
$(2)/torture: $(patsubst %,$(2)/%.o,$(basename $(engine_sources))) $(engine_harness) $(engine_torture)
	$$(call quiet,LD)$$(CC) $$(CFLAGS) $$(LDFLAGS) $$(engine_ldflags) -o $$@ $$^

$(2)/table: $(patsubst %,$(2)/%.o,$(basename $(engine_sources))) $(engine_harness) $(engine_table)
	$$(call quiet,LD)$$(CC) $$(CFLAGS) $$(LDFLAGS) $$(engine_ldflags) -o $$@ $$^

$(2)/module/%.o: $(1)module/%.c tests/engine/build.mk
	@mkdir -p $$(@D)
	$$(call quiet,CC)$$(engine_flags) $$(engine_module_flags) -I$(1)module -c -o $$@ $$<

$(2)/module/%.o: $(1)module/%.S tests/engine/build.mk
	@mkdir -p $$(@D)
	$$(call quiet,AS)$$(engine_flags) -I$(1)module -Wa,--noexecstack -c -o $$@ $$<

-include $(patsubst %,$(2)/%.d,$(basename $(engine_sources)))
endef
$(eval $(call engine_build,,$(engine_dir)))
$(foreach mutant,$(engine_mutants),$(eval $(call engine_build,$(mutant)/,$(mutant))))

$(engine_dir)/bench: $(patsubst %,$(engine_dir)/%.o,$(basename $(engine_sources))) $(engine_harness) $(engine_bench)
	$(call quiet,LD)$(CC) $(CFLAGS) $(LDFLAGS) $(engine_ldflags) -o $@ $^

# A script that changes nothing says so: what it broke has moved.
define engine_mutant
$(addprefix $(1)/,$(engine_sources)): $(1)/made ;
$(1)/made: tests/engine/mutants/$(notdir $(1)).sed $(engine_sources) $(wildcard module/*.h module/*/*.h module/*/*/*.h)
	@rm -rf $(1)
	@mkdir -p $(1)
	@tar -c $$(filter module/%,$$^) | tar -x -C $(1)
	@sed -i -f $$< $(addprefix $(1)/,$(engine_sources))
	@for source in $(engine_sources); do cmp -s $$$$source $(1)/$$$$source || touch $$@; done
	@test -e $$@ || { echo '$$<: changes nothing'; false; }
endef
$(foreach mutant,$(engine_mutants),$(eval $(call engine_mutant,$(mutant))))

$(engine_dir)/tests/engine/%.o: tests/engine/%.c tests/engine/build.mk
	@mkdir -p $(@D)
	$(call quiet,CC)$(engine_flags) -Imodule -Wshadow -c -o $@ $<

# As the kernel compiles what ftrace can attach to.
$(engine_dir)/tests/module/%.o: tests/module/%.c tests/engine/build.mk
	@mkdir -p $(@D)
	$(call quiet,CC)$(engine_flags) -pg -mfentry -mnop-mcount -c -o $@ $<

-include $(patsubst %.o,%.d,$(engine_harness) $(engine_torture) $(engine_table) $(engine_bench))
