# SPDX-License-Identifier: GPL-2.0-only
#
# What the CPU plugin and the PSP server share, and its tests. The plugin needs it as code that
# can be loaded anywhere; its own objects of these files are below $(OUT)/obj/plugin/.

MACHINE_TESTS := $(wildcard $(EMU)/machine/test_*.c)
MACHINE_SRCS := $(filter-out $(MACHINE_TESTS),$(wildcard $(EMU)/machine/*.c))
MACHINE_TEST_BINS := $(patsubst $(EMU)/machine/%.c,$(OUT)/san/machine-%,$(MACHINE_TESTS))

CHECK += check-machine

$(MACHINE_TEST_BINS): $(OUT)/san/machine-%: $(OUT)/san/machine/%.o $(call san,$(MACHINE_SRCS))
	$(call say,LD,$@)
	$(Q)$(CC) $(SAN_CFLAGS) -o $@ $^ -lcmocka

.PHONY: check-machine
check-machine: $(MACHINE_TEST_BINS)
	@failed=0; for t in $^; do CMOCKA_MESSAGE_OUTPUT=TAP "$$t" || failed=1; done; exit $$failed
