# SPDX-License-Identifier: GPL-2.0-or-later
"""Page cache that the disk has, too: last to cross, and known to be."""
from workloads import MEMORY, Workload, must_grow

FILE_MIB = 48
FRESH_MIB = 4
RATE = 10_000_000  # bytes/s of the link
MOUNT = "mount -t ext4 /dev/xvda /mnt"


def sums(guest):
    """Checksums of both files, as the guest reads them now."""
    return guest.run("md5sum /mnt/read /mnt/fresh", timeout=120, check=True).output


class CachingGuest:
    """A guest with a file in its page cache that its disk has, too."""

    def __init__(self, world):
        world.a.run("mkfs.ext4 -q -F -E nodiscard,lazy_itable_init=1 /dev/vdb 98304",
                    timeout=120, check=True)
        self.guest = world.guest(world.a, "caching", disk=True, memory_mb=256)
        self.guest.run(f"{MOUNT} && dd if=/dev/urandom of=/mnt/read bs=1M count={FILE_MIB} && "
                       "umount /mnt", timeout=120, check=True)
        self.load = Workload(self.guest, "memory", MEMORY)
        self.guest.run(f"{MOUNT} && dd if=/dev/urandom of=/mnt/fresh bs=1M "
                       f"count={FRESH_MIB}", timeout=120, check=True)
        self.sums = sums(self.guest)

    def must_be_right(self):
        """What the guest reads is what was written, from cache or disk."""
        assert sums(self.guest) == self.sums
        must_grow(self.load)


def moved(world, subject, options=""):
    """Move the guest with all of its memory left to stage three."""
    world.bed.link.rate(RATE)
    try:
        report = world.there(subject.guest, f"--mode postcopy {options}")
    finally:
        world.bed.link.rate(0)
    print(f"# {options}: residue of {report['residue_pages']} pages after "
          f"{report['residue_s']:.2f} s, all after {report['recovery_s']:.2f} s, "
          f"{report['pages_transferred']} pages sent, stage 3 "
          f"{report['pages']['stage3']}", flush=True)
    subject.must_be_right()
    world.check_debris()
    return report


def residue(world):
    """page cache that the disk has crosses last, and the moment is told"""
    subject = CachingGuest(world)
    subject.must_be_right()
    plain = moved(world, subject, "--order address")
    assert not plain["residue_pages"], plain
    assert plain["residue_s"] == plain["recovery_s"], plain
    report = moved(world, subject)
    assert report["residue_pages"] > 0.8 * 256 * FILE_MIB, report
    assert report["residue_s"] < 0.7 * report["recovery_s"], report
    said = world.mover.received(subject.guest.host)
    assert "pages of clean page cache and nothing else" in said, said
    subject.guest.run("echo 3 >/proc/sys/vm/drop_caches", check=True)
    subject.must_be_right()
    subject.load.finish()
    world.destroy(subject.guest)
    world.check_debris()


CASES = [residue]
