#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Unpack the ELF kernel out of a bzImage.

An emulated processor takes seconds to decompress a kernel; this machine does
it once. usage: vmlinux.py VMLINUZ VMLINUX
"""
import lzma
import struct
import sys


def unpack(image):
    """The ELF file inside a bzImage; see the kernel's x86 boot protocol."""
    if image[0x202:0x206] != b"HdrS":
        raise SystemExit("vmlinux: not a bzImage")
    setup_bytes = (image[0x1f1] + 1) * 512
    offset, length = struct.unpack_from("<II", image, 0x248)
    payload = image[setup_bytes + offset:setup_bytes + offset + length]
    elf = lzma.LZMADecompressor().decompress(payload)
    if elf[:4] != b"\x7fELF":
        raise SystemExit("vmlinux: the bzImage holds no ELF file")
    return elf


def main():
    """Unpack one file into another."""
    with open(sys.argv[1], "rb") as source:
        elf = unpack(source.read())
    with open(sys.argv[2], "wb") as target:
        target.write(elf)


if __name__ == "__main__":
    main()
