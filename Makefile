# SPDX-License-Identifier: GPL-2.0-or-later
#
#   make demo		migrate a guest between two Xen hosts, and compare
#   make check		run every test
#   make fuzz		ten minutes of each fuzzer; FUZZ_SECONDS= sets how long
#   make bench		compare with xl migrate, in all modes and sizes: hours
#   make bench-quick	the same with one size: minutes
#   make bench-order	compare the orders in which pages are pushed
#   make		build module, agent and tools
#   make setup		only install the Debian packages that all this needs
#   make images		only make what the test hosts boot
#   make debug-kernel	only make what guests boot to look for leaks and wrong locking
#   make testbed-selftest	show that the test hosts themselves are stable
#   make install DESTDIR=	install what "make" built; install-agent, install-tools and
#			install-module are its parts
#   make deb		build the Debian packages into build/deb
#   make check-deb	look at them with lintian, install and remove them in a chroot
#   make doc		make HTML and manual pages of the documentation below build/doc
#   make check-packages	install, use and remove them on two Xen hosts and in a guest
#   make clean		remove what "make" built
#   make distclean	also remove images and everything else made here

BUILD	:= $(CURDIR)/build
STAMPS	:= $(BUILD)/stamps
KVER	= $(shell tools/testbed/kernel-release)
KDIR	= /usr/src/linux-headers-$(KVER)
DESTDIR	?=
PREFIX	?= /usr

CC	?= gcc
CFLAGS	?= -O2 -g
XEN_PC	:= xencontrol xenlight xenforeignmemory xendevicemodel xenevtchn \
	   xenstore xentoolcore xentoollog
AGENT_PC := $(XEN_PC) libxxhash liblz4 libzstd gnutls json-c
AGENT_CFLAGS = $(CPPFLAGS) $(CFLAGS) -D_GNU_SOURCE -std=gnu11 -Wall -Wextra -Werror \
	       -MMD -MP -Iagent -Ixen-glue -Imodule/uapi -pthread \
	       $(shell pkg-config --cflags $(AGENT_PC))
AGENT_LIBS = $(shell pkg-config --libs $(AGENT_PC)) -lxenguest -lm -pthread

# The test programs of one tree must not be built twice at once.
ALONE	= mkdir -p $(BUILD) && flock $(BUILD)/lock

all: agent tools module

# --- packages -----------------------------------------------------------

setup: $(STAMPS)/setup

$(STAMPS)/setup: tools/testbed/packages
	@mkdir -p $(STAMPS)
	@echo "Installing the Debian packages that the build and the tests need"
	DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600 \
		update
	DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600 \
		install -y --no-install-recommends \
		$$(cat tools/testbed/packages)
	@touch $@

# --- agent and Xen glue -------------------------------------------------

AGENT_SRCS := $(wildcard agent/*.c xen-glue/*.c)
AGENT_OBJS := $(AGENT_SRCS:%.c=$(BUILD)/obj/%.o)
AGENT_MAIN := $(BUILD)/obj/agent/main.o

agent: $(BUILD)/tsmc-agent

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(AGENT_CFLAGS) -c -o $@ $<

# All but main(), so that each unit test links just what it refers to.
$(BUILD)/libtsmc.a: $(filter-out $(AGENT_MAIN),$(AGENT_OBJS))
	rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/tsmc-agent: $(AGENT_MAIN) $(BUILD)/libtsmc.a
	$(CC) $(LDFLAGS) -o $@ $^ $(AGENT_LIBS)

# --- guest module -------------------------------------------------------

# kbuild writes beside the sources; it sees them through links under build/.
KBUILD_DIR := $(BUILD)/kbuild
MODULE_SRCS = $(wildcard module/Kbuild module/*.c module/*.h)

module:
	@mkdir -p $(KBUILD_DIR)/module
	@ln -sfn ../../Kbuild $(KBUILD_DIR)/Kbuild
	@ln -sfn ../../../module/uapi $(KBUILD_DIR)/module/uapi
	@find $(KBUILD_DIR)/module -xtype l -delete
	@for f in $(notdir $(MODULE_SRCS)); do \
		ln -sfn ../../../module/$$f $(KBUILD_DIR)/module/$$f; \
	done
	+$(ALONE) $(MAKE) -C $(KDIR) M=$(KBUILD_DIR) modules

# --- tools and images ---------------------------------------------------

TOOL_DIRS := $(filter-out tools/testbed/,$(dir $(wildcard tools/*/Makefile)))

GUEST_TOOLS := tsmcctl tsmc-wait

guest-tools:
	+@for tool in $(GUEST_TOOLS); do \
		$(MAKE) -C tools/$$tool BUILD=$(BUILD) || exit 1; \
	done

tools:
	+@for dir in $(TOOL_DIRS); do \
		$(MAKE) -C $$dir BUILD=$(BUILD) || exit 1; \
	done
	+$(ALONE) $(MAKE) -C tools/testbed BUILD=$(BUILD) programs

images: setup
	+$(MAKE) tools $(if $(wildcard module/Kbuild),module)
	+$(ALONE) $(MAKE) -C tools/testbed BUILD=$(BUILD) images

# Minutes of work when the kernel is not there yet: others need not wait for
# it.
debug-kernel: setup
	+$(MAKE) tools guest-tests
	+flock $(BUILD)/debug-kernel.lock \
		$(MAKE) -C tools/testbed BUILD=$(BUILD) debug-kernel
	+$(MAKE) module KDIR=$(BUILD)/debug-kernel/obj \
		KBUILD_DIR=$(BUILD)/kbuild-debug
	+$(ALONE) $(MAKE) -C tools/testbed BUILD=$(BUILD) debug-image

# Only what the tests use of the kernel's source: the style checker and the
# headers and scripts of kselftest.
linux-source: $(STAMPS)/linux-source

$(STAMPS)/linux-source: tools/testbed/images/linux-source.sh $(STAMPS)/setup
	$< $(BUILD)
	@touch $@

# --- tests --------------------------------------------------------------

KSELFTEST := $(BUILD)/linux-source/tools/testing/selftests

unit-tests: linux-source
	+$(MAKE) -C selftests/unit BUILD=$(BUILD) KSELFTEST_DIR=$(KSELFTEST) check

# What make check does for seconds.
fuzz: setup
	+$(MAKE) -C selftests/fuzz BUILD=$(BUILD) fuzz

# Tests that run in a Dom0, and those that run in a guest: the latter go into
# the guest's image.
host-tests: agent linux-source
	+$(MAKE) -C selftests/xen BUILD=$(BUILD) KSELFTEST_DIR=$(KSELFTEST)
	+$(MAKE) -C selftests/migration BUILD=$(BUILD)

guest-tests: linux-source
	+$(ALONE) $(MAKE) -C selftests/module KSELFTEST_DIR=$(KSELFTEST) \
		OUTPUT=$(BUILD)/selftests/module \
		INSTALL_PATH=$(BUILD)/guest-selftests install

demo: setup
	+@$(MAKE) --no-print-directory all images
	@python3 selftests/migration/demo.py

check: setup
	+@$(MAKE) --no-print-directory all host-tests guest-tests
	+@$(MAKE) --no-print-directory images debug-kernel
	@python3 selftests/run_checks.py

# Every failure that can be injected, in about half an hour. FAULTS: some of them, see
# selftests/migration/check_faults.py
check-faults: setup
	+@$(MAKE) --no-print-directory all host-tests guest-tests images
	@python3 selftests/migration/check_faults.py $(FAULTS)

# Guests and operators that do hard things during a migration, and what else takes long.
check-hard: setup
	+@$(MAKE) --no-print-directory all host-tests guest-tests images
	@python3 selftests/run_checks.py --long

# 200 migrations with failures at random, in more than an hour. SOAK_FLAGS: --moves, --seed
soak: setup
	+@$(MAKE) --no-print-directory all host-tests guest-tests images
	@python3 selftests/migration/soak.py $(SOAK_FLAGS)

bench-programs: setup
	+@$(MAKE) --no-print-directory all images
	+@$(MAKE) --no-print-directory -C selftests/bench BUILD=$(BUILD)

# BENCH_FLAGS: see selftests/bench/peers.py --help, or order.py --help
bench: bench-programs
	@python3 selftests/bench/peers.py $(BENCH_FLAGS)

bench-quick: bench-programs
	@python3 selftests/bench/peers.py --sizes 256 --fills half --loads own \
		--systems xl,tsmc --runs 1 $(BENCH_FLAGS) matrix network speed

bench-order: bench-programs
	@python3 selftests/bench/order.py $(BENCH_FLAGS)

testbed-selftest: images
	@python3 tools/testbed/selftest.py

# --- install and clean --------------------------------------------------

# systemd looks for units where the prefix is, except below /usr in Debian 12.
UNITDIR	?= $(patsubst /usr/lib/%,/lib/%,$(PREFIX)/lib/systemd/system)
SHARE	= $(DESTDIR)$(PREFIX)/share

install: install-agent install-tools install-module

install-agent: agent
	install -D -m 755 $(BUILD)/tsmc-agent $(DESTDIR)$(PREFIX)/sbin/tsmc-agent
	install -D -m 755 tools/xl-migrate/tsmc-xl-migrate $(DESTDIR)$(PREFIX)/sbin/tsmc-xl-migrate
	install -D -m 644 -t $(SHARE)/man/man8 Documentation/tsmc-agent.8 \
		Documentation/tsmc-xl-migrate.8
	install -D -m 644 -t $(SHARE)/bash-completion/completions \
		tools/completion/tsmc-agent
	install -D -m 644 -t $(DESTDIR)$(UNITDIR) \
		tools/systemd/tsmc-listen.socket tools/systemd/tsmc-listen.service

# Settings that somebody has made stay.
install-tools: guest-tools
	+for tool in $(GUEST_TOOLS); do \
		$(MAKE) -C tools/$$tool BUILD=$(BUILD) PREFIX=$(PREFIX) \
			DESTDIR=$(DESTDIR) install || exit 1; \
	done
	install -D -m 644 -t $(SHARE)/man/man8 \
		$(GUEST_TOOLS:%=Documentation/%.8)
	install -D -m 644 -t $(SHARE)/bash-completion/completions \
		$(GUEST_TOOLS:%=tools/completion/%)
	install -D -m 644 -t $(DESTDIR)$(UNITDIR) tools/systemd/tsmc-guest.service
	test -e $(DESTDIR)/etc/default/tsmc-guest || install -D -m 644 \
		tools/systemd/tsmc-guest.default $(DESTDIR)/etc/default/tsmc-guest
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/include/linux module/uapi/linux/*.h

install-module: module
	install -D -m 644 $(KBUILD_DIR)/module/tsmc.ko \
		$(DESTDIR)/lib/modules/$(KVER)/extra/tsmc.ko

# --- documentation ------------------------------------------------------

doc: setup
	@python3 tools/doc/pages.py $(BUILD)/doc
	@echo "Documentation: $(BUILD)/doc/html/index.html"

# --- Debian packages ----------------------------------------------------

# The one place that has it.
VERSION	= $(shell sed -n '1s/.*(\(.*\)).*/\1/p' tools/debian/changelog)
DEB	:= $(BUILD)/deb
DEB_TREE = $(DEB)/tsmc-$(VERSION)

deb: setup
	rm -rf $(DEB)
	mkdir -p $(DEB_TREE)
	git ls-files -z | tar -c --null -T - | tar -x -C $(DEB_TREE)
	cp -a $(DEB_TREE)/tools/debian $(DEB_TREE)/debian
	cd $(DEB_TREE) && env -u MAKEFLAGS -u MFLAGS -u MAKEOVERRIDES \
		dpkg-buildpackage -us -uc -b

check-deb: deb
	@python3 selftests/packaging/check_deb.py $(DEB)

# On two hosts, and in a guest that is a whole Debian.
check-packages: deb
	+@$(MAKE) --no-print-directory all host-tests guest-tests images
	+$(ALONE) $(MAKE) -C tools/testbed BUILD=$(BUILD) debian-guest
	@python3 selftests/run_checks.py test_packages

clean:
	rm -rf $(BUILD)/obj $(BUILD)/kbuild $(BUILD)/kbuild-debug \
		$(BUILD)/selftests $(BUILD)/fuzz $(BUILD)/workload \
		$(BUILD)/testbed-bin $(BUILD)/guest-bin \
		$(BUILD)/guest-selftests $(BUILD)/tsmc-agent $(BUILD)/libtsmc.a \
		$(BUILD)/doc $(DEB)

distclean:
	rm -rf $(BUILD)

.PHONY: all setup agent module tools guest-tools images debug-kernel linux-source unit-tests fuzz \
	host-tests guest-tests demo check check-faults check-hard soak bench bench-quick bench-order \
	bench-programs testbed-selftest install install-agent install-tools \
	install-module doc deb check-deb check-packages clean distclean
.DELETE_ON_ERROR:
-include $(AGENT_OBJS:.o=.d)
