# SPDX-License-Identifier: GPL-2.0-only
"""Unit tests of the KUnit console reader."""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))
import ktap  # pylint: disable=wrong-import-position

# One suite as our kunit.ko prints it, between other kernel messages.
GOOD = """\
[    4.567258] kunit: loading out-of-tree module taints kernel.
[    4.710190]     KTAP version 1
[    4.710506]     # Subtest: mailbox
[    4.710938]     # module: mailbox_test
[    4.711094]     1..3
[    4.729568]     ok 1 answers
[    4.735001] random: crng init done
[    4.753004]         KTAP version 1
[    4.753411]         # Subtest: every_status
[    4.754686]         ok 1 success
[    4.756033]         ok 2 busy
[    4.759134]     # every_status: pass:2 fail:0 skip:0 total:2
[    4.759243]     ok 2 every_status
[    4.760742]     ok 3 needs_injection # SKIP kernel without fault injection
[    4.762320] # mailbox: pass:2 fail:0 skip:1 total:3
[    4.762491] # Totals: pass:3 fail:0 skip:1 total:4
[    4.762721] ok 1 mailbox
kunit-run: end
[    4.925848] reboot: Power down
"""

# The kernel's own KUnit of 6.1, loaded as a module: no top-level header.
KERNEL_6_1 = """\
[    1.100001]     # Subtest: status
[    1.100002]     1..2
[    1.100003]     ok 1 known
[    1.100004]     ok 2 unknown
[    1.100005] # status: pass:2 fail:0 skip:0 total:2
[    1.100006] # Totals: pass:2 fail:0 skip:0 total:2
[    1.100007] ok 1 status
kunit-run: end
"""

# That of 5.10: TAP, dashes, no statistics.
KERNEL_5_10 = """\
[    1.100000] TAP version 14
[    1.100001]     # Subtest: status
[    1.100002]     1..2
[    1.100003]     ok 1 - known
[    1.100004]     ok 2 - unknown
[    1.100005] ok 1 - status
kunit-run: end
"""

FAILED = """\
[    4.710506]     # Subtest: mailbox
[    4.711094]     1..2
[    4.729568]     ok 1 answers
[    4.730001]     # times_out: EXPECTATION FAILED at mailbox_test.c:42
[    4.730002]     Expected ret == -110, but
[    4.730003]         ret == 0 (0x0)
[    4.731000]     not ok 2 times_out
[    4.762320] # mailbox: pass:1 fail:1 skip:0 total:2
[    4.762721] not ok 1 mailbox
kunit-run: end
"""


def read(text):
    return ktap.parse(text.splitlines())


def problems(text, *expected):
    return read(text).problems(expected)


def without(text, part):
    """text without the lines that contain part; there must be one."""
    lines = text.splitlines()
    kept = [line for line in lines if part not in line]
    assert len(kept) < len(lines)
    return "\n".join(kept)


def with_line(text, line):
    """text with one more line in the middle of the suite."""
    lines = text.splitlines()
    return "\n".join(lines[:6] + [line] + lines[6:])


@pytest.mark.parametrize("text, name", [(GOOD, "mailbox"), (KERNEL_6_1, "status"),
                                        (KERNEL_5_10, "status")])
def test_good_run_has_no_problems(text, name):
    assert problems(text, name) == []


def test_figures():
    report = read(GOOD)
    assert report.summary() == "1 suites, cases: 2 passed, 0 failed, 1 skipped"
    assert [case[1] for case in report.suites[0].cases] == ["answers", "every_status",
                                                            "needs_injection"]
    assert report.suites[0].cases[2][2] == "kernel without fault injection"


def test_output_is_ktap_and_nothing_else():
    lines = read(GOOD + GOOD.replace("mailbox", "other")).ktap().splitlines()
    assert lines[:2] == ["KTAP version 1", "1..2"]
    assert lines.count("ok 1 mailbox") == 1 and lines[-1] == "ok 2 other"
    assert "        ok 2 busy" in lines
    assert not any("crng" in line or "taints" in line or "[" in line for line in lines)


def test_old_formats_give_the_same_ktap_results():
    for text in (KERNEL_6_1, KERNEL_5_10):
        report = read(text)
        assert report.suites[0].plan == 2
        assert report.suites[0].passed == 2
        assert report.ktap().splitlines()[:4] == ["KTAP version 1", "1..1",
                                                  "    KTAP version 1", "    # Subtest: status"]


def test_console_decoration_is_removed():
    text = GOOD.replace("] ", "][    T1] ").replace("\n", "\r\n")
    assert problems(text, "mailbox") == []
    # A user-space line without an end in front of a kernel message.
    text = GOOD.replace("[    4.729568]", "loading...[    4.729568]")
    assert problems(text, "mailbox") == []


def test_user_space_cannot_print_results():
    text = with_line(GOOD, "    ok 4 forged")
    assert len(read(text).suites[0].cases) == 3


def test_failed_case_is_reported_with_its_reason():
    found = problems(FAILED, "mailbox")
    assert len(found) == 1
    assert found[0].startswith("mailbox: times_out: not ok")
    assert "mailbox_test.c:42" in found[0] and "ret == 0 (0x0)" in found[0]
    assert "not ok 1 mailbox" in read(FAILED).ktap()


def test_failed_parameter_fails_even_if_the_totals_lie():
    text = GOOD.replace("    ok 2 every_status", "    not ok 2 every_status")
    assert any("every_status: not ok" in line for line in problems(text, "mailbox"))


def test_suite_that_fails_without_a_failed_case():
    assert problems(GOOD.replace("] ok 1 mailbox", "] not ok 1 mailbox")) == ["mailbox: not ok"]


def test_expected_suite_is_missing():
    assert problems(GOOD, "mailbox", "status") == ["suite status: seen 0 times instead of once"]


def test_suite_that_ran_twice():
    assert problems(GOOD + GOOD, "mailbox") == ["suite mailbox: seen 2 times instead of once"]


def test_nothing_ran():
    assert problems("kunit-run: end\n") == ["no suite ran"]


def test_crashed_suite():
    found = problems("\n".join(GOOD.splitlines()[:6]), "mailbox")
    assert found == ["mailbox: did not end, nothing after answers",
                     "the run was cut short: no 'kunit-run: end' on the console"]


def test_suite_that_ends_inside_another():
    text = "\n".join(GOOD.splitlines()[:6]) + "\n" + KERNEL_6_1
    assert "mailbox: did not end, nothing after answers" in problems(text)


def test_lost_result_line():
    assert problems(without(GOOD, "ok 1 answers"), "mailbox") == ["mailbox: 2 results, 3 planned"]


def test_lost_plan():
    assert problems(without(GOOD, "1..3"), "mailbox") == ["mailbox: announced no plan"]


def test_suite_in_which_everything_is_skipped():
    text = KERNEL_6_1.replace("known", "known # SKIP no")
    assert problems(text, "status") == ["status: no case ran"]


def test_run_that_was_cut_short():
    assert problems(without(GOOD, "kunit-run: end"), "mailbox") == [
        "the run was cut short: no 'kunit-run: end' on the console"]


@pytest.mark.parametrize("line", [
    "[    5.1] lower precision is not ours",
    "[    0.000000] Kernel command line: console=ttyS0 panic=-1",
    "[    0.500000] kmemleak: Kernel memory leak detector initialized (mem pool available: 39000)",
    "[    5.600000] kmemleak: Cannot allocate a scan area",
    "[    0.500000] DMA-API: preallocated 65536 debug entries",
    "[    0.500000] DMA-API: debugging enabled by kernel config",
    "[    0.500000] KFENCE: initialized - using 2097152 bytes for 255 objects",
    "[    0.400000] Speculative Return Stack Overflow: WARNING: See https://kernel.org/doc",
    "[    0.500000] debug: unmapping init [mem 0xffffffff82e00000-0xffffffff82ffffff]",
])
def test_harmless_text(line):
    assert problems(with_line(GOOD, line), "mailbox") == []


@pytest.mark.parametrize("line", [
    "[    5.000001] BUG: kernel NULL pointer dereference, address: 0000000000000008",
    "[    5.000001] BUG: sleeping function called from invalid context at mm/slab.h:420",
    "[    5.000001] BUG: KASAN: slab-out-of-bounds in send+0x1d0/0x2e0 [mailbox_test]",
    "[    5.000001] BUG kmalloc-64 (Tainted: G           O): Right Redzone overwritten",
    "[    5.000001] WARNING: CPU: 0 PID: 77 at drivers/base/core.c:2400 device_release+0x70",
    "[    5.000001] WARNING: possible circular locking dependency detected",
    "[    5.000001] WARNING: suspicious RCU usage",
    "[    5.000001] ------------[ cut here ]------------",
    "[    5.000001] UBSAN: array-index-out-of-bounds in status.c:10:3",
    "[    5.000001] Oops: 0000 [#1] PREEMPT SMP KASAN",
    "[    5.000001] general protection fault, probably for non-canonical address",
    "[    5.000001] Kernel panic - not syncing: Fatal exception",
    "[    5.000001] INFO: task kunit_try_catch:77 blocked for more than 120 seconds.",
    "[    5.000001] INFO: trying to register non-static key.",
    "[    5.000001] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
    "[    5.000001] refcount_t: underflow; use-after-free.",
    "[    5.000001] DMA-API: kunit x.self: device driver frees DMA memory with wrong function",
    "[    5.000001] ODEBUG: free active (active state 0) object type: timer_list",
    "[    5.000001] kmemleak: 1 new suspected memory leaks (see /sys/kernel/debug/kmemleak)",
    "unreferenced object 0xffff888003a1c400 (size 64):",
    "[    5.000001] mailbox_test: Unknown symbol sev_status_find (err -2)",
    "[    5.000001] mailbox_test: disagrees about version of symbol module_layout",
    "insmod: can't insert '/m/mailbox_test.ko': unknown symbol in module or invalid parameter",
    "kunit-run: failed to load mailbox_test.ko",
])
def test_kernel_complaints(line):
    text = with_line(GOOD, line)
    found = problems(text, "mailbox")
    assert len(found) == 1 and found[0].startswith("console: ")
    assert line.split("] ", 1)[-1] in found[0]


def test_program(tmp_path, capsys):
    log = tmp_path / "console"
    out = tmp_path / "result"
    log.write_text(GOOD)
    assert ktap.main(["--name", "6.1", "--expect", "mailbox", "--ktap", str(out), str(log)]) == 0
    assert capsys.readouterr().out == "6.1: 1 suites, cases: 2 passed, 0 failed, 1 skipped\n"
    assert out.read_text() == read(GOOD).ktap()
    assert ktap.main(["--expect", "status", str(log)]) == 1
    assert "suite status" in capsys.readouterr().out
