# SPDX-License-Identifier: GPL-2.0-or-later
"""Page cache that the disk has, too: last to cross, and dropped instead."""
from mover import LIMIT_S
from workloads import MEMORY, Workload, must_grow
from xenbed.wait import wait_until

FILE_MIB = 48
FRESH_MIB = 4
RATE = 10_000_000  # bytes/s of the link
END_LIMIT_S = 60
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

    def write(self):
        """Change a part of what it has, in its cache alone for now."""
        # A disk that was idle for long has no share of what may be dirty, unless it is given one.
        self.guest.run("echo 0 >/proc/sys/vm/dirty_writeback_centisecs && "
                       "echo 90 >/sys/block/xvda/bdi/min_ratio && "
                       "dd if=/dev/urandom of=/mnt/fresh bs=1M "
                       f"count={FRESH_MIB} conv=notrunc", timeout=120, check=True)
        self.sums = sums(self.guest)

    def must_be_right(self):
        """What the guest reads is what was written, from cache or disk."""
        assert sums(self.guest) == self.sums
        must_grow(self.load)

    def must_be_stored(self):
        """The disk has it, too, or gets it."""
        self.guest.run("echo 500 >/proc/sys/vm/dirty_writeback_centisecs; "
                       "sync; echo 3 >/proc/sys/vm/drop_caches", timeout=120, check=True)
        self.must_be_right()


def moved(world, subject, options=""):
    """Move the guest with all of its memory left to stage three."""
    world.bed.link.rate(RATE)
    try:
        report = world.there(subject.guest, f"--mode postcopy {options}")
    finally:
        world.bed.link.rate(0)
    print(f"# {options}: residue of {report['residue_pages']} pages after "
          f"{report['residue_s']:.2f} s, {report['dropped_pages']} dropped, "
          f"all after {report['recovery_s']:.2f} s, "
          f"{report['pages_transferred']} pages sent, stage 3 "
          f"{report['pages']['stage3']}", flush=True)
    subject.must_be_right()
    world.check_debris()
    return report


def caching(world):
    """The guest of the cases below, started by the first of them."""
    if not hasattr(world, "caching"):
        world.caching = CachingGuest(world)
    return world.caching


def not_told(world):
    """with another order page cache crosses like all else"""
    report = moved(world, caching(world), "--order address")
    assert not report["residue_pages"] and not report["dropped_pages"], report
    assert report["residue_s"] == report["recovery_s"], report


def dropped(world):
    """page cache that the disk has is dropped at last, and the rest is right"""
    subject = caching(world)
    subject.write()
    report = moved(world, subject)
    pages = 256 * FILE_MIB
    assert report["residue_pages"] > 0.9 * pages, report
    assert report["dropped_pages"] > 0.9 * report["residue_pages"], report
    assert report["pages"]["stage3"]["file"] > 0.9 * 256 * FRESH_MIB, report
    said = world.mover.received(subject.guest.host)
    assert "pages of clean page cache and nothing else" in said, said
    assert sum(report["pages"]["stage3"].values()) <= report["missing_pages"] - 0.8 * pages, report
    # How long an emulated guest takes is the machine's: nothing is required of it.
    print(f"# dropped in {report['recovery_s'] - report['residue_s']:.2f} s, to send them takes "
          f"{4096 * report['dropped_pages'] / RATE:.2f} s", flush=True)
    subject.must_be_stored()


def lost(world):
    """a guest whose source is lost while page cache is dropped is complete, and never stops"""
    subject = caching(world)
    guest = subject.guest
    source, target = guest.host, world.other(guest.host)
    world.bed.link.rate(RATE)
    try:
        # Agent and guardian, in the moment from which no content is lost.
        said = source.run(f"""({world.mover.command(guest, target, '--mode postcopy')}) 2>&1 |
            while read -r line; do
                echo "$line"
                case $line in *"no content is lost"*) pkill -9 -x tsmc-agent;; esac
            done""", timeout=LIMIT_S, check=True).output
    finally:
        world.bed.link.rate(0)
    assert "no content is lost" in said, said
    guest.host = target
    wait_until(lambda: target.run("pgrep -x tsmc-agent").status, END_LIMIT_S, "the target's agent to end",
               lambda: world.mover.received(target))
    subject.must_be_right()
    assert "pages missing" not in world.mover.received(target).split("and nothing else")[-1]
    status, said = source.run(f"tsmc-agent recover {guest.name}", timeout=LIMIT_S)
    assert status == 0 and "goes on" not in said, said
    subject.must_be_right()
    world.check_debris()


def busy(world):
    """so it is while the guest reads and writes these files"""
    subject = caching(world)
    subject.guest.run("(while :; do md5sum /mnt/read; sync; done) >/dev/null 2>&1 "
                      "</dev/null & echo $! >/tmp/loop.pid", check=True)
    report = moved(world, subject)
    subject.guest.run("kill $(cat /tmp/loop.pid)", check=True)
    assert report["residue_pages"], report
    subject.must_be_stored()


def content(world):
    """the guest's own checks end well, and its kernel is content"""
    subject = caching(world)
    subject.load.finish()
    world.destroy(subject.guest)
    world.check_debris()


CASES = [dropped, lost, content]
LONG = [not_told, busy, content]
