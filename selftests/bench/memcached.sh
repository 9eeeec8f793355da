#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Make a tar of Debian's memcached with the libraries that it needs, for a
# guest that has none. The machine itself must not have it installed; what it
# shares with programs that are (libc, OpenSSL) comes from here.
#
# usage: memcached.sh BUILD
set -eu

build=$1
out=$build/bench
work=$out/memcached.work
libraries=usr/lib/x86_64-linux-gnu

rm -rf "$work"
mkdir -p "$work/debs" "$work/unpacked" "$work/root/bin" "$work/root/etc"
trap 'rm -rf "$work"' EXIT

cd "$work/debs"
# apt's own sandbox user cannot write below a private build directory.
apt-get -q -o APT::Sandbox::User=root download memcached libevent-2.1-7 \
	libsasl2-2
for deb in *.deb; do
	dpkg -x "$deb" "$work/unpacked"
done

cp "$work/unpacked/usr/bin/memcached" "$work/root/bin/"
LD_LIBRARY_PATH=$work/unpacked/$libraries \
	ldd "$work/root/bin/memcached" >"$work/needed"
if grep 'not found' "$work/needed"; then
	echo "memcached: a library that it needs is missing" >&2
	exit 1
fi
grep -o '/[^ ]*' "$work/needed" | while read -r library; do
	install -D -m 755 "$library" \
		"$work/root/${library#"$work/unpacked/usr/"}"
done
# It looks up the user that it runs as.
echo 'root:x:0:0:root:/root:/bin/sh' >"$work/root/etc/passwd"

tar -C "$work/root" -cf "$out/memcached.tar.part" .
mv "$out/memcached.tar.part" "$out/memcached.tar"
