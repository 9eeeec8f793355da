#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Make what a test host boots: hypervisor, Dom0 kernel, Dom0 initramfs and
# Dom0 root file system.
#
# usage: dom0.sh BUILD KERNEL-RELEASE
set -eu

build=$1
kver=$2
here=$(cd "$(dirname "$0")" && pwd)
host=$build/host
out=$build/images
work=$out/dom0.work

rm -rf "$work"
mkdir -p "$work/root" "$work/initrd/bin"
trap 'rm -rf "$work"' EXIT

gunzip -c "$host"/boot/xen-4.17-amd64.gz >"$out/xen.elf"
cp "$host/boot/vmlinuz-$kver" "$out/vmlinuz"
python3 "$here/vmlinux.py" "$out/vmlinuz" "$out/vmlinux"

# The initramfs only finds the root.
cp "$host/bin/busybox" "$work/initrd/bin/"
cp "$here/dom0/initrd-init" "$work/initrd/init"
chmod 755 "$work/initrd/init"
"$here/modules.sh" "$host" "$work/initrd" "$kver" \
	virtio_pci virtio_blk ext4 crc32c_intel crc32c_generic
(cd "$work/initrd" && find . | cpio -o -H newc --quiet | gzip -1) \
	>"$out/dom0-initrd.gz"

root=$work/root
tar -C "$root" -xf "$out/dom0-base.tar"
"$here/modules.sh" "$host" "$root" "$kver" \
	xenfs xen-gntdev xen-evtchn xen-privcmd xen-gntalloc xen-netback \
	xen-blkback virtio_pci virtio_net virtio_blk 9p 9pnet_virtio bridge \
	loop tun sch_tbf sch_netem
cp "$here/dom0/init" "$root/sbin/bed-init"
cp "$here/dom0/sshd_config" "$root/etc/ssh/sshd_config"
cp "$here/dom0/ssh_config" "$root/etc/ssh/ssh_config"
chmod 755 "$root/sbin/bed-init"
# xl maps a guest's kernel, page by page: quick from a disk, not through 9p.
install -D -m 644 "$out/vmlinux" "$root/boot/vmlinux"
cat >"$root/etc/hosts" <<HOSTS
127.0.0.1 localhost
192.0.2.1 hosta
192.0.2.2 hostb
HOSTS

# One key pair for everybody's root, one host key for both hosts: made here
# and valid nowhere else.
key=$out/id_ed25519
if [ ! -f "$key" ]; then
	ssh-keygen -q -t ed25519 -N '' -C testbed -f "$key"
	ssh-keygen -q -t ed25519 -N '' -C testbed -f "$out/host_ed25519"
fi
rm -f "$root"/etc/ssh/ssh_host_*
install -m 600 "$out/host_ed25519" "$root/etc/ssh/ssh_host_ed25519_key"
echo "testbed,hosta,hostb,192.0.2.1,192.0.2.2 $(cat "$out/host_ed25519.pub")" \
	>"$out/known_hosts"
install -d -m 700 "$root/root/.ssh"
install -m 600 "$key" "$root/root/.ssh/id_ed25519"
install -m 644 "$key.pub" "$root/root/.ssh/authorized_keys"
install -m 644 "$out/known_hosts" "$root/root/.ssh/known_hosts"

rm -f "$out/dom0.img.part"
mkfs.ext4 -q -O ^has_journal -L dom0 -d "$root" "$out/dom0.img.part" 1500M
mv "$out/dom0.img.part" "$out/dom0.img"
