# SPDX-License-Identifier: GPL-2.0-only
#
# "make help" tells the targets and variables: the comments that start with
# two # here.

all: daemon module

# ---------------------------------------------------------------- variables
## O=DIR: where the host's objects go
O ?= build/host
## DESTDIR=DIR: install below this folder instead of /
DESTDIR ?=
## PREFIX=DIR: what everything but configuration is installed under
PREFIX ?= /usr
## KREL=RELEASE: kernel to build the module for
KREL ?= $(shell uname -r)
## KDIR=DIR: that kernel's headers; without them "all" leaves the module out
KDIR ?= /lib/modules/$(KREL)/build
## SUITE=NAME: the guest, one of tests/guest/suites: bookworm (Linux 6.1), trixie (6.12), sid (7.2), ...
SUITE ?= bookworm
## SUITES="NAME...": suites of "make test", and of "make test-full" if not all three
SUITES ?= bookworm
all_suites = bookworm trixie sid
## CASES="NAME...": of "make test" only these cases of tests/cases, such as "10 30-exact"
CASES ?=
## RUN=SCRIPT: what "make vm" runs in the guest, as root
RUN ?=
## ARGS="WORD...": the script's arguments
ARGS ?=
## FILES=DIR: copied to /run/vm-files in the guest
FILES ?=
## SMP=N: the guest's CPUs
SMP ?= 2
## MEM=MIB: the guest's memory, if not what its suite needs
MEM ?=
## APPEND="WORD...": more words for the guest's kernel command line
APPEND ?=
## MITIGATIONS=on|off: the CPU mitigations of the guest's kernel
MITIGATIONS ?= off
## ICOUNT=on: the guest has one CPU, whose clock counts its instructions
ICOUNT ?=
## TIMEOUT=SECONDS: a script that takes longer has failed (300; in "make test" 4500, in "make test-full" 14400)
TIMEOUT ?=
## LPH_TESTS=y: build the module with what only its tests ask for, such as parameters
LPH_TESTS ?=
## GOALS="TARGET...": what is built and installed in the guest, if not everything
GOALS ?=
## DISK=FILE: all that the guest of "make vm" writes stays in it; made if it is not there
DISK ?=
## V=1: show each command that builds, whole
V ?=
## WERROR=: a warning does not end the build
WERROR ?= -Werror
## QEMU=PROGRAM: instead of the QEMU that is fetched into build/
QEMU ?=

testdir = $(DESTDIR)$(PREFIX)/lib/livepatchd/tests
# What patches are built against that the module applies.
patchdir = $(DESTDIR)$(PREFIX)/lib/livepatchd/patch
moddir = $(DESTDIR)$(PREFIX)/lib/modules/$(KREL)/updates

# What a command begins with that is not shown: it says WORD and the target, as kbuild does.
say = $(if $(findstring s,$(firstword -$(MAKEFLAGS))),@,@printf '  %-7s %s\n' $(1) '$(@:$(O)/%=%)' && )
quiet = $(if $(V:0=),,$(say))

# The parts, each built by a fragment beside its sources.
parts := daemon systemd tests/unit tests/model tests/tools tests/engine tests/bench
include $(parts:=/build.mk)

have_headers = $(wildcard $(KDIR)/Makefile)
# kbuild gives O and others a meaning of its own: it gets no variables of our
# command line but these.
MAKEOVERRIDES =
kbuild = $(MAKE) -C $(KDIR) M=$(CURDIR)/$(1) $(foreach v,V W C CF KCFLAGS LPH_TESTS,$(if $($(v)),$(v)='$($(v))'))

# ------------------------------------------------------------------ targets
## all: the daemon, and the module where the kernel's headers are
.PHONY: all
## module: livepatch_helper.ko for KDIR
.PHONY: module
module:
ifeq ($(have_headers),)
	@echo "No headers in $(KDIR): not building the module."
else
	+$(call kbuild,module) modules
endif

## test-modules: the modules and sample patches that the tests load
test_module_dirs = tests/module tests/patches tests/bench
.PHONY: test-modules
test-modules: module
	+$(foreach dir,$(test_module_dirs),$(call kbuild,$(dir)) modules &&) :

## install: what a machine needs, below DESTDIR
.PHONY: install install-module
install: install-daemon install-systemd install-module
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/include/linux $(wildcard include/uapi/linux/*.h)

install-module: module
ifneq ($(have_headers),)
	install -D -m 644 -t $(moddir) module/livepatch_helper.ko
	install -D -m 644 -t $(patchdir)/$(KREL) module/Module.symvers
	install -D -m 644 -t $(patchdir)/include/linux include/linux/livepatch_helper.h
	install -D -m 644 -t $(patchdir)/include/uapi/linux include/uapi/linux/livepatch_helper.h
	$(if $(DESTDIR),,depmod $(KREL))
endif

## install-dkms: the module's source, for dkms to build against each kernel
.PHONY: install-dkms
version = $(shell sed -n 's/^\#define LIVEPATCHD_VERSION "\(.*\)"/\1/p' include/version.h)
dkmsdir = $(DESTDIR)$(PREFIX)/src/livepatch_helper-$(version)
install-dkms:
	install -d $(dkmsdir)
	find module include -name '*.[chS]' -o -name Kbuild | xargs tar -c | tar -x -C $(dkmsdir)
	sed 's/@VERSION@/$(version)/' module/dkms.conf.in >$(dkmsdir)/dkms.conf

## install-tests: test modules, sample patches and cases, for the guest
.PHONY: install-tests
install-tests: test-modules
	$(foreach dir,$(test_module_dirs),install -D -m 644 -t $(testdir)/$(notdir $(dir)) $(dir)/*.ko &&) :
	install -d $(testdir)
	cp -R tests/cases $(testdir)/
	install -m 644 -t $(testdir) docs/peers.md

# What the scripts of tests/guest take their orders from.
export SUITE SUITES CASES RUN ARGS FILES DISK SMP MEM APPEND MITIGATIONS ICOUNT TIMEOUT GOALS QEMU

## deps: install the Debian packages that building and testing need (as root)
.PHONY: deps
deps:
	@tests/guest/deps

## deps-build: install only those that building needs (as root)
.PHONY: deps-build
deps-build:
	@tests/guest/deps --build

.PHONY: deps-if-needed
deps-if-needed:
	@tests/guest/deps --if-needed

## demo: load a livepatch and trace through it, in a guest
.PHONY: demo
demo: deps-if-needed
	@RUN=tests/cases/demo.sh tests/guest/vm

## test: the unit tests, the model, tests/cases and tests/boots in guests for each of SUITES, in short
.PHONY: test
test: deps-if-needed
	@tests/guest/test

## test-full: all of that, at length
.PHONY: test-full
test-full: SUITES := $(if $(filter file,$(origin SUITES)),$(all_suites),$(SUITES))
test-full: deps-if-needed
	@tests/guest/test --long

## vm: boot the guest of SUITE with the project installed, run RUN in it
.PHONY: vm
vm: deps-if-needed
	@tests/guest/vm

## torture-guest: patches come and go at random in the guest, for DURATION; ARGS="--help" tells more
.PHONY: torture-guest
torture-guest: deps-if-needed
	@RUN=tests/cases/storm.sh ARGS="-t $(DURATION) $(ARGS)" TIMEOUT="$(or $(TIMEOUT),$$(($(DURATION) + 300)))" \
		tests/guest/vm

## check: shellcheck, layers, clang-format, checkpatch, sparse, W=1
.PHONY: check
check: deps-if-needed
	@O='$(O)' KDIR='$(or $(if $(have_headers),$(KDIR)),$(lastword $(sort $(wildcard /lib/modules/*/build))))' tests/check

## clean: remove what was built here; the guests stay
.PHONY: clean
clean:
	rm -rf $(O)
	+$(if $(have_headers),$(foreach dir,module $(test_module_dirs),$(call kbuild,$(dir)) clean &&)) :

## distclean: remove the guests, too: all of build/
.PHONY: distclean
distclean: clean
	rm -rf build

## help: this text
.PHONY: help
help:
	@echo 'Targets:'
	@sed -n 's/^## \([a-z-]*\): \(.*\)/  \1\t\2/p' Makefile $(parts:=/build.mk) | expand -t 20
	@echo
	@echo 'Variables, as in make vm SUITE=sid:'
	@sed -n 's/^## \([A-Z]*=[^:]*\): \(.*\)/  \1\t\2/p' Makefile $(parts:=/build.mk) | expand -t 26
