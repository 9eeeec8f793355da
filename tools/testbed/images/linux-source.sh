#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fetch Debian's kernel source and unpack what the tests use of it.
#
# usage: linux-source.sh BUILD
set -eu

build=$1
work=$build/linux-source.work

rm -rf "$work" "$build/linux-source"
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -q -o APT::Sandbox::User=root download linux-source-6.1
dpkg-deb --fsys-tarfile linux-source-6.1_*.deb |
	tar -xOf - ./usr/src/linux-source-6.1.tar.xz |
	tar -xJf - --strip-components=1 \
		linux-source-6.1/.clang-format \
		linux-source-6.1/scripts/checkpatch.pl \
		linux-source-6.1/scripts/spelling.txt \
		linux-source-6.1/scripts/const_structs.checkpatch \
		linux-source-6.1/scripts/kernel-doc \
		linux-source-6.1/scripts/subarch.include \
		linux-source-6.1/tools/testing/selftests/kselftest.h \
		linux-source-6.1/tools/testing/selftests/kselftest_harness.h \
		linux-source-6.1/tools/testing/selftests/kselftest \
		linux-source-6.1/tools/testing/selftests/lib.mk \
		linux-source-6.1/tools/testing/selftests/kselftest_module.h
rm -f ./*.deb
mv "$work" "$build/linux-source"
