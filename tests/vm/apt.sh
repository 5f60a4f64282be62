# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # vm_cache comes from lib.sh
#
# Packages of Debian releases other than this machine's, by apt with state of its
# own: nothing of the machine's apt is changed. Sourced by setup and image.

# debian_uri LABEL: where this machine's apt takes Debian itself, or its security
# updates, from. apt is asked instead of its files: it knows all their formats.
# shellcheck disable=SC2016 # $(...) is for apt
debian_uri() {
	local codename
	codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
	apt-get indextargets 'Created-By: Packages' 'Origin: Debian' "Label: $1" \
		--format '$(CODENAME) $(REPO_URI)' |
		awk -v c="$codename" '$1 == c || $1 == c "-security" { print $2; exit }'
}

# apt_prepare: sets mirror and security_mirror, and makes the configuration
apt_prepare() {
	local base=$vm_cache/apt key=/usr/share/keyrings/debian-archive-keyring.gpg
	mirror=${AMD_SEV_MIRROR:-$(debian_uri Debian)}
	security_mirror=${AMD_SEV_SECURITY_MIRROR:-$(debian_uri Debian-Security)}
	if [ -z "$mirror" ] || [ -z "$security_mirror" ]; then
		die "apt knows no Debian mirror yet: run apt-get update, or set" \
			"AMD_SEV_MIRROR and AMD_SEV_SECURITY_MIRROR"
	fi
	mkdir -p "$base/lists/partial" "$base/cache/archives/partial" \
		"$base/etc/apt.conf.d" "$base/etc/preferences.d"
	: >"$base/status"
	# A proxy and the like are this machine's business and hold here as well.
	apt-config dump | grep -E '^Acquire::(https?|ftp|Retries)' |
		grep -v '""' >"$base/proxy.conf" || true
	cat "$base/proxy.conf" - >"$base/apt.conf" <<END
Dir "$base";
Dir::State "$base";
Dir::State::lists "$base/lists";
Dir::State::status "$base/status";
Dir::Cache "$base/cache";
Dir::Etc "$base/etc";
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
Acquire::Languages "none";
APT::Sandbox::User "root";
END
	cat >"$base/etc/sources.list" <<END
deb [signed-by=$key] $security_mirror bullseye-security main
deb [signed-by=$key] $security_mirror bookworm-security main
deb [signed-by=$key] $mirror trixie main
deb [signed-by=$key] $security_mirror trixie-security main
deb [signed-by=$key] $mirror trixie-backports main
deb [signed-by=$key check-valid-until=no] $mirror sid main
END
}

own_apt() {
	local tool=$1
	shift
	APT_CONFIG=$vm_cache/apt/apt.conf "$tool" "$@"
}

apt_update() {
	own_apt apt-get -qq update
}

has_package() {
	[ -n "$(own_apt apt-cache show --no-all-versions "$1" 2>/dev/null)" ]
}

# newest_release PATTERN: headers come to the mirror before the image, which has to be
# signed first, so not every release with headers can be had.
newest_release() {
	local release
	for release in $(own_apt apt-cache pkgnames linux-headers- |
		sed 's/^linux-headers-//' | grep -Ex "$1" | sort -Vr); do
		if has_package "linux-image-$release" || has_package "linux-binary-$release" ||
			has_package "linux-binary-unsigned-$release"; then
			echo "$release"
			break
		fi
	done
}

# kernel_packages RELEASE: the packages that together are boot image, modules
# and headers. How they are cut differs; some backports have no signed image.
kernel_packages() {
	local p
	{
		echo "linux-headers-$1"
		for p in "linux-modules-$1" "linux-image-$1"; do
			! has_package "$p" || echo "$p"
		done
		if has_package "linux-binary-$1"; then
			echo "linux-binary-$1"
		elif has_package "linux-binary-unsigned-$1"; then
			echo "linux-binary-unsigned-$1"
		fi
		own_apt apt-cache show --no-all-versions "linux-headers-$1" |
			sed -n 's/^Depends: //p' | tr ',' '\n' |
			grep -Eo '^ *linux-(headers|kbuild|base)-[0-9][^ ]*'
	} | tr -d ' ' | sort -u
}

# apt_download DIR PACKAGE...: apt checks them against the signed lists
apt_download() {
	local dir=$1
	shift
	(cd "$dir" && own_apt apt-get -qq download "$@")
}
