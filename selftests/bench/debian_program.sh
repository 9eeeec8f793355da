#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Make BUILD/bench/PROGRAM.tar: a program of Debian with the libraries that it
# needs, for a guest that has none. The machine itself must not have it
# installed; what it shares with programs that are (libc, OpenSSL) comes from
# here.
#
# usage: debian_program.sh BUILD PROGRAM PACKAGE...
set -eu

build=$1
program=$2
shift 2
out=$build/bench
work=$out/$program.work
libraries=usr/lib/x86_64-linux-gnu

rm -rf "$work"
mkdir -p "$work/debs" "$work/unpacked" "$work/root/bin" "$work/root/etc"
trap 'rm -rf "$work"' EXIT

cd "$work/debs"
# apt's own sandbox user cannot write below a private build directory.
apt-get -q -o APT::Sandbox::User=root download "$@"
for deb in *.deb; do
	dpkg -x "$deb" "$work/unpacked"
done

cp "$work/unpacked/usr"/*bin/"$program" "$work/root/bin/"
LD_LIBRARY_PATH=$work/unpacked/$libraries \
	ldd "$work/root/bin/$program" >"$work/needed"
if grep 'not found' "$work/needed"; then
	echo "$program: a library that it needs is missing" >&2
	exit 1
fi
grep -o '/[^ ]*' "$work/needed" | while read -r library; do
	install -D -m 755 "$library" \
		"$work/root/${library#"$work/unpacked/usr/"}"
done
# memcached looks up the user that it runs as.
echo 'root:x:0:0:root:/root:/bin/sh' >"$work/root/etc/passwd"

tar -C "$work/root" -cf "$out/$program.tar.part" .
mv "$out/$program.tar.part" "$out/$program.tar"
