# SPDX-License-Identifier: GPL-2.0-only
#
# sevcpu.so, the QEMU plugin, and its test. It has no undefined symbols but QEMU's, GLib's (both
# come from the QEMU process) and those of an old libc, so a plugin that was built here loads in
# any QEMU.

PLUGIN_TEST := $(EMU)/plugin/test_sevcpu.c
PLUGIN_SRCS := $(filter-out $(PLUGIN_TEST),$(wildcard $(EMU)/plugin/*.c))

ALL += $(OUT)/sevcpu.so
CHECK += check-plugin

$(OUT)/obj/plugin/%.o: $(EMU)/plugin/%.c $(EMU)/Makefile $(EMU)/plugin/plugin.mk
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(BASE_CFLAGS) $(CFLAGS) -fPIC -fvisibility=hidden -MMD -MP -c -o $@ $<

$(OUT)/sevcpu.so: $(call obj,$(PLUGIN_SRCS))
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -shared -o $@ $^

$(OUT)/san/test_sevcpu: $(call san,$(PLUGIN_SRCS) $(PLUGIN_TEST))
	$(call say,LD,$@)
	$(Q)$(CC) $(SAN_CFLAGS) -o $@ $^ -lcmocka

.PHONY: check-plugin
check-plugin: $(OUT)/san/test_sevcpu
	$(Q)$<
