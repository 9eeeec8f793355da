#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Show that the test hosts are stable before anything is tested on them.

A guest of two CPUs runs a memory workload that checks itself. Beside it both
Dom0s send each other checksummed bulk data through ssh, whose arithmetic is
what the emulator got wrong first, and receive more from outside. Twice in
between stock xl migrates the guest, there and back. Not one byte may be wrong.
"""
import argparse
import hashlib
import os
import re
import sys
import time

from xenbed import BedError, Guest, Observer, Testbed, paths

BULK_MIB = 16
OUTSIDE_MIB = 4
ROUND_LIMIT_S = 180
SENDING = "/run/selftest-sending"
PORT = 8003
MIGRATE_LIMIT_S = 240
TROUBLE = re.compile(
    r"WARNING:|BUG:|\bOops\b|Call Trace|general protection|soft lockup|segfault|"
    r"trap invalid opcode|I/O error|Kernel panic|domain_crash|"
    r"Domain \d+ .*crashed|Xen WARN|Xen BUG")


class Bulk:
    """Rounds of bulk data from one Dom0 to the other, each checked."""

    def __init__(self, host, peer, data):
        self.host = host
        self.done = 0
        self.job = None
        host.push(data, "/tmp/bulk")
        # A corrupt packet breaks the connection, so a failed round is an
        # error just as a wrong sum is.
        self.command = (
            f"touch {SENDING}; while [ -e {SENDING} ]; do "
            f"sum=$(ssh {peer.name} sha256sum </tmp/bulk) && "
            f"[ \"$sum\" = '{digest(data)}  -' ] || {{ echo \"wrong: $sum\"; "
            "exit 1; }; echo round; done")

    def start(self):
        """Send rounds until stop()."""
        self.job = self.host.start(self.command)

    def check(self):
        """Raise if a round went wrong."""
        if not self.job.running() or "wrong" in self.job.output():
            raise BedError(f"bulk data from {self.host.name} broke:\n"
                           f"{self.job.output()}\n{self.host.console_tail()}")

    def stop(self):
        """Let the round end that is under way, send no more."""
        self.check()
        self.host.run(f"rm {SENDING}", check=True)
        status, output = self.job.wait(ROUND_LIMIT_S)
        if status:
            raise BedError(f"bulk data from {self.host.name} broke:\n{output}")
        self.done += output.count("round")


def digest(path):
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def say(began, text):
    """Progress, with the time since the start."""
    print(f"[{time.monotonic() - began:5.0f} s] {text}", flush=True)


def xl_migrate(guest, target):
    """Migrate with stock xl through a plain TCP pipe."""
    source = guest.host
    listener = target.start(f"socat -b 262144 TCP-LISTEN:{PORT},reuseaddr "
                            "EXEC:'xl migrate-receive'")
    began = time.monotonic()
    source.run(f"xl migrate -s '' {guest.name} 'socat -b 262144 - "
               f"TCP:{target.name}:{PORT},retry=100,interval=0.2'",
               timeout=MIGRATE_LIMIT_S, check=True)
    guest.host = target
    listener.forget()
    return time.monotonic() - began


def read_logs(hosts, guest):
    """The lines of all logs: kernels' and hypervisors'."""
    commands = [("guest", guest, "dmesg")]
    for host in hosts:
        commands += [(host.name, host, "dmesg"),
                     (f"{host.name}'s Xen", host, "xl dmesg")]
    return {name: place.run(command, check=True).output.splitlines()
            for name, place, command in commands}


def check_logs(before, after):
    """No kernel and no hypervisor has found anything to complain of since.

    What they said of the emulated processor when they booted does not count.
    """
    for name, log in after.items():
        for line in log[len(before[name]):]:
            if TROUBLE.search(line):
                raise BedError(f"{name} says: {line}")


def load(bulks, memory, probe, seconds):
    """Bulk data in all directions beside the workload, for so long."""
    deadline = time.monotonic() + seconds
    for bulk in bulks:
        bulk.start()
    while time.monotonic() < deadline:
        for bulk in bulks:
            outside(bulk.host, probe)
            bulk.check()
        check_running(memory)
    for bulk in bulks:
        bulk.stop()


def check_running(memory):
    """Raise if the workload has found anything, or has ended."""
    if not memory.running() or "FAILED" in memory.output():
        raise BedError("the workload broke; it said:\n"
                       + memory.output()[-2000:])


def finish(memory, guest):
    """End the workload; return its verdict, which must be good."""
    guest.run("killall -TERM memory", check=True)
    status, output = memory.wait(60)
    verdict = output.splitlines()[-1]
    if status or not re.search(r"done checks=[1-9]\d* errors=0", verdict):
        raise BedError(f"the workload ended with status {status}:\n"
                       f"{output[-2000:]}")
    return verdict


def run(bed, seconds, began):
    """Load, a migration, load, the migration back, load."""
    hosts = bed.hosta, bed.hostb
    data, probe = bed.directory / "bulk", bed.directory / "probe"
    data.write_bytes(os.urandom(BULK_MIB << 20))
    probe.write_bytes(os.urandom(OUTSIDE_MIB << 20))
    bulks = [Bulk(bed.hosta, bed.hostb, data),
             Bulk(bed.hostb, bed.hosta, data)]

    guest = Guest("stable", memory_mb=256, vcpus=2, disk=True)
    guest.create(bed.hosta)
    logs = read_logs(hosts, guest)
    memory = guest.start("memory --size 64 --threads 2")
    say(began, "a guest of two CPUs runs its workload")
    observer = Observer(bed, guest)
    for target in (bed.hostb, bed.hosta, None):
        load(bulks, memory, probe, seconds / 3)
        rounds = [bulk.done for bulk in bulks]
        say(began, f"right so far: {rounds[0]} and {rounds[1]} rounds of "
                   f"{BULK_MIB} MiB; {memory.output().splitlines()[-1]}")
        if target:
            took = xl_migrate(guest, target)
            check_running(memory)
            say(began, f"xl has migrated the guest to {target.name} in "
                       f"{took:.0f} s")
    seen = observer.stop()
    say(began, f"an observer had {seen['answers']} answers to "
               f"{seen['probes']} probes, longest gap "
               f"{seen['longest_gap_ns'] / 1e9:.2f} s")
    verdict = finish(memory, guest)
    if min(rounds) == 0 or seen["answers"] == 0:
        raise BedError("nothing was proved: no bulk data or no answers")
    check_logs(logs, read_logs(hosts, guest))
    say(began, f"no wrong byte: {sum(rounds) * BULK_MIB} MiB between the "
               f"Dom0s; {verdict}")


def outside(host, data):
    """Bulk data into a Dom0 from outside, checked."""
    with open(data, "rb") as stdin:
        result = host.run("sha256sum", stdin=stdin, timeout=ROUND_LIMIT_S,
                          check=True)
    if result.output.split()[0] != digest(data):
        raise BedError(f"bulk data into {host.name} arrived wrong")


def main():
    """Run it and give a verdict."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300,
                        help="how long the load lasts (%(default)s)")
    args = parser.parse_args()
    began = time.monotonic()
    try:
        with Testbed(paths.BUILD / "testbed" / "selftest") as bed:
            say(began, "two Xen hosts are up")
            run(bed, args.seconds, began)
    except BedError as error:
        fault = getattr(error, "emulator_fault", None)
        print(f"{error}\n")
        if fault:
            print(f"The emulator's fault: {fault}")
        print("testbed-selftest: FAILED")
        return 1
    print("testbed-selftest: passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
