# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Where things are; sourced by the shell programs of this directory.

vm_dir=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
# shellcheck disable=SC2034 # for those who source this file
project_dir=$(readlink -f "$vm_dir/../..")
cache_dir=${AMD_SEV_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/amd-sev}

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# The lines of a list file without comments.
list_file() {
	grep -Ev '^[[:space:]]*(#|$)' "$vm_dir/$1"
}

# The root's content follows from the package list, so the list names the root:
# another list never reuses, and never disturbs, what an older check-out built.
chroot_key=$(list_file chroot.packages | sha256sum | cut -c1-12)
vm_cache=$cache_dir/trixie-$chroot_key
# shellcheck disable=SC2034
chroot_root=$vm_cache/root

matrix_names() {
	list_file kernels.table | cut -f1
}

# matrix_field NAME COLUMN
matrix_field() {
	list_file kernels.table | awk -F'\t' -v n="$1" -v c="$2" '$1 == n { print $c }'
}

# Where setup notes which release stands for a name of the matrix; the file
# appears when everything of that kernel is in place.
kernel_note() {
	printf '%s/kernels/%s\n' "$vm_cache" "$1"
}
