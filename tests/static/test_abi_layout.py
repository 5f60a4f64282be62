# SPDX-License-Identifier: GPL-2.0-only
"""abi-layout must notice every kind of mistake: each case here makes one."""
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent


@pytest.fixture(name="headers", scope="session")
def kernel_headers():
    """Of the newest kernel of the matrix, or ABI_HEADERS."""
    return os.environ.get("ABI_HEADERS") or subprocess.run(
        [HERE / "abi-layout", "--print-headers"], capture_output=True, text=True,
        check=True).stdout.strip()


def abi_layout(project, headers):
    return subprocess.run([HERE / "abi-layout", "--project", project, "--headers", headers],
                          capture_output=True, text=True, check=False)


@pytest.fixture(name="project")
def copy_of_project(tmp_path):
    shutil.copytree(HERE.parent.parent / "include", tmp_path / "include",
                    ignore=shutil.ignore_patterns("compat"))
    return tmp_path


def edit(project, file, old, new):
    path = project / "include" / file
    text = path.read_text()
    assert old in text, f"{file} no longer has: {old}"
    path.write_text(text.replace(old, new, 1))


def drop_asserts(project, file, struct):
    """Without the checks that the compiler makes: only abi-layout is left."""
    path = project / "include" / file
    path.write_text(re.sub(rf"^SEV_ASSERT_\w+\(struct {struct},[^;]*;\n", "", path.read_text(),
                           flags=re.M))


def test_the_headers_as_they_are_agree(project, headers):
    result = abi_layout(project, headers)
    assert result.returncode == 0, result.stderr
    assert re.search(r"\b[45-9]\d\d members and constants .* 0 differ", result.stdout)


MISTAKES = {
    "two members swapped": (
        "sev/legacy.h", "sev_cmd_activate",
        "\t__u32 handle;\n\t__u32 asid;\n", "\t__u32 asid;\n\t__u32 handle;\n",
        "sev_cmd_activate.handle"),
    "member moved by padding": (
        "sev/legacy.h", "sev_cmd_guest_start",
        "\t__u32 pdh_len;\n\t__u32 rsvd;\n\t__u64 session_paddr;\n",
        "\t__u32 pdh_len;\n\t__u64 session_paddr;\n\t__u32 rsvd;\n",
        "sev_cmd_guest_start.session_paddr"),
    "member resized": (
        "sev/snp.h", "snp_cmd_init_ex",
        "\t__u16 max_snp_asid;\n\t__u8 rsvd2[46];\n", "\t__u32 max_snp_asid;\n\t__u8 rsvd2[44];\n",
        "snp_cmd_init_ex.max_snp_asid"),
    "flag at another bit": (
        "sev/snp.h", None,
        "#define SNP_INIT_LIST\t\t\tSEV_BIT(1)", "#define SNP_INIT_LIST\t\t\tSEV_BIT(2)",
        "SNP_INIT_LIST"),
    "struct too long": (
        "sev/snp.h", "snp_cmd_config", "__u8 rsvd[52];", "__u8 rsvd[56];", "snp_cmd_config."),
    "member that nobody compares": (
        "sev/snp.h", "snp_cmd_config", "__u8 rsvd[52];", "__u8 rsvd[48];\n\t__u32 more;",
        "member more is compared with nothing"),
    "struct that is not in the map": (
        "sev/tio.h", None, "#endif /* __SEV_TIO_H */",
        "struct tio_new {\n\t__u8 a;\n};\n#endif /* __SEV_TIO_H */", "struct tio_new"),
    "wrong operation code": (
        "sev/ops.h", None, "SNP_OP_COMMIT\t\t\t= 0x0cb", "SNP_OP_COMMIT\t\t\t= 0x0cc",
        "SNP_OP_COMMIT"),
    "missing operation code": (
        "sev/ops.h", None, "\tSEV_OP_GET_ID\t\t\t= 0x00c,\n", "", "SEV_OP_GET_ID is missing"),
    "invented operation code": (
        "sev/ops.h", None, "\tSEV_OP_INIT_EX\t", "\tSEV_OP_NEW = 0x00e,\n\tSEV_OP_INIT_EX\t",
        "SEV_OP_NEW is unknown"),
    "wrong status": (
        "uapi/linux/psp-sev.h", None, "SEV_RET_BAD_SVN\t\t\t\t= 0x0021",
        "SEV_RET_BAD_SVN\t\t\t\t= 0x001E", "SEV_RET_BAD_SVN"),
    "wrong ioctl number": (
        "uapi/linux/psp-dbc.h", None, "_IOW(DBC_IOC_TYPE, 0x2", "_IOWR(DBC_IOC_TYPE, 0x2",
        "DBCIOCUID"),
    "ioctl struct not packed": (
        "uapi/linux/psp-sev.h", None,
        "\t__u32 error;\n} __attribute__((packed));", "\t__u32 error;\n};", "sev_issue_cmd."),
    "ioctl struct without a member": (
        "uapi/linux/sev-guest.h", None, "\t__u32 certs_len;\n", "", "struct snp_ext_report_req"),
    "bit field at another bit": (
        "uapi/linux/psp-sev.h", None, "\t__u32 mask_chip_id:1;\n\t__u32 mask_chip_key:1;\n"
        "\t__u32 vlek_en:1;\n", "\t__u32 mask_chip_key:1;\n\t__u32 mask_chip_id:1;\n"
        "\t__u32 vlek_en:1;\n", "sev_user_data_snp_status"),
}


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda name: name.replace(" ", "-"))
def test_mistake_is_found(project, headers, mistake):
    file, struct, old, new, complaint = MISTAKES[mistake]
    edit(project, file, old, new)
    if struct:
        drop_asserts(project, file, struct)
    result = abi_layout(project, headers)
    assert result.returncode == 1
    assert complaint in result.stderr, result.stderr


def test_compiler_refuses_a_moved_member_by_itself(project):
    edit(project, "sev/legacy.h", "\t__u32 handle;\n\t__u32 asid;\n",
         "\t__u32 asid;\n\t__u32 handle;\n")
    build = subprocess.run(["gcc", "-fsyntax-only", "-x", "c", "-",
                            f"-I{project / 'include'}"], input="#include <sev/legacy.h>\n",
                           capture_output=True, text=True, check=False)
    assert build.returncode != 0
    assert "offset of handle in struct sev_cmd_activate" in build.stderr


def test_directory_without_headers_is_refused(tmp_path):
    result = subprocess.run([HERE / "abi-layout", "--headers", tmp_path], capture_output=True,
                            text=True, check=False)
    assert result.returncode == 1
    assert "is no kernel header directory" in result.stderr
