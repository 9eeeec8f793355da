#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Make the test guest's initramfs BUILD/images/IMAGE: busybox, the modules that
# the kernel has under KERNEL-ROOT, the testbed's servers, and what has been
# built so far of workload, tools, module and selftests.
#
# usage: guest.sh BUILD KERNEL-ROOT KERNEL-RELEASE MODULE.KO IMAGE
set -eu

build=$1
kernel=$2
kver=$3
tsmc_ko=$4
image=$build/images/$5
here=$(cd "$(dirname "$0")" && pwd)
work=$image.work

rm -rf "$work"
mkdir -p "$work/bin" "$work/sbin" "$work/etc" "$work/proc" "$work/sys" \
	"$work/dev" "$work/tmp" "$work/mnt" "$work/root"
trap 'rm -rf "$work"' EXIT

cp "$build/host/bin/busybox" "$work/bin/"
cp "$here/guest/init" "$work/init"
cp "$here/guest/inittab" "$here/guest/guest-start" "$here/guest/guest-run" \
	"$work/etc/"
cp "$build/testbed-bin/guest_exec" "$work/bin/"
for dir in "$build/workload" "$build/guest-bin"; do
	if [ -d "$dir" ]; then
		find "$dir" -maxdepth 1 -type f -perm -u+x \
			-exec cp -t "$work/bin" {} +
	fi
done
if [ -d "$build/guest-selftests" ]; then
	cp -a "$build/guest-selftests" "$work/selftests"
fi
# Programs bring the libraries that they need.
find "$work/bin" "$work/selftests" -type f -perm -u+x 2>/dev/null |
	while read -r program; do
		ldd "$program" 2>/dev/null || :
	done | grep -o '/[^ ]*' | sort -u |
	while read -r library; do
		install -D -m 755 "$library" "$work$library"
	done
# It is all kept in the guest's memory; debug information is not needed there.
find "$work/bin" "$work/selftests" -type f -perm -u+x 2>/dev/null |
	while read -r program; do
		strip --strip-debug "$program" 2>/dev/null || :
	done
"$here/modules.sh" "$kernel" "$work" "$kver" \
	xen-netfront xen-blkfront ext4 crc32c_generic xenfs xen-evtchn \
	xen-gntdev xen-gntalloc loop
if [ -f "$tsmc_ko" ]; then
	install -D -m 644 "$tsmc_ko" "$work/lib/modules/$kver/extra/tsmc.ko"
	strip --strip-debug "$work/lib/modules/$kver/extra/tsmc.ko"
	depmod -b "$work" "$kver"
fi
(cd "$work" && find . | cpio -o -H newc --quiet | gzip -1) >"$image.part"
mv "$image.part" "$image"
