# SPDX-License-Identifier: GPL-2.0-or-later
"""A busy guest goes there and back; every page is compared."""
import json
import shlex

from mover import debris
from workloads import (CODE, FILESYSTEM, MEMORY, TcpStream, Workload,
                       must_grow)
from xenbed.wait import wait_until

# Bytes per second: slow enough for a codec to pay on an emulated processor.
SLOW_LINK = 6_000_000


RATE = 10_000_000  # bytes/s of the link that estimates are for


class BusyGuest:
    """A guest with everything going on in it."""

    def __init__(self, world):
        world.a.run("mkfs.ext4 -q -F -E nodiscard,lazy_itable_init=1 /dev/vdb 65536",
                    timeout=120, check=True)
        self.guest = world.guest(world.a, "busy", disk=True, memory_mb=192)
        self.loads = [Workload(self.guest, "memory", MEMORY),
                      Workload(self.guest, "code", CODE),
                      Workload(self.guest, "filesystem", FILESYSTEM),
                      TcpStream(self.guest, world.a)]

    def must_grow(self):
        """All goes on, nothing is wrong."""
        must_grow(*self.loads)

    def finish(self):
        """All ends well."""
        for load in self.loads:
            load.finish()


def publishes(guest):
    """What tsmc-agent reads of the guest's module."""
    text = guest.host.run(f"tsmc-agent hints {guest.name}", check=True).output
    assert "kernel" in text and "anon" in text, text
    return text


def watched(guest):
    """Two frames of what tsmc-agent shows until it is interrupted."""
    watching = guest.host.start(f"tsmc-agent hints --watch {guest.name}")
    try:
        wait_until(lambda: watching.output().count("anon") >= 2, 30,
                   "two frames of hints --watch", watching.output)
        guest.host.run("pkill -INT -x tsmc-agent", check=True)
        result = watching.wait(30)
    finally:
        watching.forget()
    assert result.status == 0, result.output


def idle(guest):
    """The guest's module knows of no migration."""
    return ", idle, " in publishes(guest)


def becomes_idle(guest):
    """Wait until it has heard that there is none any more."""
    wait_until(lambda: idle(guest), 10, "the guest's module to be idle",
               lambda: publishes(guest))


def ended(guest, signal, while_watching=lambda: None):
    """What an estimate says that a signal ends, once it watches."""
    running = guest.host.start(f"tsmc-agent estimate --seconds 60 {guest.name}")
    try:
        wait_until(lambda: "watching" in running.output() and not idle(guest),
                   30, "an estimate to begin", running.output)
        while_watching()
        guest.host.run(f"pkill -{signal} -x tsmc-agent", check=True)
        return running.wait(30)
    finally:
        running.forget()


def estimated(world, guest):
    """What an estimate for this link tells; it sends nothing over it."""
    before = sum(world.bed.link.stats()["bytes"])
    guest.host.run("tsmc-agent estimate --json /tmp/estimate.json --seconds 10 "
                   f"--rate {RATE / 2**20:.2f} {guest.name}", check=True)
    sent = sum(world.bed.link.stats()["bytes"]) - before
    assert sent < 65536, f"an estimate sent {sent} bytes"
    return json.loads(guest.host.read("/tmp/estimate.json"))["modes"]["tsmc"]


def busy(world):
    """The busy guest, started by the first case that needs it."""
    if not hasattr(world, "busy"):
        world.busy = BusyGuest(world)
    return world.busy


def wait_clean(world, target):
    """Wait until a host has removed what it had built."""
    here = [guest for guest in world.guests if guest.host is target]
    wait_until(lambda: not debris(target, here), 30,
               f"{target.name} to remove what was built",
               lambda: str(debris(target, here)))


def there(world):
    """memory, code, a file system and a TCP stream survive a migration"""
    subject = busy(world)
    publishes(subject.guest)
    watched(subject.guest)
    report = world.there(subject.guest)
    assert report["mode"] == "tsmc", report
    assert report["missing_pages"] > 0, "nothing was left for stage three"
    waiting = {"kernel", "exec", "stack", "pinned", "unknown"}
    assert not waiting & set(report["pages"]["stage3"]), report["pages"]
    assert set(report["pages"]["stage2"]) <= waiting, report["pages"]
    subject.must_grow()
    world.check_debris()


def back(world):
    """the same guest goes back without a reboot, its module still publishing"""
    subject = busy(world)
    publishes(subject.guest)
    world.there(subject.guest)
    assert "migrations 2" in publishes(subject.guest)
    subject.must_grow()
    world.check_debris()


def estimate(world):
    """an estimate leaves the guest as it was, and what it tells comes true"""
    guest = busy(world).guest

    def refused(why):
        second = guest.host.run(f"tsmc-agent estimate {guest.name}")
        assert second.status == 1 and why in second.output, second.output
    stopped = ended(guest, "INT", lambda: refused("another tsmc-agent"))
    assert stopped.status == 1 and "stopped by the operator" in stopped.output, stopped.output
    becomes_idle(guest)
    world.bed.link.rate(RATE)
    try:
        told = estimated(world, guest)
        becomes_idle(guest)
        # Not even what is killed disturbs a migration, only another estimate.
        ended(guest, "KILL")
        refused("is on already")
        report = world.there(guest)
    finally:
        world.bed.link.rate(0)
    keys = "total_s", "downtime_s", "bytes_sent"
    print("# estimated: " + ", ".join(f"{k} {told[k]:.3f}, was {report[k]:.3f}" for k in keys),
          flush=True)
    for key in keys:
        assert 0.5 <= told[key] / report[key] <= 2, f"{key}: {told}, then {report}"
    busy(world).must_grow()
    world.check_debris()


def verify(world):
    """--verify finds no difference between both sides"""
    subject = busy(world)
    report = world.there(subject.guest, "--verify")
    assert report["missing_pages"] > 0, report
    subject.must_grow()
    world.check_debris()


def packed(world, how, options=""):
    """Move the busy guest with packed pages; all of it goes on."""
    subject = busy(world)
    report = world.there(subject.guest, f"--compress {how} {options}")
    batches = report["pack_batches"]
    print(f"# {how}: {report['pack_bytes_in']} bytes became "
          f"{report['pack_bytes_out']} in {report['pack_cpu_s']:.3f} s, batches "
          f"{batches}", flush=True)
    assert report["compress"] == how, report
    assert batches["lz4"] + batches["zstd"] > 0, report
    assert report["pack_bytes_in"] == 4096 * report["pages_transferred"], report
    assert report["pack_bytes_out"] < 0.9 * report["pack_bytes_in"], report
    subject.must_grow()
    world.check_debris()
    return batches


def packed_fast(world):
    """a guest moves with --compress fast"""
    assert not packed(world, "fast")["zstd"]


def packed_adaptive(world):
    """a guest moves with --compress adaptive, and every page is the same"""
    world.bed.link.rate(SLOW_LINK)
    try:
        packed(world, "adaptive", "--verify")
    finally:
        world.bed.link.rate(0)


def verify_planted(world):
    """--verify finds a difference that is planted, and the guest stays"""
    subject = busy(world)
    guest, source = subject.guest, subject.guest.host
    target = world.other(source)
    wait_clean(world, target)
    planter = target.start(
        f"/build/selftests/migration/plant {shlex.quote(guest.name + '--incoming')} 0x1234")
    try:
        move = world.mover.try_move(guest, source, target, "--verify")
    finally:
        planter.kill()
    said = f"{move.output}\nthe planter said: {planter.output()}"
    assert move.status == 1, f"status {move.status}: {said}"
    assert "gfn 0x1234 differs" in move.output, said
    subject.must_grow()
    wait_clean(world, target)
    world.check_debris()


def interrupted(world):
    """Ctrl-C in stage one leaves the guest running where it is"""
    subject = busy(world)
    guest, source = subject.guest, subject.guest.host
    target = world.other(source)
    command = world.mover.command(guest, target)
    running = source.start(command)
    try:
        wait_until(lambda: "stage one" in running.output(), 60,
                   "stage one to begin", running.output)
        source.run("pkill -INT -x tsmc-agent", check=True)
        result = running.wait(60)
    finally:
        running.forget()
    assert result.status == 1, result.output
    assert "stopped by the operator" in result.output, result.output
    subject.must_grow()
    wait_clean(world, target)
    world.check_debris()


def finish(world):
    """all of the guest's own checks end well, and its kernel is content"""
    subject = busy(world)
    subject.finish()
    world.destroy(subject.guest)


CASES = [there, back, packed_adaptive, verify_planted, finish]
LONG = [estimate, verify, packed_fast, interrupted, finish]
