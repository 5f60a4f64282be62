# SPDX-License-Identifier: GPL-2.0-only
#
# make                          modules for the running kernel
# make KDIR=<kernel headers>    modules for another kernel, the plain way
# make help                     everything else

MAKEFLAGS += --no-print-directory
Q := $(if $(filter 1,$(V)),,@)

KDIR ?= /lib/modules/$(or $(KERNELRELEASE),$(shell uname -r))/build
# Set to a name of the test matrix (6.1, 6.12, ...): build in the test environment.
KVER ?=

.DEFAULT_GOAL := all
.PHONY: all help modules modules_install clean probes crc deb rpm setup demo check matrix static kunit vm bench htmldocs
# What stands later on the command line may need what stands before it.
.NOTPARALLEL:

all: modules

help:
	@echo 'For the running kernel, or KDIR=<kernel headers>:'
	@echo '  all, modules     build the modules (default)'
	@echo '                   ONLY=sev-guest,tsm_report: no other module than these'
	@echo '  modules_install  install them into /lib/modules/<release>/updates (as root)'
	@echo '  probes           show what was found out about the kernel'
	@echo '  crc              compare our exported symbols with those of the in-tree ccp'
	@echo '  clean            remove what was built'
	@echo 'Documentation:'
	@echo '  htmldocs         all pages and the comments of the sources, into build/docs/html'
	@echo 'Packages, with the distribution'"'"'s own tools:'
	@echo '  deb              for Debian and Ubuntu, into build/deb'
	@echo '  rpm              for Fedora, RHEL and SUSE, into build/rpm'
	@echo 'For a kernel of the test matrix, in the test environment: KVER=<$(shell \
		tests/vm/kernels list 2>/dev/null | paste -sd'|')>'
	@echo '  modules, probes, crc'
	@echo 'Tests, on a machine without AMD hardware (as root):'
	@echo '  setup            install what the tests need and fetch the kernels'
	@echo '  demo             install the package on an emulated machine and look around'
	@echo '  vm               a shell on an emulated machine: KVER=<kernel> VMFLAGS="..."'
	@echo '  check            all tests'
	@echo '  matrix           the tests that every kernel of the matrix has to pass'
	@echo '  matrix KDIR="<kernel headers>..."  what becomes of the modules for these kernels'
	@echo '  kunit            unit tests on all kernels'
	@echo '  static           sparse, checkpatch, documentation, shellcheck, W=1'
	@echo '  bench            compare with the in-tree driver'
	@echo 'Say V=1 to see the commands, W=1 for more warnings.'

ifneq ($(KVER),)

# The sources go to build/<KVER>, which is also where everything ends up.
modules probes crc:
	$(Q)tests/matrix/build $(KVER) $@ $(if $(W),W=$(W)) $(if $(C),C=$(C)) $(if $(CF),CF="$(CF)") \
		$(if $(V),V=$(V)) $(if $(PROBE_NO),PROBE_NO="$(PROBE_NO)")

else

# One sentence for what goes wrong before the kernel's own build can speak.
define need_headers
	$(Q)if [ ! -e "$(KDIR)/Makefile" ]; then \
		echo "amd-sev: no kernel headers in $(KDIR): install the package" \
			"linux-headers-$(or $(KERNELRELEASE),$(shell uname -r)) (Debian, Ubuntu) or kernel-devel" \
			"(Fedora, RHEL, openSUSE), or say KDIR=<directory>." >&2; exit 1; fi
endef

modules:
	$(need_headers)
	$(Q)$(MAKE) -C $(KDIR) M=$(CURDIR) modules
	$(Q)! grep -qx ccp include/compat/generated/modules || scripts/crc-check Module.symvers $(KDIR)

# Headers without the key of the kernel can't sign, and those without a System.map do
# not run depmod.
modules_install:
	$(need_headers)
	$(Q)$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_DIR=updates \
		$(if $(wildcard $(KDIR)/certs/signing_key.pem),,CONFIG_MODULE_SIG_ALL=) modules_install
	$(Q)depmod $(if $(INSTALL_MOD_PATH),-b $(INSTALL_MOD_PATH)) "$$(sed -n \
		's/^#define UTS_RELEASE "\(.*\)"$$/\1/p' $(KDIR)/include/generated/utsrelease.h)"

probes:
	$(need_headers)
	$(Q)$(MAKE) -C $(KDIR) M=$(CURDIR) include/compat/ >/dev/null
	$(Q)cat include/compat/generated/table

crc:
	$(Q)scripts/crc-check Module.symvers $(KDIR)

endif

clean:
	$(Q)if [ -e "$(KDIR)/Makefile" ]; then $(MAKE) -C $(KDIR) M=$(CURDIR) clean; fi
	$(Q)rm -rf build

htmldocs:
	$(Q)Documentation/htmldocs

deb:
	$(Q)packaging/build-deb

rpm:
	$(Q)packaging/build-rpm

setup:
	$(Q)tests/vm/setup

demo:
	$(Q)tests/demo/run

check:
	$(Q)tests/check

matrix:
	$(Q)$(if $(filter command line,$(origin KDIR)),tests/matrix/headers $(KDIR),tests/matrix/run)

static:
	$(Q)tests/static/run

kunit:
	$(Q)tests/kunit/run

vm:
	$(Q)tests/vm/run --kernel $(or $(KVER),6.12) --shell $(VMFLAGS)

bench:
	$(Q)tests/bench/run
	$(Q)tests/bench/reports-run
	$(Q)tests/bench/rmp-clear
