#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Migrates a guest between two Xen hosts with tsmc-agent, then an identical
one with xl migrate, and prints both side by side."""
import sys
import time

from mover import TOP, Mover
from outside import Outside, reconnection_s
from workloads import MEMORY, Workload, must_grow
from xenbed import Guest, Testbed, retry_once

RATE = 25_000_000  # bytes/s of the link between the hosts


class Demo:
    """Two hosts, and what is measured on them."""

    def __init__(self, bed):
        self.bed = bed
        self.began = time.monotonic()
        self.mover = Mover(bed)
        self.wrong = []

    def say(self, text):
        """Progress, with the time."""
        print(f"[{time.monotonic() - self.began:4.0f} s] {text}", flush=True)

    def sent(self):
        """Bytes that the link has carried so far."""
        return sum(self.bed.link.stats()["bytes"])

    def subject(self, name, ip):
        """A guest under a load that proves its own memory."""
        guest = Guest(name, ip=ip)
        guest.create(self.bed.hosta)
        load = Workload(guest, "memory", MEMORY)
        self.say(f"{name}: 256 MB, 2 vCPUs, runs on hosta; its workload "
                 "checks its own memory")
        return guest, load

    def move(self, guest, load, how):
        """Migrate it, watched from outside; return the figures."""
        before, began = self.sent(), time.monotonic()
        with Outside(self.bed, guest) as outside:
            report = how(guest, self.bed.hosta, self.bed.hostb)
            total = time.monotonic() - began
        sent = self.sent() - before
        must_grow(load)
        self.say(f"{guest.name} runs on hostb")
        checks = load.finish()
        return report, {"total": total, "gap": outside.sight.gap_s,
                        "sent": sent / 2**20, "checks": checks}

    def run(self):
        """The whole demonstration; returns what was wrong."""
        self.bed.link.rate(RATE)
        guest, load = self.subject("demo", "192.0.2.50")
        self.say("tsmc-agent migrate demo hostb")
        report, ours = self.move(guest, load, self.try_ours)
        back = reconnection_s(self.bed.hostb, self.mover.received(self.bed.hostb))
        if ours["gap"] > 1.2 * report["downtime_s"] + back:
            self.wrong.append(
                f"outside a gap of {ours['gap']:.3f} s was seen, more than the "
                f"reported downtime of {report['downtime_s']:.3f} s + 20 % and "
                f"the reconnection of {back:.3f} s")
        self.bed.hostb.run("xl destroy demo", check=True)
        guest, load = self.subject("demoxl", "192.0.2.51")
        self.say("xl migrate demoxl hostb")
        _, theirs = self.move(guest, load, self.mover.xl_move)
        self.table(ours, theirs, back)
        return self.wrong

    def try_ours(self, guest, source, target):
        """Our migration, with its report shown."""
        move = self.mover.try_move(guest, source, target)
        print("\n" + "".join(f"    {line}\n" for line in move.output.splitlines()),
              flush=True)
        if move.status:
            raise RuntimeError("tsmc-agent migrate failed\n" + self.mover.received())
        return move.report

    @staticmethod
    def table(ours, theirs, back):
        """Both side by side."""
        rows = [("total migration time, s", "total", "8.1f"),
                ("longest gap seen outside, s", "gap", "8.3f"),
                ("sent over the link, MiB", "sent", "8.1f"),
                ("memory checks passed", "checks", "8d")]
        print(f"\n    {'':30}{'tsmc':>10}{'xl migrate':>12}{'ratio':>8}")
        for name, key, form in rows:
            ratio = f"{ours[key] / theirs[key]:8.2f}" if key != "checks" else ""
            print(f"    {name:30}{ours[key]:>10{form[1:]}}"
                  f"{theirs[key]:>12{form[1:]}}{ratio}")
        print(f"    (of our gap, the interface took {back:.3f} s to connect again "
              "after the resume)\n", flush=True)


def attempt():
    """One demonstration on hosts of its own."""
    print("Booting two Xen hosts ...", flush=True)
    with Testbed(TOP / "build" / "testbed" / "demo") as bed:
        return Demo(bed).run()


def main():
    """The verdict."""
    wrong = retry_once(attempt, "The demonstration")
    for what in wrong:
        print(f"WRONG: {what}")
    print("demo: FAILED" if wrong else
          "demo: passed: both guests moved, no page of either is wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
