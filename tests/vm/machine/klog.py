# SPDX-License-Identifier: GPL-2.0-only
"""Judges a kernel log: what the kernel or a sanitizer complains about fails a run."""

import re
from dataclasses import dataclass

# The time stamp and, with CONFIG_PRINTK_CALLER, who printed.
_PREFIX = re.compile(r"^(?:<\d+>)?\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ?")

# Each is searched in the text behind the time stamp.
_BAD = [re.compile(pattern) for pattern in (
    r"^(?:watchdog: )?BUG: ",
    r"^WARNING: ",
    r"^kernel BUG at ",
    r"^Oops\b",
    r"^Kernel panic - not syncing",
    r"^(?:traps: )?general protection fault",
    r"^(?:invalid opcode|divide error|double fault|stack segment|int3): ",
    r"^Unable to handle kernel",
    r"^unchecked MSR access error",
    r"^UBSAN: ",
    r"^KASAN: |KASAN: ",
    r"^KCSAN: |BUG: KCSAN",
    r"^kmemleak: \d+ new suspected",
    r"^DMA-API: (?!preallocated|debugging enabled)",
    r"^ODEBUG: ",
    r"^INFO: (?:task .* blocked for more than|trying to register non-static key)",
    r"^INFO: rcu.* detected (?:stalls|expedited stalls)",
    r"^rcu: INFO: ",
    r"^(?:list_add|list_del) corruption",
    r"^refcount_t: ",
    r"^slab .*(?:corrupt|Objects remaining)|^BUG .*(?:Objects remaining|Redzone|Poison)",
    r"^kobject: .* (?:tried to init an initialized|is not initialized)",
    r"^sysfs: cannot create duplicate filename",
    r"^genirq: Flags mismatch|^irq \d+: nobody cared",
    r"^BTF: .*mismatch|^failed to validate module \[.*\] BTF",
    r"^.*page allocation failure: order",
    r"^.*sleeping function called from invalid context",
    r"^.*(?:possible (?:circular|recursive|irq lock) |suspicious RCU usage)",
    r"^.*: disagrees about version of symbol",
    r"^.*: Unknown symbol .*\(err",
)]


@dataclass(frozen=True)
class Report:
    """One complaint: its line and those around it."""

    line: str
    excerpt: tuple


def text_of(line):
    """The line without its time stamp."""
    return _PREFIX.sub("", line.rstrip())


def is_bad(line):
    """Whether the kernel complains in this line."""
    text = text_of(line)
    return any(pattern.search(text) for pattern in _BAD)


def reports(log, before=2, after=30):
    """All complaints in LOG, a text; those inside the excerpt of another are left out."""
    lines = log.splitlines()
    found, end = [], -1
    for number, line in enumerate(lines):
        if number <= end or not is_bad(line):
            continue
        end = min(number + after, len(lines) - 1)
        for behind in range(number + 1, end + 1):
            if "---[ end " in lines[behind]:
                end = behind
                break
        found.append(Report(line, tuple(lines[max(0, number - before):end + 1])))
    return found


def since_command(log):
    """The part of LOG from when the command started; all of it if it didn't start."""
    head, mark, tail = log.partition("vm: the command starts")
    if not mark:
        return log
    return head.rpartition("\n")[2] + mark + tail
