# SPDX-License-Identifier: GPL-2.0-only
"""Each allocation and each user copy of each /dev/sev command fails once, on a kernel whose
sanitizers see what is then used, freed twice or leaked."""

import re
import subprocess

import pytest

from lab.guest import PROJECT

pytestmark = pytest.mark.kernels("dev")

OK = (0, "0", 0)

# Sleeping allocations may fail too, and single pages; no stack trace of each.
INJECT = """
mount -t debugfs none /sys/kernel/debug 2>/dev/null
echo N >/sys/kernel/debug/failslab/ignore-gfp-wait
echo N >/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait
for f in failslab fail_page_alloc fail_usercopy; do
    echo 0 >/sys/kernel/debug/$f/verbose
done
echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
"""

# Allocated long ago, reachable no more; what is young may still be in a register.
LEAKS = "sleep 6; echo scan >/sys/kernel/debug/kmemleak; sleep 1; cat /sys/kernel/debug/kmemleak"


@pytest.fixture(scope="session", name="dev_modules", autouse=True)
def _dev_modules():
    """The kernel, and our modules for it."""
    subprocess.run([PROJECT / "tests/kunit/dev-kernel"], check=True)
    subprocess.run(["make", "-s", "modules", "KVER=dev"], cwd=PROJECT, check=True)


def leaks(vm):
    """What kmemleak has found in the driver since it was cleared."""
    report = vm.check(LEAKS)
    return [block for block in re.split(r"(?=unreferenced object)", report) if "ccp" in block]


@pytest.mark.parametrize("command", ["status", "pek-gen", "pek-csr", "pdh-gen", "pdh-export",
                                     "get-id", "get-id2", "snp-status", "factory-reset"])
def test_command_survives_each_failing_allocation(sev, vm, command):
    """Refused with the right error, or done without what it could not get; the next one works.
    The platform is initialised for most of them, so that is in it. Copies from and to the user
    fail in turn as well."""
    assert sev("status").outcome == OK
    vm.check(INJECT + "echo clear >/sys/kernel/debug/kmemleak")
    seen = set()
    for nth in range(1, 100):
        answer = sev("--fail-nth", nth, command)
        seen.add(answer["errno"])
        if answer.number("allocations_left"):
            break
        assert answer["errno"] in ("ENOMEM", "EFAULT", "0"), (nth, answer)
        assert sev("status")["state"] == "0"
    else:
        pytest.fail("no end of allocations")
    assert answer.outcome == OK
    assert "EFAULT" in seen
    assert "ENOMEM" in seen or command in ("status", "pek-gen", "pdh-gen", "factory-reset")
    assert not leaks(vm)
