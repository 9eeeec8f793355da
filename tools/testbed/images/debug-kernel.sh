#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Build a kernel for test guests that watches itself: Debian's source, the
# options of debug-kernel.config and nothing else. Debian ships none.
#
# Leaves BUILD/debug-kernel/source, .../obj (to build modules against), .../root
# (what "make modules_install" makes) and BUILD/images/vmlinux-debug.
#
# usage: debug-kernel.sh BUILD SOURCE-VERSION
set -eu

build=$1
version=$2
here=$(cd "$(dirname "$0")" && pwd)
fragment=$here/debug-kernel.config
out=$build/debug-kernel
# Options and variables of whoever calls are meant for other programs.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES

unpack() {
	rm -rf "$out"
	mkdir -p "$out/source.part"
	cd "$out"
	apt-get -q -o APT::Sandbox::User=root download \
		"linux-source-6.1=$version"
	dpkg-deb --fsys-tarfile linux-source-6.1_*.deb |
		tar -xOf - ./usr/src/linux-source-6.1.tar.xz |
		tar -xJf - --strip-components=1 -C source.part
	rm -f ./*.deb
	echo "$version" >source.part/.debian-version
	mv source.part source
}

# kconfig drops without a word what depends on something that is off.
check_config() {
	sed -n -e 's/^# \(CONFIG_[A-Z0-9_]*\) is not set$/\1=n/p' \
		-e '/^CONFIG_/p' "$fragment" |
		while IFS='=' read -r option value; do
			is=$(sed -n "s/^$option=//p" "$out/obj/.config")
			if [ "${is:-n}" != "$value" ]; then
				echo "debug-kernel: $option is ${is:-n}, not $value" >&2
				exit 1
			fi
		done
}

if [ "$(cat "$out/source/.debian-version" 2>/dev/null)" != "$version" ]; then
	unpack
fi
mkdir -p "$out/obj" "$build/images"
cd "$out/source"
make -s O="$out/obj" KCONFIG_ALLCONFIG="$fragment" allnoconfig
check_config
nice -n 19 make -s -j2 O="$out/obj" vmlinux modules
rm -rf "$out/root"
make -s O="$out/obj" INSTALL_MOD_PATH="$out/root" modules_install
objcopy -S -R .comment "$out/obj/vmlinux" "$build/images/vmlinux-debug.part"
mv "$build/images/vmlinux-debug.part" "$build/images/vmlinux-debug"
