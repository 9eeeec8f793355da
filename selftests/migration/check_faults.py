#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Injects every failure of the table, one line for each; exit status 1 if one is not green.

Words on the command line, PHASE or PHASE:WHAT, choose among them.
"""
import pathlib
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "selftests" / "migration"), str(TOP / "tools" / "testbed")]

from fault_table import TABLE  # noqa: E402
from faults import Faults  # noqa: E402
from world import World  # noqa: E402
from xenbed import Testbed  # noqa: E402


# A guest's kernel keeps about 1 MiB more with each migration, by xl's too.
MEMORY_MB = 192


def chosen(words):
    """The faults that the words name, or all."""
    return [fault for fault in TABLE
            if not words or fault.phase in words or f"{fault.phase}:{fault.what}" in words]


def try_one(faults, fault):
    """Whether it is green; what is wrong is printed. A bed that is not is left, with another guest."""
    began = time.monotonic()
    try:
        faults.try_fault(fault)
        verdict, why = "ok", ""
    except Exception as error:
        verdict, why = "NOT OK", str(error)
    print(f"{verdict:6} {fault.name} ({time.monotonic() - began:.0f} s)", flush=True)
    print("".join(f"# {line}\n" for line in why.splitlines()), end="", flush=True)
    return not why


def main(words):
    """All of them, on one pair of hosts as long as they are green."""
    left, failed, total = chosen(words), 0, 0
    while left:
        with Testbed(TOP / "build" / "testbed" / "faults") as bed:
            world = World(bed)
            faults = Faults(world, MEMORY_MB)
            good = True
            while left and good:
                good = try_one(faults, left.pop(0))
                total += 1
                failed += not good
            if good:
                faults.close()
                world.check_hosts()
            world.close()
    print(f"{total - failed} of {total} are green")
    return 1 if failed or not total else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
