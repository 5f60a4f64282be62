# SPDX-License-Identifier: GPL-2.0-only
#
# sevcpu.so, the QEMU plugin. It has no undefined symbols but QEMU's, GLib's (both come from the
# QEMU process) and those of an old libc, so a plugin that was built here loads in any QEMU.

PLUGIN_SRCS := $(wildcard $(EMU)/plugin/*.c)

ALL += $(OUT)/sevcpu.so

$(OUT)/obj/plugin/%.o: $(EMU)/plugin/%.c $(EMU)/Makefile $(EMU)/plugin/plugin.mk
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(BASE_CFLAGS) $(CFLAGS) -fPIC -fvisibility=hidden -MMD -MP -c -o $@ $<

$(OUT)/sevcpu.so: $(call obj,$(PLUGIN_SRCS))
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -shared -o $@ $^
