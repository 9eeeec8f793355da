# SPDX-License-Identifier: GPL-2.0-or-later
"""A disk in a file: the target must not open it before the source lets go."""
import hashlib
import random
import tempfile

IMAGE = "/var/tmp/late.img"
BYTES = 4 << 20


def content():
    """What the disk holds, the same in each run."""
    return random.Random(4).randbytes(BYTES)


def late_disk(world):
    """a disk in a file is attached at the switchover, and read on at the target"""
    with tempfile.NamedTemporaryFile() as image:
        image.write(content())
        image.flush()
        for host in (world.a, world.b):
            host.push(image.name, IMAGE)
            host.run("modprobe loop", check=True)
    guest = world.guest(world.a, "filed", memory_mb=128,
                        config=f'disk = ["file:{IMAGE},xvda,w"]')
    expected = hashlib.sha256(content()).hexdigest()
    for _ in range(2):
        # Not from the page cache, which migrates with the guest.
        read = guest.run("echo 3 >/proc/sys/vm/drop_caches; sha256sum </dev/xvda",
                         check=True).output
        assert read.split()[0] == expected, f"on {guest.host.name}: {read}"
        if guest.host is world.a:
            world.there(guest)
    world.destroy(guest)
    world.check_debris()


CASES = [late_disk]
