#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Download what the test hosts run but the machine itself must not have
# installed (hypervisor, kernel), and unpack it under BUILD/host.
#
# usage: fetch.sh BUILD KERNEL-RELEASE
set -eu

build=$1
kver=$2
debs=$build/debs
host=$build/host

rm -rf "$host" "$debs"
mkdir -p "$debs" "$host"
cd "$debs"
# apt's own sandbox user cannot write below a private build directory.
apt-get -q -o APT::Sandbox::User=root download xen-hypervisor-4.17-amd64 \
	"linux-image-$kver" busybox-static
for deb in *.deb; do
	dpkg -x "$deb" "$host"
done
rm -f ./*.deb
depmod -b "$host" "$kver"
