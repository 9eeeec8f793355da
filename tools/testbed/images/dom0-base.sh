#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Make the tar of a minimal Debian root for a Dom0. The packages come from
# where the machine's own apt gets them, so that Xen's libraries match the
# hypervisor and the headers that the agent is built against.
#
# usage: dom0-base.sh BUILD
set -eu

build=$1
out=$build/images
packages=xen-utils-4.17,xenstore-utils,iproute2,openssh-server,openssh-client
packages=$packages,socat,bridge-utils,procps,kmod,libxxhash0,python3-minimal
packages=$packages,netbase,liblz4-1,libzstd1,libgnutls30,libjson-c5

mkdir -p "$out"
apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
	'Created-By: Packages' 'Origin: Debian' |
	sort -u >"$out/sources.list"
if [ ! -s "$out/sources.list" ]; then
	echo "dom0-base: apt knows no Debian source; run apt-get update" >&2
	exit 1
fi
apt-config dump Acquire | grep -i '::proxy' >"$out/apt.conf" || :

mmdebstrap --mode=root --format=tar --variant=minbase --include="$packages" \
	--aptopt="$out/apt.conf" --dpkgopt='path-exclude=/usr/share/doc/*' \
	--dpkgopt='path-exclude=/usr/share/man/*' \
	--dpkgopt='path-exclude=/usr/share/locale/*' \
	bookworm "$out/dom0-base.tar.part" "$out/sources.list"
mv "$out/dom0-base.tar.part" "$out/dom0-base.tar"
