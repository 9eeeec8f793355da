#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Migrations back and forth with failures at random, all from one seed, which is printed.

A line for each; ends with the first that is not right.
"""
import argparse
import pathlib
import random
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "selftests" / "migration"), str(TOP / "tools" / "testbed")]

from fault_table import TABLE  # noqa: E402
from faults import Faults  # noqa: E402
from world import World  # noqa: E402
from xenbed import Testbed  # noqa: E402


def soak(bed, moves, dice):
    """So many migrations, of which every other one fails somehow."""
    world = World(bed)
    # A guest's kernel keeps about 1 MiB more with each migration, by xl's too.
    faults = Faults(world, 160 + moves * 3 // 2)
    for number in range(1, moves + 1):
        began = time.monotonic()
        if dice.random() < 0.5:
            fault = dice.choice(TABLE)
            faults.try_fault(fault)
            what = fault.name
        else:
            world.there(faults.guest)
            what = "nothing fails"
        print(f"ok {number} {what} ({time.monotonic() - began:.0f} s)", flush=True)
    faults.close()
    world.check_hosts()
    world.close()


def main():
    """All of them, or an exception."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moves", type=int, default=200, metavar="N", help="default 200")
    parser.add_argument("--seed", type=int, default=int(time.time()),
                        help="of the run to be repeated")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    with Testbed(TOP / "build" / "testbed" / "soak") as bed:
        soak(bed, options.moves, random.Random(options.seed))
    print(f"{options.moves} migrations, and the guest is content")


if __name__ == "__main__":
    main()
