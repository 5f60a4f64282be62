# SPDX-License-Identifier: GPL-2.0-only
"""Kernels that are not in the matrix: headers of Debian are given the shape of theirs, and the
probes have to see it and the modules to build.

What differs are facts about prototypes and structs, in shapes/NAME, which is laid over the
headers. The log of each run is build/matrix/shape-NAME.log.
"""

import re
from dataclasses import dataclass

import pytest

from test_build import KERNELS, TOP, build_in_changed_root, run

SHAPES = "/src/amd-sev/tests/matrix/shapes"
GUEST = "snp_issue_guest_request"


def drop(*symbols):
    """The kernel doesn't export these."""
    return f"sed -i -E '/\t({'|'.join(symbols)})\t/d' $H/Module.symvers\n"


def export(*symbols):
    """The kernel exports these, too."""
    return "".join(f"printf '0x00000000\\t{symbol}\\tvmlinux\\tEXPORT_SYMBOL_GPL\\t\\n' "
                   ">>$H/Module.symvers\n" for symbol in symbols)


def config(**options):
    """The kernel is built with these options; None: without."""
    lines = ""
    for option, value in options.items():
        lines += (f"sed -i '/^CONFIG_{option}=/d' $H/include/config/auto.conf\n"
                  f"sed -i '/ CONFIG_{option}\\(_MODULE\\)\\? /d' $H/include/generated/autoconf.h\n")
        if value:
            lines += (f"echo CONFIG_{option}={value} >>$H/include/config/auto.conf\n"
                      f"echo '#define CONFIG_{option}{'_MODULE' if value == 'm' else ''} 1' "
                      ">>$H/include/generated/autoconf.h\n")
    return lines


@dataclass
class Shape:
    """What a kernel looks like, and what becomes of it."""

    base: str
    # Directories in shapes/ that are laid over the headers.
    over: tuple = ()
    # Shell commands that change the headers.
    change: str = ""
    yes: tuple = ()
    no: tuple = ()
    modules: tuple = ("ccp", "sev-guest")
    # Symbols that a module takes from the kernel, by module.
    imports: dict | None = None
    says: tuple = ()
    # Words that ccp.ko has in it.
    words: tuple = ()
    make: str = ""


ALL = {
    # openEuler's 5.10
    "5.10-arguments": Shape(
        "5.10", ("rename-by-arguments",), f"{SHAPES}/without-cleanup $C/include\n",
        yes=("vfs_rename_args",),
        no=("linux_cleanup_h", "cleanup_kfree", "cleanup_mutex", "cleanup_rwsem"),
        modules=("ccp",)),
    # 6.1.55 and 6.2: no clean-up, messages with a word
    "6.2": Shape(
        "6.1", ("guest-word",), f"{SHAPES}/without-cleanup $C/include\n",
        yes=(f"{GUEST}_ulong",), no=(GUEST, "linux_cleanup_h"),
        modules=("ccp", "sev-guest", "tsm_report"), imports={"sev-guest": (GUEST,)}),
    # A series with a part of it taken back: memory frees itself, and there are no locks
    "6.1-half": Shape(
        "6.1", (), f"{SHAPES}/without-cleanup $C/include free\n",
        yes=("linux_cleanup_h", "cleanup_kfree"), no=("cleanup_mutex", "cleanup_rwsem"),
        modules=("ccp", "sev-guest", "tsm_report")),
    # AMD's 6.1.55 with SNP patches from before the merge
    "6.1-amd": Shape(
        "6.1", (), f"{SHAPES}/without-cleanup $C/include\n" +
        export("psmash", "rmp_make_private", "snp_lookup_rmpentry"),
        no=("cleanup_kfree", "rmp_make_private", "snp_lookup_rmpentry"),
        modules=("ccp", "sev-guest", "tsm_report"),
        says=("has a part of what makes it an SNP host",),
        words=("SNP host support of a kind that this driver doesn't know",)),
    # 6.9 to 6.10, RHEL 9.5: reports with a type, and KVM asks for the platform late
    "6.9": Shape(
        "6.12", ("tsm-with-type",), drop("sev_platform_shutdown") + export("tsm_report_extra_type"),
        yes=("tsm_register_type", "rmp_make_private"),
        no=("tsm_register_ops", "sev_platform_shutdown"),
        imports={"sev-guest": ("tsm_register", "tsm_report_extra_type"),
                 "ccp": ("rmp_make_private",)}),
    # CONFIG_TSM_REPORTS=n: the header is there all the same
    "6.11-without-reports": Shape(
        "6.12", (), drop("tsm_register", "tsm_unregister"), no=("tsm_register_ops",),
        modules=("ccp", "sev-guest", "tsm_report"),
        imports={"sev-guest": ("tsm_report_register",)}),
    "6.13": Shape(
        "6.12", ("messages-by-driver",), yes=(f"{GUEST}_req",), no=(GUEST,),
        imports={"sev-guest": (GUEST,)}),
    "6.14": Shape(
        "7.2", ("messages-by-kernel",), yes=("snp_send_guest_request_rio",),
        no=("snp_send_guest_request", "snp_guest_req_certs_data"),
        imports={"sev-guest": ("snp_send_guest_request",)}),
    # From 6.19 on there is a function of the old name, for something else
    "7.2-without-reports": Shape(
        "7.2", (), drop("tsm_report_register", "tsm_report_unregister"),
        no=("tsm_report_register", "tsm_register_ops", "tsm_register_type"),
        modules=("ccp", "sev-guest", "tsm_report"),
        imports={"sev-guest": ("tsm_report_register",)}),
    # 7.1, and what has been posted since
    "7.1-posted": Shape(
        "7.2", ("posted",), export("snp_setup_rmpopt"),
        yes=("snp_prepare_void", "snp_setup_rmpopt", "sev_platform_init_rapl"), no=("snp_prepare",),
        imports={"ccp": ("snp_prepare", "snp_shutdown", "snp_setup_rmpopt")}),
    # Debian's cloud kernels are like that, but for the processor
    "without-encryption": Shape(
        "6.12", (), config(AMD_MEM_ENCRYPT=None, KVM_AMD_SEV=None, SEV_GUEST=None) +
        drop("snp_.*", "rmp_.*", "psmash", "amd_iommu_snp_disable"),
        no=("rmp_make_private", GUEST), modules=("ccp",)),
    "ccp-built-in": Shape(
        "6.12", (), config(CRYPTO_DEV_CCP_DD="y") +
        "sed -i 's,\tdrivers/crypto/ccp/ccp\t,\tvmlinux\t,' $H/Module.symvers\n",
        modules=("sev-guest",),
        says=("has its ccp driver built in (CONFIG_CRYPTO_DEV_CCP_DD=y), so no module can replace "
              "it.",)),
    "guest-built-in": Shape(
        "6.12", (), config(SEV_GUEST="y"), modules=("ccp",),
        says=("has its sev-guest driver built in (CONFIG_SEV_GUEST=y), so no module can replace "
              "it.",)),
    # CONFIG_WERROR and the warnings that kernels from 6.8 on have for themselves
    "strict": Shape(
        "7.3", make='KCFLAGS="-Wmissing-declarations -Wmissing-prototypes -Werror"'),
}


def over(directories):
    """Lays DIRECTORIES over the headers."""
    return "".join(f"sed -i 's,^LINUXINCLUDE *:=,& -I{SHAPES}/{name},' $C/Makefile\n"
                   for name in directories)


@pytest.mark.parametrize("name", ALL)
def test_kernel_of_another_shape(name):
    shape = ALL[name]
    status, output, _ = build_in_changed_root(
        f"shape-{name}", shape.base, over(shape.over) + shape.change,
        f"W=1 modules {shape.make}", after="""
        cd /tmp/package
        echo '--- table'
        cat include/compat/generated/table
        echo '--- end'
        for module in $(find drivers -name '*.ko'); do
            name=${module##*/}
            echo "built ${name%.ko}"
            nm -u $module | sed "s,^ *U ,import ${name%.ko} ,"
        done
        strings drivers/crypto/ccp/ccp.ko 2>/dev/null | sed -n 's,^this kernel,word &,p'
        """)
    assert status == 0, output
    assert not re.search(r"warning:|^WARNING|error:", output.partition("--- table")[0],
                         re.MULTILINE), output

    answers = dict(reversed(line.split()[:2]) for line in output.splitlines()
                   if re.match(r"(yes|no) ", line))
    for probe in (*shape.yes, *shape.no):
        assert answers[probe] == ("yes" if probe in shape.yes else "no"), probe
    assert sorted(re.findall(r"^built (.*)$", output, re.MULTILINE)) == sorted(shape.modules)
    for module, symbols in (shape.imports or {}).items():
        for symbol in symbols:
            assert re.search(rf"^import {module} {symbol}$", output, re.MULTILINE), symbol
    for sentence in shape.says:
        assert re.search(rf"^amd-sev: kernel .* {re.escape(sentence)}", output, re.MULTILINE), sentence
    for word in shape.words:
        assert re.search(rf"^word .*{re.escape(word)}", output, re.MULTILINE), word


def test_every_shape_is_used():
    """What nobody lays over anything finds nothing out."""
    there = {path.name for path in (TOP / "tests/matrix/shapes").iterdir() if path.is_dir()}
    assert there == {name for shape in ALL.values() for name in shape.over}


def test_kernel_without_a_list_of_exports_is_refused():
    """It would be taken for one that exports nothing."""
    status, output, release = build_in_changed_root(
        "no-symvers", "6.12", "rm $H/Module.symvers", "modules")
    assert status != 0
    assert f"amd-sev: kernel {release} has no list of what it exports (" in output


def test_probes_are_answered_differently_by_old_and_new_kernels():
    """A probe that gives the same answer everywhere finds nothing out."""
    answers = {}
    for kernel in KERNELS:
        status, output = run(f"probes-{kernel}", "tests/matrix/build", kernel, "probes")
        assert status == 0, output
        table = dict(reversed(line.split()[:2]) for line in output.splitlines()
                     if re.match(r"(yes|no) ", line))
        assert table
        for probe, answer in table.items():
            answers.setdefault(probe, set()).add(answer)
    shaped = {probe for shape in ALL.values() for probe in (*shape.yes, *shape.no)}
    assert {probe for probe, seen in answers.items() if len(seen) == 1} <= shaped
