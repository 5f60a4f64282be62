# SPDX-License-Identifier: GPL-2.0-only
"""The life of one machine of the plan, step by step. Each step knows what is right there."""

import re

from . import cert, holder, kvm
from .expect import ENOSPC, EOPNOTSUPP, HIDDEN_ASIDS
from .kvm import OK

BDF = "0000:00:10.0"
NV_DIR, NV_FILE, NV_SIZE = "/run/nv", "/run/nv/sev.bin", 32768
FIRMWARE_DIR = "/lib/firmware/amd"
POLICY = 0x30000
UNBIND = f"echo {BDF} >/sys/bus/pci/drivers/ccp/unbind"
BIND = f"echo {BDF} >/sys/bus/pci/drivers/ccp/bind"
SLEEP = "echo devices >/sys/power/pm_test; echo {} >/sys/power/state"
# Who speaks of SEV in the kernel log
SPEAKERS = re.compile(r"ccp|kvm_amd|SEV|AMD-Vi|RMP")

# Where the version of the SNP firmware is in a TCB version
_SNP_BYTE = {"milan": 6, "genoa": 6, "turin": 3, "zen6": 2}


class Life:
    """A machine and what is expected of it."""

    def __init__(self, vm, expected):
        self.vm = vm
        self.expected = expected
        self.log = ""
        # Lines at level error that are right here.
        self.allowed = expected.errors()
        if not vm.ours:
            # It gives zeroes for a file that isn't there yet.
            self.allowed.append("retrying INIT command because of SECURE_DATA_INVALID")
        # Firmware pages that the table of the machine itself has
        self.table_pages = 0
        # The machine has ended by itself, as it had to; all was well.
        self.perished = self.good = False

    # What the firmware thinks

    def state(self):
        """Whether the platform is initialised, and SNP, by what the firmware itself says."""
        firmware = self.vm.psp[0].firmware()
        return bool(firmware["state"]), bool(firmware["snp"])

    def expect_state(self, platform, snp, when):
        """Compares that."""
        assert self.state() == (platform, snp), f"(platform, SNP) {when}"

    def foreign(self):
        """Pages that are neither the kernel's nor fixed, by state."""
        pages = self.vm.psp[0].pages()
        return {state: count for state, count in pages.items()
                if state not in ("Hypervisor", "HV-Fixed")}

    def since(self):
        """The kernel log since the last time, with levels."""
        text = self.vm.check("dmesg -r -c")
        self.log += text + "\n"
        return text

    def no_errors(self):
        """No line at level error or worse is there that nobody expects."""
        self.since()
        found = []
        for line in self.log.splitlines():
            match = re.match(r"<(\d+)>\[[^]]*\] (.*)", line)
            if match and int(match[1]) % 8 <= 3 and SPEAKERS.search(match[2]) and \
                    not any(re.search(pattern, match[2]) for pattern in self.allowed):
                found.append(match[2])
        assert not found, "errors in the kernel log: " + "\n".join(found)

    # Steps

    def prepare(self, image):
        """Files of the machine: firmware, parameters, and a place for keys."""
        vm, expected = self.vm, self.expected
        family = expected.family
        shown = vm.check("grep -m1 '^cpu family' /proc/cpuinfo; grep -m1 '^model\t' /proc/cpuinfo")
        assert [int(line.split(":")[1]) for line in shown.splitlines()] == \
            [family.number, family.model]
        vm.put(f"{FIRMWARE_DIR}/amd_sev_fam{family.number:02x}h_model{family.model:02x}h.sbin",
               image)
        room = {"full": "-o size=16k"}.get(expected.row["init_ex"], "")
        hide = f" ciphertext_hiding_asids={HIDDEN_ASIDS}" if expected.hidden else ""
        vm.check(f"mkdir -p {NV_DIR} /etc/modprobe.d && mount -t tmpfs {room} none {NV_DIR}; "
                 f"echo 'options ccp {' '.join(self.parameters)}' >/etc/modprobe.d/ccp.conf; "
                 f"echo 'options kvm_amd sev=1{hide}' >/etc/modprobe.d/kvm.conf; "
                 "grep -q debugfs /proc/mounts || mount -t debugfs none /sys/kernel/debug; "
                 "echo 0 >/sys/module/suspend/parameters/pm_test_delay; dmesg -c >/dev/null")
        self.expect_state(False, False, "before anything is loaded")

    @property
    def parameters(self):
        """Those of ccp that this driver knows."""
        return [word for word in self.expected.parameters
                if self.vm.ours or not word.startswith("snp=")]

    def load(self):
        """ccp alone, with the firmware file."""
        self.vm.check("modprobe ccp")
        if self.vm.ours:
            assert self.vm.check("cat /sys/module/ccp/parameters/snp") == self.expected.row["snp"]
            self.expect_state(*self.expected.up_after_load(), "after ccp was loaded")
        assert self.vm.check("test -c /dev/sev && echo there") == "there"

    def kvm(self):
        """KVM on top, which has what the machine has."""
        vm, expected = self.vm, self.expected
        early = expected.up_after_load()[0]
        if expected.row["init_ex"] == "full" and expected.works:
            self.without_room()
            early = True
        vm.check("modprobe kvm_amd")
        platform = expected.works and (expected.kvm_rules or early)
        if vm.ours or expected.kvm_rules:
            self.expect_state(platform, expected.snp, "after kvm_amd was loaded")
        assert self.believed() == {"sev": expected.works, "sev_es": expected.kvm_es,
                                   "sev_snp": expected.kvm_snp}, "what KVM believes in"
        version = [int(vm.sev("status")[name]) for name in ("api_major", "api_minor", "build")]
        assert tuple(version) == expected.api, "the firmware of the file runs"

    def believed(self):
        """What KVM believes that there is."""
        shown = self.vm.check("cd /sys/module/kvm_amd/parameters; for p in sev sev_es sev_snp; do "
                              "echo $p $(cat $p 2>/dev/null); done")
        return {line.split()[0]: line.split()[-1] in ("1", "Y") for line in shown.splitlines()}

    def without_room(self):
        """The first keys can't be stored. A KVM that has the platform initialised goes without
        SEV; one that doesn't is told when it wants a guest. Then there is room, and nothing is
        lost."""
        vm, expected = self.vm, self.expected
        self.allowed.append(r"sev\.bin")
        vm.check("modprobe kvm_amd")
        if expected.kvm_rules:
            assert not any(self.believed().values()), "what KVM believes in without room for keys"
        else:
            assert kvm.run(vm, "kvm-guest launch 0").step("init")[0] == ENOSPC
        assert vm.run(f"test -e {NV_FILE}").status
        self.expect_state(True, expected.snp, "with keys that are in no file")
        assert vm.sev("pek-gen").outcome == (-1, "ENOSPC", 0)
        vm.check(f"mount -o remount,size=1m {NV_DIR}")
        key = self.key()
        assert vm.check(f"stat -c %s {NV_FILE}") == str(NV_SIZE)
        vm.check("rmmod kvm_amd")
        assert self.key() == key, "the platform's key, stored when there was room"

    def kinds(self):
        """Clients that launch a guest of each kind that there can be."""
        expected = self.expected
        if not expected.works:
            return []
        if not expected.launches:
            return ["kvm-guest launch 0"]
        return ["kvm-guest launch 0", *(["kvm-guest launch-es 0"] if expected.kvm_es else []),
                *([f"kvm-snp launch {POLICY}"] if expected.kvm_snp else [])]

    def guests(self):
        """A guest of each kind is launched through to its end."""
        for command in self.kinds():
            steps = kvm.run(self.vm, command)
            if not self.expected.launches:
                steps.fine("init", "start")
                assert steps.step("update")[0] == EOPNOTSUPP
            elif command.startswith("kvm-guest launch-es") and self.expected.es_start != OK:
                assert steps.step("start") == self.expected.es_start
            elif command.startswith("kvm-snp"):
                steps.fine("init", "start", "private", "normal", "large", "zero", "unmeasured",
                           "secrets", "cpuid", "finish")
            else:
                steps.fine("init", "start", "update", "measure", "finish")

    def holders(self):
        """Clients that hold a guest of each kind: a number and its command."""
        expected = self.expected
        commands = ["kvm-guest hold 0"] if expected.works else []
        if expected.launches and expected.kvm_es and expected.es_start == OK:
            commands.append("kvm-guest hold-es 0")
        if expected.kvm_snp:
            commands += [f"kvm-snp hold {POLICY}", f"kvm-snp hold-launch {POLICY}"]
        return list(enumerate(commands))

    def hold(self, which):
        """Starts holders."""
        for number, command in which:
            steps = kvm.steps_of(self.vm.check(holder.starting(command, number)))
            assert steps.get("holding") == "1", (command, steps)
            steps.fine(*[name for name in steps if "," in steps[name] and name != "twice"])

    def kill(self, which):
        """Kills them."""
        for number, _ in which:
            self.vm.check(holder.killing(number))

    def held(self):
        """Guests of all kinds at once: modules stay, and all pages come back."""
        vm, which = self.vm, self.holders()
        if not which:
            return
        before = self.foreign()
        self.hold(which)
        firmware = vm.psp[0].firmware()
        legacy = sum(command.startswith("kvm-guest") for _, command in which)
        assert (firmware["guests"], firmware["snp-guests"]) == (legacy, len(which) - legacy)
        assert vm.run("rmmod kvm_amd 2>&1").status and vm.run("rmmod ccp 2>&1").status
        self.sleep_with_guests()
        self.kill(which)
        firmware = vm.psp[0].firmware()
        assert (firmware["guests"], firmware["snp-guests"]) == (0, 0)
        assert self.foreign() == before
        if self.expected.kvm_snp:
            # Of the two kinds that are enough each by itself, the one that findings forget.
            snp = [pair for pair in which if pair[1].startswith("kvm-snp hold ")]
            self.hold(snp)
            self.sleep_with_guests()
            self.kill(snp)
            assert self.foreign() == before

    def sleep_with_guests(self):
        """Refused with a sentence, and the guests live on. The in-tree driver lets it sleep."""
        vm = self.vm
        before = vm.psp[0].firmware()
        for way in ("mem", "freeze"):
            self.since()
            status = vm.run(SLEEP.format(way)).status
            if vm.ours:
                log = self.since()
                assert status, f"{way} with guests"
                assert "would not survive sleep" in log, log
        self.allowed.append(r"would not survive sleep|PM: ")
        after = vm.psp[0].firmware()
        assert after == before, "the firmware after sleep was tried with guests"

    def configure(self):
        """SNP_CONFIG: lower, as it was; and a commit."""
        vm, expected = self.vm, self.expected
        if not expected.snp:
            return
        status = vm.sev("snp-status")
        tcb = status.number("current_tcb")
        assert status.number("reported_tcb") == tcb
        lower = tcb - (1 << 8 * _SNP_BYTE[expected.row["family"]])
        assert vm.sev("snp-config", "--tcb", lower).outcome == (0, "0", 0)
        assert vm.sev("snp-status").number("reported_tcb") == lower
        assert vm.sev("snp-config", "--tcb", 0).outcome == (0, "0", 0)
        assert vm.sev("snp-status").number("reported_tcb") == tcb
        assert vm.sev("snp-commit").outcome == (0, "0", 0)

    def key(self):
        """The platform's public key."""
        answer = self.vm.sev("--out", "/tmp/csr", "pek-csr")
        assert answer.outcome == (0, "0", 0)
        return cert.public_key(self.vm.get("/tmp/csr"))

    def keys(self):
        """New keys are in the file before anybody can rely on them. Returns the key that has to
        outlive the driver."""
        vm, way = self.vm, self.expected.row["init_ex"]
        if not self.expected.works:
            assert vm.sev("pek-gen").outcome[:2] == (-1, "EIO")
            return None
        assert vm.sev("pek-gen").outcome == (0, "0", 0)
        if way != "no":
            assert vm.check(f"stat -c %s {NV_FILE}") == str(NV_SIZE)
        return self.key()

    def sleep(self):
        """Without guests the machine sleeps, or says why not; what KVM believes in is there."""
        vm = self.vm
        for way in ("mem", "freeze"):
            self.since()
            status = vm.run(SLEEP.format(way)).status
            log = self.since()
            if vm.ours and not self.expected.sleeps(way):
                assert status and "can't turn SNP on again after such a sleep" in log, log
                self.allowed.append("after such a sleep")
            else:
                assert not status, f"{way}: {log}"
            assert self.state()[1] == self.expected.snp, f"SNP after {way}"
            self.guests()

    def processors(self):
        """A CPU goes and comes back; guests can be launched meanwhile and afterwards."""
        self.vm.check("echo 0 >/sys/devices/system/cpu/cpu1/online")
        self.guests()
        self.vm.check("echo 1 >/sys/devices/system/cpu/cpu1/online")
        self.guests()

    def orders(self, key):
        """Modules go in each order that there is, and come back with what they had."""
        vm, expected = self.vm, self.expected
        assert vm.run("rmmod ccp 2>&1").status
        vm.check("rmmod kvm_amd")
        if expected.kvm_rules:
            self.expect_state(False, False, "after kvm_amd was unloaded")
        vm.check("modprobe kvm_amd")
        assert self.state()[1] == expected.snp
        self.guests()
        vm.check("rmmod kvm_amd && rmmod ccp")
        self.gone()
        # KVM alone finds the driver; modprobe -r takes it along.
        vm.check("modprobe kvm_amd")
        assert self.state()[1] == expected.snp
        if key:
            assert self.key() == key, "the platform's key, with the driver loaded again"
        vm.check("modprobe -r kvm_amd; [ ! -d /sys/module/ccp ] || rmmod ccp")
        self.gone()
        vm.check("modprobe kvm_amd")
        self.guests()

    def unbind(self):
        """The PSP goes from under KVM, which survives that, and comes back. The in-tree driver
        only without KVM, and anew: bound once more it goes on with what it had of the first time."""
        vm = self.vm
        vm.check("\n".join(self.unbinding()))
        self.expect_state(False, False, "after the driver was unbound")
        vm.check(f"{BIND if vm.ours else 'rmmod ccp'}\nmodprobe kvm_amd")
        assert self.state()[1] == self.expected.snp
        self.guests()

    # Endings

    def end_by_rmmod(self):
        """All modules go, and come once more."""
        self.vm.check("rmmod kvm_amd && rmmod ccp")
        self.gone()
        self.load()
        self.vm.check("modprobe kvm_amd")
        self.guests()
        self.vm.check("rmmod kvm_amd && rmmod ccp")

    def end_by_unbind(self):
        """The driver has no PSP any more when it goes."""
        self.vm.check("\n".join((*self.unbinding(), "rmmod ccp")))

    def end_by_kexec(self):
        """Another kernel finds the firmware as after power-on, and has all of it again."""
        vm = self.vm
        self.no_errors()
        files = ("/etc/modprobe.d/ccp.conf", "/etc/modprobe.d/kvm.conf")
        kept = {path: vm.get(path) for path in files}
        vm.check("start-kernel second", timeout=200)
        assert "second" in vm.check("cat /proc/cmdline").split()
        vm.complaints()
        self.log = ""
        # The stock driver leaves the legacy platform to the next kernel.
        if vm.ours:
            self.expect_state(False, False, "when the second kernel starts")
        for path, data in kept.items():
            vm.put(path, data)
        vm.check(f"mkdir -p {NV_DIR}; grep -q debugfs /proc/mounts || "
                 "mount -t debugfs none /sys/kernel/debug; dmesg -c >/dev/null")
        vm.check("modprobe ccp && modprobe kvm_amd")
        assert self.state()[1] == self.expected.snp
        self.guests()
        vm.check("rmmod kvm_amd && rmmod ccp")

    def end_by_panic(self):
        """SNP ends before the machine starts again, be it only by a warm reset."""
        vm = self.vm
        self.no_errors()
        assert not vm.complaints()
        vm.perishes("echo c >/proc/sysrq-trigger")
        self.perished = True
        vm.complaints()
        if self.expected.snp:
            assert vm.psp[0].commands()[-1] == "SNP_SHUTDOWN_EX" or \
                self.expected.api < (1, 53), vm.psp[0].commands()[-3:]

    def unbinding(self):
        """Script lines that unbind the driver, under KVM where that may be; then KVM finds nobody
        when it goes."""
        if not self.vm.ours:
            return ("rmmod kvm_amd", UNBIND)
        self.allowed.append("DF_FLUSH failed, ret=-19")
        return (UNBIND, "rmmod kvm_amd")

    def gone(self):
        """Nothing is left of the driver: the firmware is as after power-on, no page is lost."""
        self.expect_state(False, False, "after the driver was unloaded")
        firmware = self.vm.psp[0].firmware()
        assert (firmware["guests"], firmware["snp-guests"]) == (0, 0)
        left = self.foreign()
        if self.expected.ends_on_cpus:
            assert not self.vm.psp[0].pages(), "SNP is on on the CPUs"
        elif self.expected.snp:
            # From the first initialisation on the table itself is the firmware's.
            table = left.pop("Firmware", 0)
            self.table_pages = self.table_pages or table
            assert 0 < table == self.table_pages <= self.vm.rmp_size // 4096
        assert not left
        text = self.since()
        for words in ("Leaking", "still has pages", "left to the firmware", "can't be reclaimed",
                      "left initialised", *self.expected.not_lost):
            assert words not in text, text
