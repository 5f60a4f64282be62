# SPDX-License-Identifier: GPL-2.0-only
#
# psp-server, psp-control, and their tests. The tests run the sanitized server
# $(OUT)/san/psp-server; PYTEST_ARGS goes to pytest.

PSP_TOOLS := psp-control
PSP_SRCS := $(filter-out $(PSP_TOOLS:%=$(EMU)/psp/%.c),$(wildcard $(EMU)/psp/*.c))
PYTEST_ARGS ?= -q

ALL += $(OUT)/psp-server $(PSP_TOOLS:%=$(OUT)/%)
CHECK += check-psp

$(OUT)/psp-server: $(call obj,$(PSP_SRCS) $(MACHINE_SRCS)) $(MODEL_LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -pthread -o $@ $^ $(MODEL_LIBS)

$(OUT)/san/psp-server: $(call san,$(PSP_SRCS) $(MACHINE_SRCS)) $(MODEL_SAN_LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(SAN_CFLAGS) -pthread -o $@ $^ $(MODEL_LIBS)

$(PSP_TOOLS:%=$(OUT)/%): $(OUT)/%: $(OUT)/obj/psp/%.o
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -o $@ $^

.PHONY: check-psp
check-psp: $(OUT)/san/psp-server $(PSP_TOOLS:%=$(OUT)/%)
	$(Q)PSP_SERVER=$(OUT)/san/psp-server PSP_CONTROL=$(OUT)/psp-control \
		/usr/bin/python3 -m pytest -p no:cacheprovider $(PYTEST_ARGS) $(EMU)/psp
