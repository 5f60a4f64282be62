# SPDX-License-Identifier: GPL-2.0-only
"""The package on a whole Debian that runs: built there, loaded there, removed there.

The compiler runs on an emulated CPU, so this takes minutes, and --everywhere. The log is
build/dkms/on-debian.log.
"""

import re
import subprocess

import pytest

from test_dkms import OUT, TOP, output_of

# On two CPUs of which something else has one.
PATIENCE = 3000


def test_running_debian_builds_loads_and_removes_it(pytestconfig):
    if not pytestconfig.getoption("everywhere"):
        pytest.skip("takes a quarter of an hour: only with --everywhere")
    package = OUT / "on-debian"
    subprocess.run([TOP / "scripts/shipped-files", package], check=True)
    done = subprocess.run(
        ["tests/vm/run", "--image", "bookworm", "--role", "sev-host", "--psp", "1486",
         "--mem", "2G", "--timeout", str(PATIENCE), "--file", f"{package}:/usr/src/amd-sev-0.1.0",
         "--file", "tests/dkms/on-debian:/root/on-debian", "--", "sh", "/root/on-debian"],
        cwd=TOP, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace")
    (OUT / "on-debian.log").write_text(done.stdout, encoding="utf-8")
    assert done.returncode == 0, done.stdout
    found = dict(re.findall(r"^--- (.*?): (.*)$", done.stdout, re.MULTILINE))
    release = output_of("tests/vm/kernels", "release", "6.1")

    assert (found["add"], found["build"], found["install"], found["remove"]) == ("0",) * 4
    assert f"{release}, x86_64: installed" in found["status"]
    assert f"/lib/modules/{release}/updates/dkms/ccp.ko" in found["module installed"]
    assert found["srcversion installed"] != found["srcversion before"]
    assert found["loaded before"] == found["loaded after"] == found["srcversion before"]
    assert found["loaded installed"] == found["srcversion installed"]
    assert f"/lib/modules/{release}/kernel/drivers/crypto/ccp/ccp.ko" in found["module after"]
    for when in ("before", "installed", "after"):
        assert found[f"firmware {when}"] == "SEV API:1.55 build:21"
        assert found[f"kvm {when}"] == "SEV enabled (ASIDs 100 - 509)"
