# SPDX-License-Identifier: GPL-2.0-or-later
"""A migration whose stage three lasts, so that something can be done in the middle of it."""
import json

from mover import LIMIT_S
from xenbed.wait import wait_until

# 64 pages a second, and nothing but them.
SLOW = "--push-interval 250 --push-batch 16 --prepull 0"
RUNS_LIMIT_S = 120


class Held:
    """Pages of the guest are missing while the block runs.

    The guest's host is the target from then on, as far as the test is concerned.
    """

    def __init__(self, world, guest, options=SLOW):
        self.guest = guest
        self.source = guest.host
        self.target = world.other(guest.host)
        self.said_before = len(world.mover.received(self.target))
        self.mover = world.mover
        self.moving = self.source.start(
            "rm -f /tmp/report.json; exec " + world.mover.command(
                guest, self.target, f"--json /tmp/report.json {options}"))

    def __enter__(self):
        wait_until(lambda: self.runs_there() or not self.moving.running(), RUNS_LIMIT_S,
                   "the guest to run at the target", self.said)
        self.must_be_held("the guest's first moments at the target")
        self.guest.host = self.target
        return self

    def __exit__(self, kind, error, trace):
        if kind:
            print("".join(f"# {line}\n" for line in self.said().splitlines()), flush=True)
        self.moving.forget()

    def runs_there(self):
        """Whether the guest has its own name at the target."""
        return self.target.run(f"xl domid {self.guest.name}").status == 0

    def said(self):
        """What both agents have said of this migration."""
        there = self.mover.received(self.target)[self.said_before:]
        return f"the source said:\n{self.moving.output()}\nthe target said:\n{there}"

    def must_be_held(self, what):
        """What was just done was done while pages were missing."""
        assert self.moving.running(), f"stage three was over before {what}\n{self.said()}"

    def end(self, limit_s=LIMIT_S):
        """Wait for the source's agent to end; its status."""
        return self.moving.wait(limit_s).status

    def complete(self):
        """It ends well; its report."""
        status = self.end()
        assert status == 0, f"status {status}\n{self.said()}"
        report = json.loads(self.source.read("/tmp/report.json"))
        print(f"# {self.guest.name} to {self.target.name}: {report['missing_pages']} pages were missing, "
              f"for {report['recovery_s']:.1f} s, {report['faults']} faults", flush=True)
        return report
