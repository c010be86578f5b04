# SPDX-License-Identifier: GPL-2.0
#
# One program a source, named after what it tests.

unit_sources := $(wildcard tests/unit/*.c)
unit_programs := $(unit_sources:%.c=$(O)/%)

## unit: build and run the unit tests
.PHONY: unit
unit: $(unit_programs)
	@for program in $^; do echo "# $$program"; ./$$program || exit 1; done

$(O)/tests/unit/%: tests/unit/%.c $(daemon_archive)
	@mkdir -p $(@D)
	$(daemon_flags) -MD -MP $(LDFLAGS) \
		-o $@ $< $(daemon_archive) $(daemon_ldlibs) $(shell pkg-config --libs cmocka)

# These are of the module.
$(O)/tests/unit/test-prototype $(O)/tests/unit/test-ranges: private daemon_cppflags += -Itests/engine/include

-include $(unit_programs:=.d)
