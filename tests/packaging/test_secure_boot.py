# SPDX-License-Identifier: GPL-2.0-only
"""A machine with Secure Boot: Debian's signed shim, boot loader and kernel on QEMU's UEFI.

The key that dkms has signed with on install is enrolled there as a machine owner's key.
"""

import re

import pytest

from debians import TOP, findings, into_log


@pytest.fixture(scope="module", name="boot")
def _boot(trixie, packages, life):
    directory, _ = packages
    assert life[0]["install"] == "0", life[1]
    status, output = trixie.run("secure-boot-disk", "tests/packaging/secure-boot-disk",
                                f"{directory}/secure-boot")
    assert status == 0, output
    status, output = into_log("secure-boot", "tests/vm/chroot-exec", "--",
                              "tests/packaging/secure-boot-machine", f"{directory}/secure-boot")
    assert "[integrity]" in findings(output).get("lockdown", ""), output
    return output


def said(boot, name):
    """What the kernel has said about the module."""
    return re.findall(rf"^--- {name} log: (.*?)\r?$", boot, re.MULTILINE)


def test_module_signed_by_the_enrolled_key_is_loaded(boot):
    found = findings(boot)
    assert found["enrolled"].strip() == "0", boot
    assert not [line for line in said(boot, "enrolled") if "reject" in line]
    assert "ccp" in found["loaded"].split()


@pytest.mark.parametrize("name", ["unsigned", "other"])
def test_other_modules_are_refused_in_the_words_of_the_guide(boot, name):
    assert "Key was rejected by service" in findings(boot)[name], boot
    guide = (TOP / "Documentation/admin-guide.rst").read_text(encoding="utf-8")
    readme = (TOP / "packaging/debian/README.Debian").read_text(encoding="utf-8")
    sentence = {"unsigned": "Loading of unsigned module is rejected",
                "other": "Loading of module with unavailable key is rejected"}[name]
    assert sentence in said(boot, name), boot
    assert f"\n    {sentence}\n" in guide
    assert name == "unsigned" or sentence in readme
