# SPDX-License-Identifier: GPL-2.0-or-later
"""Other ways than the default: without the module, by mode, within limits."""
from workloads import MEMORY, Workload, must_grow

LIMIT_MIB = 8


def without_module(world):
    """a guest without the module falls back to precopy and says so"""
    guest = world.guest(world.a, "plain", module=False, memory_mb=160)
    load = Workload(guest, "memory", MEMORY)
    move = world.mover.try_move(guest, world.a, world.b)
    assert move.status == 0, move.output
    lines = [l for l in move.output.splitlines() if "falling back" in l]
    assert len(lines) == 1 and "not loaded" in lines[0], move.output
    assert move.report["mode"] == "precopy" and move.report["missing_pages"] == 0
    must_grow(load)
    load.finish()
    world.destroy(guest)
    world.check_debris()


def limited(world):
    """The guest of the cases below, started by the first of them."""
    if not hasattr(world, "limited"):
        guest = world.guest(world.a, "limited", memory_mb=160)
        world.limited = guest, Workload(guest, "memory", MEMORY)
    return world.limited


def postcopy(world):
    """--mode postcopy leaves all that may wait to stage three, --bwlimit holds"""
    guest, load = limited(world)
    report = world.there(guest, f"--mode postcopy --bwlimit {LIMIT_MIB}")
    may_wait = {"anon", "file", "shmem", "cache"}
    assert report["mode"] == "postcopy", report
    assert not may_wait & set(report["pages"]["stage1"]), report["pages"]
    assert may_wait & set(report["pages"]["stage3"]), report["pages"]
    # There is no limit while the guest stands still.
    sent = report["bytes_sent"] - 4096 * sum(report["pages"]["stage2"].values())
    rate = sent / (report["readiness_s"] + report["recovery_s"]) / 2**20
    print(f"# {rate:.2f} MiB/s of {LIMIT_MIB}", flush=True)
    assert rate <= LIMIT_MIB * 1.02, report
    must_grow(load)
    world.check_debris()


def too_long(world):
    """a downtime that cannot be kept to is refused, and the guest runs on"""
    guest, load = limited(world)
    move = world.mover.try_move(guest, guest.host, world.other(guest.host),
                                "--max-downtime 1")
    assert move.status == 1, move.output
    assert "allow more with --max-downtime" in move.output, move.output
    must_grow(load)
    world.check_debris()


def long_enough(world):
    """a downtime that can be kept to is kept to"""
    guest, load = limited(world)
    report = world.there(guest, "--max-downtime 10000")
    assert report["downtime_s"] < 10, report
    assert report["rounds"] == 2, report
    must_grow(load)
    load.finish()
    world.destroy(guest)
    world.check_debris()


CASES = [without_module, postcopy, too_long, long_enough]
