# SPDX-License-Identifier: GPL-2.0-only
#
# sevcpu.so, the QEMU plugin, and its test. It has no undefined symbols but QEMU's, GLib's (both
# come from the QEMU process) and those of an old libc, so a plugin that was built here loads in
# any QEMU. For mode=guest it has the firmware model inside, which takes libcrypto from the build
# root's QEMU.

PLUGIN_TEST_LIB := $(addprefix $(EMU)/plugin/,test_qemu.c test_end.c test_kernel.c)
PLUGIN_TESTS := $(filter-out $(PLUGIN_TEST_LIB),$(wildcard $(EMU)/plugin/test_*.c))
PLUGIN_SRCS := $(filter-out $(EMU)/plugin/test_% $(EMU)/plugin/fuzz_%,$(wildcard $(EMU)/plugin/*.c))
PLUGIN_TEST_BINS := $(patsubst $(EMU)/plugin/%.c,$(OUT)/san/plugin-%,$(PLUGIN_TESTS))

ALL += $(OUT)/sevcpu.so
CHECK += check-plugin

PLUGIN_OBJS := $(call obj,$(PLUGIN_SRCS)) \
	$(patsubst $(EMU)/model/%.c,$(OUT)/obj/plugin/model-%.o,$(MODEL_SRCS)) \
	$(patsubst $(EMU)/machine/%.c,$(OUT)/obj/plugin/machine-%.o,$(MACHINE_SRCS))

$(OUT)/obj/plugin/%.o: $(EMU)/plugin/%.c $(EMU)/Makefile $(EMU)/plugin/plugin.mk
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(BASE_CFLAGS) $(CFLAGS) -fPIC -fvisibility=hidden -MMD -MP -c -o $@ $<

$(OUT)/obj/plugin/machine-%.o: $(EMU)/machine/%.c $(EMU)/Makefile $(EMU)/plugin/plugin.mk
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(BASE_CFLAGS) $(CFLAGS) -fPIC -fvisibility=hidden -MMD -MP -c -o $@ $<

$(OUT)/obj/plugin/model-%.o: $(EMU)/model/%.c $(EMU)/Makefile $(EMU)/plugin/plugin.mk
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(BASE_CFLAGS) $(CFLAGS) -fPIC -fvisibility=hidden -MMD -MP -c -o $@ $<

$(OUT)/sevcpu.so: $(PLUGIN_OBJS)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -shared -o $@ $^ $(MODEL_LIBS)

$(PLUGIN_TEST_BINS): $(OUT)/san/plugin-%: $(OUT)/san/plugin/%.o \
		$(call san,$(PLUGIN_SRCS) $(PLUGIN_TEST_LIB) $(MACHINE_SRCS)) $(MODEL_SAN_LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(SAN_CFLAGS) -o $@ $^ $(MODEL_LIBS) -lcmocka

.PHONY: check-plugin
check-plugin: $(PLUGIN_TEST_BINS)
	@failed=0; for t in $^; do CMOCKA_MESSAGE_OUTPUT=TAP "$$t" || failed=1; done; exit $$failed

# The service module of guests, with the little of a machine that it needs
ifneq ($(shell command -v $(CLANG) 2>/dev/null),)
FUZZERS += $(OUT)/fuzz/fuzz_svsm

$(OUT)/fuzz/fuzz_svsm: $(EMU)/plugin/fuzz_svsm.c $(EMU)/plugin/guest-svsm.c \
		$(EMU)/plugin/guest-attest.c $(EMU)/plugin/guest-pages.c $(EMU)/plugin/guest.h
	@mkdir -p $(@D)/corpus-fuzz_svsm
	$(CLANG) $(BASE_CFLAGS) -O1 -g $(FUZZ_CFLAGS) -o $@ $(filter %.c,$^) $(MODEL_LIBS)
endif
