#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares the orders in which stage three pushes pages.

The same seeded workloads are migrated with each order, in turns. Printed are
demand faults, stall, the time until the workload is back at 90 % of its speed
and the quality of the ranks; then how right the guest's hot class is and what
it costs. The last lines are the targets; exit status 1 on a miss.
"""
import argparse
import json
import pathlib
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "selftests" / "migration"),
                str(TOP / "tools" / "testbed")]

import order_costs  # noqa: E402
import chosen_parts  # noqa: E402
from figures import Targets, median, ratio, save, spread, table  # noqa: E402
from order_loads import MOVING, SCAN, ZIPF, KeyValue, Table  # noqa: E402
from world import World  # noqa: E402
from xenbed import CommandFailed, Testbed, retry_once  # noqa: E402
from xenbed.wait import wait_until  # noqa: E402

ORDERS = ["hints", "address", "random", "recency"]
COMPARED = ["hints", "address"]
RATE = 9_000_000  # bytes/s of the link: stage three takes seconds
MIGRATE_LIMIT_S = 240
STAGE_ONE_LIMIT_S = 60
REPORT = "/tmp/bench-order.json"
LOADS = {
    "zipf": lambda guest: Table(guest, "zipf", ZIPF),
    "scan": lambda guest: Table(guest, "scan", SCAN),
    "moving": lambda guest: Table(guest, "moving", MOVING),
    "kv": KeyValue,
}
PARTS = [*LOADS, "accuracy", "speed", "settle"]
# Those with targets are run as often as wanted, the others once or twice.
JUDGED = ["zipf", "scan"]
COLUMNS = ["order", "faults", "stall, s", "back at 90 %, s",
           "faults on first 10 %", "holes", "stage three, s", "downtime, s"]


def migrate(world, guest, order, at_stage_one, rate=RATE):
    """Move a guest to the other host; return the agent's report.

    What is to happen in stage one has happened before stage one ends: until
    then the link is slow.
    """
    source, target = guest.host, world.other(guest.host)
    command = world.mover.command(guest, target,
                                  f"--order {order} --json {REPORT}")
    world.bed.link.rate(rate / 4)
    running = source.start(f"rm -f {REPORT}; {command}")
    try:
        wait_until(lambda: "stage one" in running.output()
                   or not running.running(), STAGE_ONE_LIMIT_S,
                   "stage one to begin", running.output)
        at_stage_one()
        world.bed.link.rate(rate)
        result = running.wait(MIGRATE_LIMIT_S)
    finally:
        running.forget()
    if result.status or "falling back" in result.output:
        raise CommandFailed(source.name, command, result.status,
                            f"{result.output}\nthe receivers said:\n"
                            f"{world.mover.received()}")
    guest.host = target
    return json.loads(source.read(REPORT))


class Bench:
    """All runs on one pair of hosts."""

    def __init__(self, bed, options):
        self.bed = bed
        self.options = options
        self.began = time.monotonic()
        self.world = World(bed)
        self.runs = []

    def say(self, text):
        """Progress, with the time."""
        print(f"[{time.monotonic() - self.began:4.0f} s] {text}", flush=True)

    def one(self, guest, subject, order):
        """One migration of one workload in one order."""
        load = subject.before(self.world.other(guest.host))
        report = migrate(self.world, guest, order, subject.rewrite)
        run = {"workload": subject.name, "order": order,
               "back_s": load.recovery_s(), "report": report}
        subject.after()
        self.runs.append(run)
        self.say(f"{subject.name} {order}: {report['faults']} faults, stall "
                 f"{report['fault_wait_s']:.2f} s, back after "
                 f"{run['back_s']:.2f} s, {report['missing_pages']} holes, "
                 f"stage three {report['recovery_s']:.1f} of "
                 f"{report['total_s']:.1f} s")

    def workload(self, guest, name):
        """All migrations of one workload, the orders in turns."""
        subject = LOADS[name](guest)
        rounds = self.options.runs if name in JUDGED else self.options.others
        for number in range(rounds):
            orders = ORDERS if number < self.options.others else COMPARED
            # Neither order is always the one that goes there, or the first.
            for order in orders[::-1] if number % 2 else orders:
                self.one(guest, subject, order)
        hot = subject.number("hot_pages") if name == "zipf" else None
        subject.finish()
        return hot

    def accuracy(self, guest):
        """How right the hot class is."""
        self.say("precision and recall of the hot class")
        return [order_costs.accuracy(guest, seed) for seed in (1, 2, 3)]

    def speed(self, guest):
        """What tracking takes from the guest's work."""
        self.say("speed with and without tracking")
        found = order_costs.throughput(guest)
        self.say(f"ratios {spread(found['ratios'], '.3f')}")
        return found

    def settle(self):
        """What settling adds to a downtime."""
        self.say("settling in a guest of 1 GiB")
        found = order_costs.settling(self.world, migrate)
        for run in found["runs"]:
            self.say(f"settling took {run['settle_s'] * 1e3:.1f} ms of a "
                     f"downtime of {run['downtime_s']:.3f} s")
        return found

    def run(self):
        """Everything; returns the figures."""
        parts = self.options.parts
        figures = {"options": vars(self.options), "runs": self.runs}
        if {*LOADS, "accuracy", "speed"} & set(parts):
            guest = self.world.guest(self.world.a, "bench", memory_mb=192)
            if "accuracy" in parts:
                figures["accuracy"] = self.accuracy(guest)
            if "speed" in parts:
                figures["speed"] = self.speed(guest)
            for name in LOADS:
                if name in parts:
                    figures["hot_pages"] = (self.workload(guest, name)
                                            or figures.get("hot_pages"))
            self.world.destroy(guest)
        if "settle" in parts:
            figures["settle"] = self.settle()
        self.world.check_debris()
        self.world.check_hosts()
        return figures


def of(figures, workload, order, key):
    """One figure of all runs of a workload in an order."""
    runs = [run for run in figures["runs"]
            if (run["workload"], run["order"]) == (workload, order)]
    return [run[key] if key in run else run["report"][key] for run in runs]


def rank_quality(figures, workload, order):
    """Share of the faults that were on the first tenth of the push order."""
    return [100 * hot / faults if faults else None for hot, faults in
            zip(of(figures, workload, order, "faults_hot"),
                of(figures, workload, order, "faults"))]


def show(figures, workload):
    """The table of one workload."""
    rows = []
    for order in ORDERS:
        def column(key, form):
            return spread(of(figures, workload, order, key), form)
        runs = len(of(figures, workload, order, "faults"))
        if runs:
            rows.append([f"{order} x{runs}", column("faults", ".0f"),
                         column("fault_wait_s", ".2f"),
                         column("back_s", ".2f"),
                         spread(rank_quality(figures, workload, order), ".0f"),
                         column("missing_pages", ".0f"),
                         column("recovery_s", ".1f"),
                         column("downtime_s", ".2f")])
    if rows:
        table(f"{workload}: median (least..most)", COLUMNS, rows)


def judge(figures, parts):
    """The targets."""
    targets = Targets()

    def compare(workload, key):
        return ratio(f"{key} of {workload}",
                     of(figures, workload, "hints", key),
                     of(figures, workload, "address", key))
    if "zipf" in parts:
        targets.at_most("stall_ratio_zipf", compare("zipf", "fault_wait_s"), 0.25)
        targets.at_most("faults_ratio_zipf", compare("zipf", "faults"), 0.25)
        least = min(run["report"]["missing_pages"] for run in figures["runs"]
                    if run["workload"] == "zipf")
        targets.at_least("dirty_by_hot_zipf", least / figures["hot_pages"], 4)
    if "scan" in parts:
        targets.at_most("stall_ratio_scan", compare("scan", "fault_wait_s"), 1.1)
        targets.at_most("faults_ratio_scan", compare("scan", "faults"), 1.1)
    for what in ("precision", "recall") if "accuracy" in parts else ():
        targets.at_least(what, min(run[what] for run in figures["accuracy"]), 0.9)
    if "speed" in parts:
        targets.at_least("throughput_ratio", figures["speed"]["ratio"], 0.98)
    if "settle" in parts:
        targets.at_most("settle_share", figures["settle"]["share"], 0.10)
    return targets


def attempt(options):
    """One benchmark on hosts of its own."""
    print("Booting two Xen hosts ...", flush=True)
    with Testbed(TOP / "build" / "testbed" / "bench-order") as bed:
        bench = Bench(bed, options)
        try:
            return bench.run()
        finally:
            bench.world.close()


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, metavar="N",
                        help="runs of hints and address where there are targets")
    parser.add_argument("--others", type=int, default=2, metavar="N",
                        help="runs of everything else")
    return chosen_parts.parse(parser, PARTS)


def main():
    """The verdict."""
    options = arguments()
    figures = retry_once(lambda: attempt(options), "The benchmark")
    for workload in LOADS:
        show(figures, workload)
    targets = judge(figures, options.parts)
    status = targets.print()
    figures["targets"] = targets.results
    save(TOP / "build" / "bench" / "order.json", figures)
    return status


if __name__ == "__main__":
    sys.exit(main())
