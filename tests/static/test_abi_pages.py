# SPDX-License-Identifier: GPL-2.0-only
"""Documentation/ABI has an entry for each file that the modules make in sysfs, debugfs and
configfs, and for nothing else.

The sources are read, not compiled: macros of a file that come to an attribute are expanded, and
then variables are followed over lists to groups, which are what has a directory.
"""
import re
import textwrap
from collections import namedtuple
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
PAGES = TOP / "Documentation/ABI/testing"

# Where the files of a source go; a group has a directory of its own below that if it has a name.
DIRECTORIES = {
    "drivers/crypto/ccp/hsti.c": "/sys/bus/pci/devices/<BDF>",
    "drivers/crypto/ccp/sev/sysfs.c": "/sys/firmware/sev",
    "drivers/virt/coco/sev-guest/sysfs.c": "/sys/bus/platform/devices/sev-guest",
    "drivers/virt/coco/tsm-report/core.c": "/sys/kernel/config/tsm/report/<name>",
}
DEBUGFS = "/sys/kernel/debug/ccp"
# What modinfo calls sev-guest is sev_guest in sysfs.
MODULES = {"drivers/crypto/ccp/": "ccp", "drivers/virt/coco/sev-guest/": "sev_guest",
           "drivers/virt/coco/tsm-report/": "tsm_report"}

CREATORS = r"(?:__ATTR|DEVICE_ATTR|BIN_ATTR|__BIN_ATTR|CONFIGFS_ATTR|CONFIGFS_BIN_ATTR)\w*"
Macro = namedtuple("Macro", "parameters body")


def split_arguments(text):
    """Of a call whose opening bracket is before text: the arguments, and what is left."""
    arguments, depth, start = [], 0, 0
    for at, char in enumerate(text):
        if char in ",)" and depth == 0:
            arguments.append(text[start:at].strip())
            start = at + 1
            if char == ")":
                return arguments, text[start:]
        depth += (char in "([{") - (char in ")]}")
    raise AssertionError(f"no closing bracket: {text[:60]}")


def fill_in(macro, arguments):
    """The body with arguments in the place of parameters, # and ## done."""
    body = macro.body
    for name, value in zip(macro.parameters, arguments):
        body = re.sub(rf"(?<!#)#\s*{name}\b", lambda _, value=value: f'"{value}"', body)
        body = re.sub(rf"\b{name}\b", lambda _, value=value: value, body)
    return re.sub(r"\s*##\s*", "", body)


def expand(text):
    """The source without comments, and without the macros that come to an attribute."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.S).replace("\\\n", " ")
    macros = {}
    for found in re.finditer(r"^#define (\w+)\(([^)]*)\)([^\n]*)$", text, flags=re.M):
        body = found[3]
        if re.search(rf"\b(?:{CREATORS}|{'|'.join(macros) or '$^'})\(", body):
            macros[found[1]] = Macro([name.strip() for name in found[2].split(",")], body)
    text = re.sub(r"^#[^\n]*$", "", text, flags=re.M)
    while macros:
        found = re.search(rf"\b({'|'.join(macros)})\(", text)
        if not found:
            break
        arguments, rest = split_arguments(text[found.end():])
        text = text[:found.start()] + fill_in(macros[found[1]], arguments) + rest
    return text


def variables(text):
    """Names of the files by the C variables of the attributes."""
    names = {f"dev_attr_{found[1]}": found[1]
             for found in re.finditer(r"\bDEVICE_ATTR\w*\(\s*(\w+)", text)}
    for found in re.finditer(r"\bstruct \w+ (\w+) =([^;]*?)\b__(?:BIN_)?ATTR\w*\(\s*(\w+)", text):
        names[found[1]] = found[3]
    return names


def grouped(text):
    """Paths of all attributes that are in a group, relative to the directory of the source."""
    names = variables(text)
    lists = {found[1]: re.findall(r"&(\w+)", found[2])
             for found in re.finditer(r"\bstruct attribute \*\s*(\w+)\[\] = \{([^}]*)\}", text)}
    paths, used = set(), set()
    for found in re.finditer(r"\bstruct attribute_group \w+ = \{([^}]*)\}", text):
        directory = re.search(r'\.name = "([^"]+)"', found[1])
        for variable in lists[re.search(r"\.attrs = (\w+)", found[1])[1]]:
            used.add(variable)
            paths.add((f"{directory[1]}/" if directory else "") + names[variable])
    assert used == set(names), f"in no group: {sorted(set(names) - used)}"
    return paths


def files_of(source, text):
    """Paths of all files that a source makes."""
    text = expand(text)
    paths = {f"{DEBUGFS}/{name}"
             for name in re.findall(r"\bdebugfs_create_(?!dir\b)\w+\(\s*\"([^\"]+)\"", text)}
    for name in re.findall(r"\bmodule_param\w*\(\s*(\w+)(?![^;]*,\s*0+\s*\)\s*;)", text):
        module = next(name for path, name in MODULES.items() if source.startswith(path))
        paths.add(f"/sys/module/{module}/parameters/{name}")
    names = set(re.findall(r"\bCONFIGFS_(?:BIN_)?ATTR\w*\(\s*\w+,\s*(\w+)", text)) | grouped(text)
    assert not names or source in DIRECTORIES, f"where do the files of {source} go?"
    return paths | {f"{DIRECTORIES[source]}/{name}" for name in names}


@pytest.fixture(name="made", scope="session")
def files_that_are_made():
    made = {}
    for path in sorted((TOP / "drivers").rglob("*.[ch]")):
        source = str(path.relative_to(TOP))
        for file in files_of(source, path.read_text(encoding="utf-8")):
            made[file] = source
    return made


def entries():
    """All entries: the page, the paths, and what is said about them."""
    found = []
    for page in sorted(PAGES.iterdir()):
        text = page.read_text(encoding="utf-8").split("\n\n", 1)[1]
        for entry in re.split(r"\n\n(?=What:)", text.rstrip()):
            fields = re.findall(r"^(\w+):[ \t]*\n?((?:.*)(?:\n(?:\t.*)?)*)$", entry, flags=re.M)
            found.append((page.name, [value.strip() for name, value in fields if name == "What"],
                          {name: value.strip() for name, value in fields}))
    return found


def test_each_file_has_an_entry(made):
    documented = {path for _, paths, _ in entries() for path in paths}
    assert not {path: source for path, source in made.items() if path not in documented}


def test_each_entry_has_a_file(made):
    assert not [(page, path) for page, paths, _ in entries() for path in paths
                if path not in made]


def test_no_file_has_two_entries():
    paths = [path for _, paths, _ in entries() for path in paths]
    assert len(paths) == len(set(paths))


def test_entries_are_complete():
    for page, paths, fields in entries():
        assert paths, page
        for field in "Date", "KernelVersion", "Contact", "Description":
            assert fields.get(field), f"{page}: {paths[0]} has no {field}"
        assert re.match(r"\((RO|WO|RW)(, root)?\) ", fields["Description"]), f"{page}: {paths[0]}"


def test_the_guide_has_the_same_files(made):
    """Documentation/sysfs.rst describes all of /sys/firmware/sev."""
    guide = (TOP / "Documentation/sysfs.rst").read_text(encoding="utf-8")
    for path in made:
        if path.startswith("/sys/firmware/sev/"):
            directory, _, name = path[len("/sys/firmware/sev/"):].rpartition("/")
            word = f"snp/{name}" if directory == "snp" else name
            assert f"``{word}``" in guide, path
            assert directory in ("", "snp") or f"``{directory}/``" in guide, path


def test_macros_groups_and_lists_are_followed():
    text = textwrap.dedent("""
    #define ONE(which, part) \\
        static struct thing which##_##part = { __ATTR(part, 0444, show, NULL), which }
    #define TWO(which) \\
    ONE(which, raw); \\
    ONE(which, cooked); \\
    static struct attribute *which##_list[] = { \\
        &which##_raw.file.attr, &which##_cooked.attr, NULL \\
    }; \\
    static const struct attribute_group which##_group = { .name = #which, .attrs = which##_list }
    TWO(left); TWO(right);
    static DEVICE_ATTR_RO(level);
    /* static DEVICE_ATTR_RO(gone); */
    static struct attribute *list[] = { &dev_attr_level.attr, NULL };
    static const struct attribute_group group = { .attrs = list };
    module_param(number, int, 0444);
    module_param(hidden, int, 0);
    """)
    source = "drivers/crypto/ccp/sev/sysfs.c"
    assert files_of(source, text) == {
        "/sys/firmware/sev/left/raw", "/sys/firmware/sev/left/cooked",
        "/sys/firmware/sev/right/raw", "/sys/firmware/sev/right/cooked",
        "/sys/firmware/sev/level", "/sys/module/ccp/parameters/number"}


@pytest.mark.parametrize("text, complaint", [
    ("static DEVICE_ATTR_RO(lost);", "in no group: .*lost"),
    ("CONFIGFS_ATTR_RO(tsm_, lost);", "where do the files of .* go"),
])
def test_what_can_not_be_followed_is_said(text, complaint):
    with pytest.raises(AssertionError, match=complaint):
        files_of("drivers/crypto/ccp/tee.c", text)


@pytest.mark.parametrize("text, path", [
    ("debugfs_create_file(\"ring\", 0400, dir, NULL, &fops);", f"{DEBUGFS}/ring"),
    ("module_param_cb(kind, &ops, &kind, 0644);", "/sys/module/ccp/parameters/kind"),
])
def test_files_without_a_group_are_found(text, path):
    assert files_of("drivers/crypto/ccp/tee.c", text) == {path}
