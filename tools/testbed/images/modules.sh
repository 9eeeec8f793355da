#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Copy kernel modules and everything they depend on from one tree to another
# and index them there. Names that the kernel has built in are skipped.
#
# usage: modules.sh FROM-ROOT TO-ROOT KERNEL-RELEASE MODULE...
set -eu

from=$1
to=$2
kver=$3
shift 3

base=$to/lib/modules/$kver
mkdir -p "$base"
for module in "$@"; do
	modprobe -d "$from" -S "$kver" --show-depends "$module"
done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | sort -u | while read -r ko; do
	rel=${ko##*/lib/modules/"$kver"/}
	mkdir -p "$base/${rel%/*}"
	cp "$from/lib/modules/$kver/$rel" "$base/$rel"
done
cp "$from/lib/modules/$kver/modules.builtin" \
   "$from/lib/modules/$kver/modules.builtin.modinfo" \
   "$from/lib/modules/$kver/modules.order" "$base/"
depmod -b "$to" "$kver"
