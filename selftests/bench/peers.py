#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares tsmc-agent in its modes with xl migrate.

Guests of several sizes, half full and 90 % full, are migrated over one link
under a low and a high dirty rate, by each system in turn. Printed are the
paper's five figures and what else the migration costs; plots are drawn like
the paper's. The last lines are the targets; exit status 1 on a miss.
"""
import argparse
import pathlib
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "selftests" / "migration"),
                str(TOP / "tools" / "testbed")]

import chosen_parts  # noqa: E402
import peer_estimate  # noqa: E402
import peer_matrix  # noqa: E402
import peer_network  # noqa: E402
import peer_speed  # noqa: E402
from dirtying import FILLS, LOADS, RATES  # noqa: E402
from figures import Targets, save  # noqa: E402
from systems import SYSTEMS  # noqa: E402
from world import World  # noqa: E402
from xenbed import Testbed, retry_once  # noqa: E402

OUT = TOP / "build" / "bench"
RATE = 10_000_000  # bytes/s of the link: less than the emulated hosts can do
SIZES = [128, 256, 512, 1024]
# They share a boot. Each has run(bench), show(runs) and judge(runs, targets).
ONE_BOOT = {"network": peer_network, "speed": peer_speed, "estimate": peer_estimate}
PARTS = ["matrix", *ONE_BOOT]


class Bench:
    """What is run on one boot of two hosts."""

    def __init__(self, bed, options, began):
        self.bed = bed
        self.options = options
        self.began = began
        self.world = World(bed)

    def say(self, text):
        """Progress, with the time."""
        print(f"[{time.monotonic() - self.began:5.0f} s] {text}", flush=True)


def on_hosts(options, began, work):
    """Boot two hosts, and return what is found on them."""
    def attempt():
        print("Booting two Xen hosts ...", flush=True)
        with Testbed(TOP / "build" / "testbed" / "bench") as bed:
            bench = Bench(bed, options, began)
            bed.link.rate(options.link)
            try:
                found = work(bench)
                bench.world.check_debris()
                bench.world.check_hosts()
                return found
            finally:
                bench.world.close()
    return retry_once(attempt, "The benchmark")


def one_boot(bench, wanted, figures):
    """These parts; one that an attempt before has brought to its end stays."""
    for name in wanted:
        if not figures[name]:
            figures[name] = ONE_BOOT[name].run(bench)


def run(options, figures):
    """Everything that the options ask for."""
    began = time.monotonic()
    for size in options.sizes if "matrix" in options.parts else ():
        on_hosts(options, began, lambda bench, size=size:
                 peer_matrix.Matrix(bench, size, figures).run())
    wanted = [name for name in ONE_BOOT if name in options.parts]
    if wanted:
        on_hosts(options, began, lambda bench: one_boot(bench, wanted, figures))


def show(figures):
    """Tables and plots."""
    peer_matrix.show(figures["runs"], figures["impossible"])
    peer_matrix.plot(figures["runs"], OUT)
    for name, part in ONE_BOOT.items():
        if figures[name]:
            part.show(figures[name])
    if figures["network"]:
        peer_network.plot(figures["network"], OUT)


def judge(figures):
    """The targets that the figures can be judged by."""
    targets = Targets()
    peer_matrix.judge(figures["runs"], targets, figures["options"]["link"])
    for name, part in ONE_BOOT.items():
        if figures[name]:
            part.judge(figures[name], targets)
    return targets


def some_of(known, kind=str):
    """An argument that lists some of what there is."""
    def parse(text):
        chosen = [kind(word) for word in text.split(",")]
        if set(chosen) - set(known):
            raise argparse.ArgumentTypeError(
                f"'{text}' is not of {','.join(map(str, known))}")
        return chosen
    return parse


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, known, kind in (("sizes", SIZES, int), ("fills", list(FILLS), str),
                              ("rates", RATES, str), ("loads", LOADS, str),
                              ("systems", SYSTEMS, str)):
        listed = ",".join(map(str, known))
        parser.add_argument(f"--{name}", type=some_of(known, kind), default=known,
                            metavar="LIST", help=f"of {listed}; default: all")
    parser.add_argument("--runs", type=int, default=3, metavar="N",
                        help="runs of each system under each workload")
    parser.add_argument("--link", type=int, default=RATE, metavar="BYTES",
                        help=f"bytes per second of the link, default {RATE}")
    return chosen_parts.parse(parser, PARTS)


def main():
    """The verdict."""
    options = arguments()
    figures = {"options": vars(options), "runs": [], "impossible": [],
               **{name: [] for name in ONE_BOOT}}
    try:
        run(options, figures)
    finally:
        # Hours may be in them, whatever has ended the run.
        save(OUT / "peers.json", figures)
    show(figures)
    targets = judge(figures)
    status = targets.print()
    save(OUT / "peers.json", {**figures, "targets": targets.results})
    return status


if __name__ == "__main__":
    sys.exit(main())
