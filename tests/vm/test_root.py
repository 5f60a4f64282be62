# SPDX-License-Identifier: GPL-2.0-only
"""Tests of the programs around the build root: setup, kernels, chroot-exec."""

import re
import subprocess
import time

import pytest

from machine import place

NAMES = " ".join(place.matrix())


def run(program, *args, **options):
    """Runs a program of this directory."""
    return subprocess.run([place.VM_DIR / program, *args], capture_output=True, text=True,
                          timeout=300, check=False, **options)


def inside(*command, options=(), **more):
    """Runs a command in the build root."""
    return run("chroot-exec", *options, "--", *command, **more)


def test_setup_that_has_nothing_to_do_says_nothing():
    done = run("setup")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_setup_refuses_a_kernel_that_is_not_in_the_matrix():
    done = run("setup", "--kernel", "4.19")
    assert done.returncode == 1
    assert done.stderr == f"setup: no kernel 4.19 in the matrix ({NAMES})\n"


def test_kernels_knows_each_by_name_and_by_release(kernel):
    release = run("kernels", "release", kernel).stdout.strip()
    assert re.fullmatch(re.escape(kernel) + r"\.\d[\w.+-]*-amd64", release)
    by_release = run("kernels", "describe", release).stdout
    assert by_release == run("kernels", "describe", kernel).stdout
    assert f"release={release}\n" in by_release


def test_kernels_names_what_is_missing():
    assert run("kernels", "release", "4.19").stderr == \
        f"kernels: no kernel 4.19 in the matrix ({NAMES})\n"
    elsewhere = {"HOME": "/nonexistent", "PATH": "/usr/bin:/bin"}
    done = run("kernels", "release", "6.1", env=elsewhere)
    assert done.returncode == 1
    assert done.stderr == "kernels: kernel 6.1 isn't here yet: run tests/vm/setup --kernel 6.1\n"


def test_every_kernel_has_headers_that_build(kernel, tmp_path):
    (tmp_path / "Makefile").write_text("obj-m := nothing.o\n")
    (tmp_path / "nothing.c").write_text(
        '#include <linux/module.h>\nMODULE_LICENSE("GPL");\nMODULE_DESCRIPTION("nothing");\n')
    release = run("kernels", "release", kernel).stdout.strip()
    compiler = run("kernels", "cc", kernel).stdout.strip()
    done = inside("make", "-C", f"/lib/modules/{release}/build", "M=/m",
                  *([f"CC={compiler}"] if compiler else []), "modules",
                  options=("--bind", f"{tmp_path}:/m"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in done.stderr.lower().replace("skipping btf", "")
    assert b"vermagic=" + release.encode() in (tmp_path / "nothing.ko").read_bytes()


def test_root_passes_on_status_and_output():
    done = inside("sh", "-c", "echo out; echo err >&2; exit 23")
    assert (done.returncode, done.stdout, done.stderr) == (23, "out\n", "err\n")


def test_root_starts_where_the_caller_is_in_the_project():
    assert inside("pwd", cwd=place.PROJECT / "tests").stdout == "/src/amd-sev/tests\n"
    assert inside("pwd", cwd="/").stdout == "/src/amd-sev\n"
    assert inside("pwd", options=("--dir", "/usr")).stdout == "/usr\n"


def test_root_forgets_what_was_written_but_not_in_directories_of_the_caller(tmp_path):
    script = "test ! -e /usr/left-over && touch /usr/left-over /m/kept && ls /m"
    for _ in range(2):
        done = inside("sh", "-c", script, options=("--bind", f"{tmp_path}:/m"))
        assert (done.returncode, done.stdout) == (0, "kept\n")
    assert not (place.root() / "usr/left-over").exists()


def test_root_gives_variables_and_files(tmp_path):
    (tmp_path / "file").write_text("content\n")
    done = inside("sh", "-c", "cat /etc/its-place; echo $WORD; id -u",
                  options=("--bind", f"{tmp_path}/file:/etc/its-place", "--env", "WORD=a b"))
    assert done.stdout == "content\na b\n0\n"


def test_root_ends_what_a_command_left_running(tmp_path):
    inside("sh", "-c", "(while :; do date +%s%N >/m/beat; sleep 0.1; done) >/dev/null 2>&1 &"
           "sleep 1", options=("--bind", f"{tmp_path}:/m"))
    beat = (tmp_path / "beat").read_text()
    assert beat
    time.sleep(0.5)
    assert (tmp_path / "beat").read_text() == beat


def test_root_is_clean_of_mounts_afterwards():
    inside("true")
    assert "amd-sev" not in subprocess.run(["mount"], capture_output=True, text=True,
                                           check=True).stdout


@pytest.mark.parametrize("bad", (("--bind", "/nonexistent:/m"),))
def test_root_refuses_to_bind_what_is_not_there(bad):
    done = inside("true", options=bad)
    assert done.returncode == 1
    assert done.stderr == "chroot-exec: /nonexistent doesn't exist\n"
