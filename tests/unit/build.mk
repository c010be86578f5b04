# SPDX-License-Identifier: GPL-2.0
#
# One program a source, named after what it tests.

unit_sources := $(wildcard tests/unit/*.c)
unit_programs := $(unit_sources:%.c=$(O)/%)

# A daemon that is killed at each system call takes longer than all the others.
unit_long := $(O)/tests/unit/test-kill

## unit: build and run the unit tests, but for those that take longer than seconds
## unit-long: build and run those: kills at each system call, the engine's torture and its mutants
.PHONY: unit unit-long
unit: $(filter-out $(unit_long),$(unit_programs))
unit-long: $(unit_long)
unit unit-long:
	@for program in $^; do echo "# $$program"; ./$$program || exit 1; done

$(O)/tests/unit/%: tests/unit/%.c $(daemon_archive)
	@mkdir -p $(@D)
	$(call quiet,CC)$(daemon_flags) -MD -MP $(LDFLAGS) \
		-o $@ $< $(daemon_archive) $(daemon_ldlibs) $(shell pkg-config --libs cmocka 2>/dev/null)

# These are of the module.
$(O)/tests/unit/test-prototype $(O)/tests/unit/test-ranges: private daemon_cppflags += -Itests/engine/include -iquote module

-include $(unit_programs:=.d)
