# SPDX-License-Identifier: GPL-2.0-only
"""How Sphinx makes the pages; "make htmldocs" runs it."""
import os
import re

TOP = os.environ["AMD_SEV_TOP"]

with open(os.path.join(TOP, "dkms.conf"), encoding="utf-8") as dkms_conf:
    release = version = re.search(r'^PACKAGE_VERSION="(.*)"', dkms_conf.read(), re.M)[1]
project = "amd-sev"
author = "amd-sev contributors"

html_theme = "alabaster"
html_sidebars = {"**": ["globaltoc.html", "searchbox.html"]}
html_copy_source = False
html_show_copyright = False
html_last_updated_fmt = None

# Macros of the kernel that stand in prototypes.
c_id_attributes = ["__iomem", "__user"]

# What comments in the sources point at has to be there, but for what is the kernel's: types in
# signatures, and its own functions and structs.
nitpick_ignore_regex = [
    (r"c:identifier", r".*"),
]
