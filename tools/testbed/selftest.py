#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Show that the test hosts are stable before anything is tested on them.

A guest of two CPUs runs a memory workload that checks itself, both Dom0s send
each other checksummed bulk data through ssh (whose arithmetic is what the
emulator got wrong first) and to the outside, and stock xl migrates the guest
there and back in the meantime. Not one byte may be wrong.
"""
import argparse
import hashlib
import os
import re
import sys
import time

from xenbed import BedError, Guest, Observer, Testbed, paths

BULK_MIB = 16
PORT = 8003
MIGRATE_LIMIT_S = 240
TROUBLE = re.compile(
    r"WARNING:|BUG:|Oops|Call Trace|general protection|soft lockup|segfault|"
    r"trap invalid opcode|I/O error|Kernel panic|domain_crash|"
    r"Domain \d+ .*crashed|Xen WARN|Xen BUG", re.I)


class Bulk:
    """Rounds of bulk data from one Dom0 to another, each checked."""

    def __init__(self, host, peer, data, digest):
        self.host = host
        host.push(data, "/tmp/bulk")
        # A corrupt packet breaks the connection, so a failed round is an
        # error just as a wrong sum is.
        self.job = host.start(
            f"while :; do sum=$(ssh {peer.name} sha256sum </tmp/bulk) && "
            f"[ \"$sum\" = '{digest}  -' ] || {{ echo \"wrong: $sum\"; exit 1; }}; "
            "echo round; done")

    def rounds(self):
        """How many rounds were right; raise if one was wrong."""
        output = self.job.output()
        if not self.job.running() or "wrong" in output:
            raise BedError(f"bulk data from {self.host.name} broke:\n{output}\n"
                           f"{self.host.console_tail()}")
        return output.count("round")


def say(began, text):
    """Progress, with the time since the start."""
    print(f"[{time.monotonic() - began:5.0f} s] {text}", flush=True)


def xl_migrate(guest, target):
    """Migrate with stock xl through a plain TCP pipe."""
    source = guest.host
    listener = target.start(f"socat TCP-LISTEN:{PORT},reuseaddr "
                            "EXEC:'xl migrate-receive'")
    began = time.monotonic()
    source.run(f"xl migrate -s '' {guest.name} 'socat - TCP:{target.name}:{PORT},"
               "retry=100,interval=0.2'", timeout=MIGRATE_LIMIT_S, check=True)
    guest.host = target
    listener.forget()
    return time.monotonic() - began


def workload_errors(output):
    """What a self-checking workload has found wrong; None if it is silent."""
    if "FAILED" in output:
        return output
    found = re.findall(r"checks=(\d+)", output)
    return "" if found and int(found[-1]) > 0 else None


def check_logs(hosts, guest):
    """No kernel and no hypervisor has anything to complain of."""
    logs = [("guest", guest.run("dmesg", check=True).output)]
    for host in hosts:
        logs.append((host.name, host.run("dmesg", check=True).output))
        logs.append((f"{host.name}'s Xen",
                     host.run("xl dmesg", check=True).output))
    for name, log in logs:
        for line in log.splitlines():
            if TROUBLE.search(line):
                raise BedError(f"{name} says: {line}")


def load(bed, seconds, began):
    """Everything at once for so many seconds, two migrations among it."""
    a, b = bed.hosta, bed.hostb
    data = bed.directory / "bulk"
    data.write_bytes(os.urandom(BULK_MIB << 20))
    digest = hashlib.sha256(data.read_bytes()).hexdigest()

    guest = Guest("stable", memory_mb=256, vcpus=2, disk=True)
    guest.create(a)
    say(began, "the guest runs")
    memory = guest.start("memory --size 64 --threads 2")
    bulks = [Bulk(a, b, data, digest), Bulk(b, a, data, digest)]
    observer = Observer(bed, guest)

    deadline = time.monotonic() + seconds
    targets = [b, a]
    next_move = time.monotonic() + seconds / 6
    while time.monotonic() < deadline or targets:
        if targets and time.monotonic() > next_move:
            took = xl_migrate(guest, targets.pop(0))
            say(began, f"xl has migrated it to {guest.host.name} in "
                       f"{took:.0f} s")
            next_move = time.monotonic() + seconds / 6
        outside(bed.hosts, data, digest)
        rounds = [bulk.rounds() for bulk in bulks]
        if not memory.running() or "FAILED" in memory.output():
            raise BedError(f"the workload broke:\n{memory.output()[-2000:]}\n"
                           f"{guest.console_tail()}")
        say(began, f"rounds of {BULK_MIB} MiB: {rounds[0]} and {rounds[1]}; "
                   f"{memory.output().splitlines()[-1]}")

    guest.run("killall -TERM memory", check=True)
    status, output = memory.wait(60)
    if status or workload_errors(output) != "":
        raise BedError(f"the workload ended with status {status}:\n"
                       f"{output[-2000:]}")
    seen = observer.stop()
    say(began, f"the observer had {seen['answers']} answers to "
               f"{seen['probes']} probes, longest gap "
               f"{seen['longest_gap_ns'] / 1e9:.2f} s")
    rounds = [bulk.rounds() for bulk in bulks]
    if min(rounds) == 0 or seen["answers"] == 0:
        raise BedError("nothing was proved: no bulk data or no answers")
    for bulk in bulks:
        bulk.job.kill()
    check_logs(bed.hosts, guest)
    say(began, f"no wrong byte in {sum(rounds) * BULK_MIB} MiB; "
               f"{output.splitlines()[-1]}")


def outside(hosts, data, digest):
    """Bulk data into each Dom0 from outside and back, checked."""
    for host in hosts:
        with open(data, "rb") as stdin:
            got = host.run("sha256sum", stdin=stdin, timeout=120,
                           check=True).output.split()[0]
        if got != digest:
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
            load(bed, args.seconds, began)
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
