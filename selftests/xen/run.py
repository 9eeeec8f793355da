#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Run the tests of xen-glue in the Dom0 of a real Xen host."""
import pathlib
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tools" / "testbed"))

from xenbed import Guest, Testbed, retry_once  # noqa: E402

PROGRAMS = "/build/selftests/xen"
LIMIT_S = 240


def run():
    """Boot a host and a guest, run every program; return the failures."""
    with Testbed(TOP / "build" / "testbed" / "glue", hosts=1) as bed:
        guest = Guest("glue", module=False)
        guest.create(bed.hosta)
        failed = []
        for program in ("source_test glue", "target_test glue",
                        f"holes_test {PROGRAMS}/holes_guest"):
            print(f"# selftests: xen: {program.split()[0]}", flush=True)
            status, output = bed.hosta.run(f"{PROGRAMS}/{program}",
                                           timeout=LIMIT_S)
            print(output, end="", flush=True)
            if status:
                failed.append(program)
        guest.run("true", check=True)
        return failed


if __name__ == "__main__":
    sys.exit(1 if retry_once(run, "the test of xen-glue") else 0)
