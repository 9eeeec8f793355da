#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Make the disk and the initramfs of a guest that runs a whole Debian with
# systemd: BUILD/images/debian-guest.img and debian-guest-initrd.gz. DKMS has
# built the module of BUILD/deb in it; the other packages lie in /packages.
#
# usage: debian-guest.sh BUILD KERNEL-RELEASE
set -eu

build=$1
kver=$2
here=$(cd "$(dirname "$0")" && pwd)
out=$build/images
root=$out/debian-guest.work
packages=systemd-sysv,udev,dbus,kmod,iproute2,procps,initramfs-tools,dkms
packages=$packages,linux-image-$kver,linux-headers-$kver
packages=$packages,libmnl0,libnl-3-200,libnl-genl-3-200

rm -rf "$root"
trap 'rm -rf "$root"' EXIT

# What a guest of Xen never has, to keep the disk small.
set --
for path in sound drivers/gpu drivers/media drivers/infiniband drivers/scsi \
	drivers/net/ethernet drivers/net/wireless drivers/staging drivers/usb \
	drivers/iio drivers/hid drivers/input; do
	set -- "$@" "--dpkgopt=path-exclude=/lib/modules/*/kernel/$path/*"
done
# shellcheck disable=SC2016 # mmdebstrap's shell knows $1
mmdebstrap --mode=root --format=directory --variant=minbase \
	--include="$packages" --aptopt="$out/apt.conf" "$@" \
	--dpkgopt='path-exclude=/usr/share/locale/*' \
	--customize-hook='mkdir "$1/packages"' \
	--customize-hook="cp $build/deb/tsmc-dkms_*.deb $build/deb/tsmc-tools_*.deb \"\$1/packages\"" \
	--customize-hook='chroot "$1" sh -c "dpkg -i /packages/tsmc-dkms_*.deb"' \
	bookworm "$root" "$out/sources.list"

install -m 755 "$build/testbed-bin/guest_exec" "$root/usr/local/bin/"
install -m 755 "$build/workload/memory" "$root/usr/local/bin/"
install -m 644 "$here/debian-guest/testbed.service" "$root/etc/systemd/system/"
install -m 755 "$here/debian-guest/testbed-network" "$root/usr/local/sbin/"
ln -s ../testbed.service "$root/etc/systemd/system/multi-user.target.wants/"
cp "$root/boot/initrd.img-$kver" "$out/debian-guest-initrd.gz"
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/*

rm -f "$out/debian-guest.img.part"
mkfs.ext4 -q -L guest -d "$root" "$out/debian-guest.img.part" 1000M
mv "$out/debian-guest.img.part" "$out/debian-guest.img"
