#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Injects every failure of the table, one line for each; exit status 1 if one is not green.

Words on the command line, PHASE, PHASE:WHAT or "host", choose among them.
"""
import pathlib
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "selftests" / "migration"), str(TOP / "tools" / "testbed")]

from fault_table import TABLE  # noqa: E402
from faults import Faults  # noqa: E402
from host_death import DEATHS  # noqa: E402
from world import World  # noqa: E402
from xenbed import Testbed  # noqa: E402


# A guest's kernel keeps about 1 MiB more with each migration, by xl's too.
MEMORY_MB = 192


def chosen(words):
    """The faults that the words name, or all."""
    return [fault for fault in TABLE
            if not words or fault.phase in words or f"{fault.phase}:{fault.what}" in words]


def is_green(name, run, *what):
    """Whether it is; what is wrong is printed."""
    began = time.monotonic()
    try:
        run(*what)
        verdict, why = "ok", ""
    except Exception as error:
        verdict, why = "NOT OK", str(error) or repr(error)
    print(f"{verdict:6} {name} ({time.monotonic() - began:.0f} s)", flush=True)
    print("".join(f"# {line}\n" for line in why.splitlines()), end="", flush=True)
    return not why


def table(left):
    """Those failures, on one pair of hosts as long as they are green; how many are, of how many."""
    failed, total = 0, 0
    while left:
        with Testbed(TOP / "build" / "testbed" / "faults") as bed:
            world = World(bed)
            faults = Faults(world, MEMORY_MB)
            good = True
            while left and good:
                fault = left.pop(0)
                good = is_green(fault.name, faults.try_fault, fault)
                total += 1
                failed += not good
            if good:
                faults.close()
                world.check_hosts()
            world.close()
    return total - failed, total


def deaths():
    """A pair of hosts for each death of one."""
    green = 0
    for death in DEATHS:
        with Testbed(TOP / "build" / "testbed" / "faults") as bed:
            world = World(bed)
            green += is_green(death.__doc__, death, world)
            world.close()
    return green, len(DEATHS)


def main(words):
    """All of them, or those that are named."""
    results = [table(chosen(words))] if set(words) != {"host"} else []
    if not words or "host" in words:
        results.append(deaths())
    green, total = (sum(numbers) for numbers in zip(*results))
    print(f"{green} of {total} are green")
    return 1 if green < total or not total else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
