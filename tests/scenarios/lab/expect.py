# SPDX-License-Identifier: GPL-2.0-only
"""What is right on a machine of the plan, derived from its dimensions."""

from machine import snp

from .kvm import EIO, OK
from .plan import version

ENOSPC = 28
# Errno of what only a kernel with SNP can do
EOPNOTSUPP = 95

# LAUNCH_START with a guest that the firmware doesn't have
UNSUPPORTED = (EIO, 0x15)
HIDDEN_ASIDS = 20

# Security version of the firmware from which on there is no SEV-ES beside SNP (AMD-SB-3023)
_SVN_WITHOUT_ES = {0x19: 0x1b, 0x1a: 0x4}
_SVN = {0x17: 0, 0x19: 0x16, 0x1a: 0x3}
_X86_SHUTDOWN = 0x2


class Expected:
    """What a machine has, what is up on it when, and how it is made."""

    def __init__(self, row):
        self.row = row
        self.kernel = version(row["kernel"])
        self.api = version(row["api"])
        self.family = snp.FAMILIES[row["family"]]
        # From 6.12 on kernels know SNP hosts, and their KVM has the platform initialised.
        self.kvm_rules = self.kernel >= (6, 12)

    @property
    def role(self):
        """Role of the machine."""
        return "snp-host" if self.family.snp else "sev-host"

    @property
    def svn(self):
        """Security version of the firmware."""
        table = _SVN_WITHOUT_ES if self.row["features"] == "svn" else _SVN
        return table[self.family.number]

    @property
    def psp(self):
        """The PSP, with its options. In its flash is the firmware before the one of the machine,
        which comes as a file."""
        text = f"{self.family.psp},api={self.api[0]}.{self.api[1]}.{self.api[2] - 1}"
        lacks = {"none": 0xffffffff, "no-x86": _X86_SHUTDOWN}.get(self.row["features"])
        if lacks:
            text += f",lacks={lacks:x}"
        return text

    @property
    def image(self):
        """Options of make-firmware for that file."""
        return ["--family", f"{self.family.number:x}h", "--version", self.row["api"],
                "--svn", str(self.svn)]

    @property
    def parameters(self):
        """Parameters of ccp."""
        words = [] if self.row["snp"] == "auto" else [f"snp={self.row['snp']}"]
        return words + ([] if self.row["init_ex"] == "no" else ["init_ex_path=/run/nv/sev.bin"])

    @property
    def snp(self):
        """Whether SNP comes up."""
        if not self.family.snp or self.api < (1, 51) or self.row["snp"] == "off":
            return False
        if not self.kvm_rules:
            return self.row["snp"] == "bringup"
        # Before RMPREAD kernels knew tables that they can read.
        return self.kernel >= (7,) or not self.family.segmented

    @property
    def works(self):
        """Whether there is SEV at all: not where the kernel has turned SNP on on the CPUs when it
        booted, and firmware that knows SNP finds none that is up."""
        return self.snp or not (self.family.snp and not self.family.segmented and
                                self.api >= (1, 51) and (6, 12) <= self.kernel < (7,))

    @property
    def launches(self):
        """Whether KVM can launch guests: not where this driver has brought SNP up, because nobody
        can give their memory to the firmware there."""
        return self.works and (self.kvm_rules or not self.snp)

    @property
    def kvm_snp(self):
        """Whether KVM has SNP guests."""
        return self.snp and self.kvm_rules

    @property
    def hidden(self):
        """Whether ciphertext is hidden from the host."""
        return self.kvm_snp and self.row["features"] == "hiding"

    @property
    def ends_on_cpus(self):
        """Whether SNP is off on the CPUs, too, after a shutdown."""
        return (self.snp and self.api >= (1, 58) and self.row["features"] not in ("none", "no-x86")
                and (self.kernel >= (7,) or not self.kvm_rules))

    @property
    def kvm_es(self):
        """Whether KVM believes in SEV-ES: 5.10 doesn't know it."""
        return self.works and self.kernel > (5, 10)

    @property
    def es_start(self):
        """How the launch of a SEV-ES guest starts. KVM of 7.x asks the driver whether there are such
        guests, but for no guest that is made the old way."""
        return UNSUPPORTED if self.row["features"] == "svn" and self.snp else OK

    @property
    def not_lost(self):
        """What nobody may say of the memory of the IOMMUs. Firmware before 1.53 gives it back by
        itself, and the kernel wants to do so once more."""
        return ("not assigned in RMP",) if self.api >= (1, 53) else ()

    def errors(self):
        """What the driver has to complain of, as patterns."""
        found = ["firmware: failed to load"]
        if not self.works:
            found += ["SEV: failed to INIT error 0x1", "says INVALID_PLATFORM_STATE",
                      "SEV: INIT failed 0x1, rc -5", "SEV-SNP: failed to INIT rc -95, error 0x0"]
        if not self.launches:
            found.append("can't be given to the firmware")
        if self.kernel == (5, 10) and self.row["init_ex"] != "no":
            # Its KVM flushes when it goes, whether the platform was ever needed or not.
            found += ["DF_FLUSH: .* says INVALID_PLATFORM_STATE",
                      "DF_FLUSH is not possible while the platform is UNINIT",
                      "DF_FLUSH failed, ret=-5, error=0x1"]
        if not self.not_lost:
            found += ["the kernel could not take back the memory of the IOMMUs",
                      "SNP IOMMU shutdown failed"]
        if self.es_start != OK:
            found.append(r"LAUNCH_START: .* says UNSUPPORTED .*\(AMD-SB-3023\)")
        if self.family.snp and self.api < (1, 51):
            # KVM asks all the same.
            found += ["SEV-SNP support requires firmware version", "SEV-SNP: off: firmware",
                      "SNP_PLATFORM_STATUS failed ret=-5, fw_error=17",
                      "SNP_PLATFORM_STATUS: .* says INVALID_COMMAND"]
        return found

    def sleeps(self, way):
        """Whether the machine sleeps without guests: not in a way in which the CPUs lose SNP where
        the kernel turns it on only at boot."""
        return not (self.snp and way == "mem" and self.kvm_rules and self.kernel < (7,))

    def up_after_load(self):
        """Whether the platform is initialised, and SNP, with ccp alone."""
        return (not self.kvm_rules and self.row["init_ex"] == "no", self.snp and not self.kvm_rules)
