#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs every test: style, unit tests, then everything that needs Xen hosts.

Prints KTAP, and 'N passed, N failed, N skipped' at the end.
"""
import argparse
import concurrent.futures
import importlib
import pathlib
import re
import subprocess
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent
sys.path[:0] = [str(HERE / "migration"), str(TOP / "tools" / "testbed")]

from world import World  # noqa: E402
from xenbed import Testbed, retry_once  # noqa: E402

SKIPPED = 4  # kselftest's exit status
# Files whose CASES need hosts. Those in one tuple need a host each and run side by side.
ON_HOSTS = ["test_moves", "test_shown", "test_demand", "test_fallback", "test_residue", "test_faults",
            "test_bad_input",
            ("test_module", "test_debug_kernel"), "test_glue", "test_late_disk",
            "test_agents", "test_transport", "test_verbs"]
# Files with LONG cases, which are left to "make check-hard".
LONG_ON_HOSTS = ["test_hard", "test_operator", "test_moves", "test_residue", "test_agents",
                 "test_transport", "test_gap", "test_row", "test_debug_kernel", "test_four",
                 "test_monitor", "test_shown", "test_verbs"]


class Tally:
    """Counts results and prints them as KTAP."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.began = time.monotonic()

    def result(self, good, name, skip=False):
        """One result."""
        self.passed += good and not skip
        self.failed += not good
        self.skipped += skip
        number = self.passed + self.failed + self.skipped
        seconds = time.monotonic() - self.began
        self.began = time.monotonic()
        print(f"{'ok' if good else 'not ok'} {number} {name}"
              f"{' # SKIP' if skip else ''} ({seconds:.0f} s)", flush=True)

    def ktap(self, name, output, status):
        """The results of a program that prints KTAP, and its exit status."""
        lines = re.findall(r"^\s*(not ok|ok) \d+ ?-? ?(.*)$", output, re.M)
        for verdict, what in lines:
            self.result(verdict == "ok", f"{name}: {what}", "# SKIP" in what)
        bad = any(verdict == "not ok" for verdict, _ in lines)
        if not lines and status == SKIPPED:
            self.result(True, name, skip=True)
        elif not lines or (status not in (0, SKIPPED) and not bad):
            self.result(status == 0, name)
            bad = status != 0
        if bad:
            print("".join(f"# {line}\n" for line in output.splitlines()[-60:]),
                  flush=True)


def command(*argv):
    """A command's output and status."""
    done = subprocess.run(argv, cwd=TOP, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    return done.stdout, done.returncode


def here(tally):
    """What needs no hosts, side by side: the results in the KTAP count each."""
    commands = {"style": ["python3", "selftests/style.py"],
                "unit": ["make", "-s", "-C", "selftests/unit", "check"],
                "unit, threads": ["make", "-s", "-C", "selftests/unit", "check",
                                  "SANITIZE=thread"],
                "fuzz": ["make", "-s", "-C", "selftests/fuzz", "check"],
                "report": ["make", "-s", "-C", "selftests/report", "check"],
                "terminal": ["make", "-s", "-C", "selftests/terminal", "check"],
                "bench": ["make", "-s", "-C", "selftests/bench", "check"],
                "transport": ["python3", "selftests/transport/check.py"],
                "verbs": ["python3", "selftests/verbs/check.py"],
                "texts": ["python3", "selftests/packaging/check.py"],
                "documentation": ["python3", "selftests/doc/check.py"],
                "xl-migrate": ["python3", "selftests/xl-migrate/check.py"]}
    for tool in ("workload", "tsmcctl", "tsmc-wait"):
        commands[tool] = ["make", "-s", "-C", f"tools/{tool}", f"BUILD={TOP}/build",
                          "check"]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        running = {name: pool.submit(command, *argv)
                   for name, argv in commands.items()}
        for name, future in running.items():
            tally.ktap(name, *future.result())


def on_hosts(tally, groups):
    """The cases that need two hosts, in one boot of them."""
    before = tally.passed, tally.failed, tally.skipped

    def attempt():
        tally.passed, tally.failed, tally.skipped = before
        with Testbed(TOP / "build" / "testbed" / "check") as bed:
            print("# two Xen hosts are up", flush=True)
            world = World(bed)
            try:
                for group in groups:
                    run_group(tally, world, group)
                run_group(tally, world, [hosts_content])
            finally:
                world.close()
    retry_once(attempt, "The run on Xen hosts")


def hosts_content(world):
    """kernels and hypervisors of both hosts have nothing to complain of"""
    world.check_hosts()


def run_case(world, case):
    """One case; what it brought, or the exception that ended it."""
    try:
        return case(world)
    except Exception as error:
        return error


def run_group(tally, world, cases):
    """Cases side by side: each is to use another host."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        running = [pool.submit(run_case, world, case) for case in cases]
        for case, future in zip(cases, running):
            report(tally, world, case, future.result())


def report(tally, world, case, outcome):
    """A case's docstring is its name. Some bring results of their own."""
    if isinstance(outcome, Exception):
        for host in world.bed.hosts:
            host.check_alive()
        print("".join(f"# {line}\n" for part in traceback.format_exception(outcome)
                      for line in part.splitlines()), flush=True)
        tally.result(False, case.__doc__)
    elif outcome:
        for output, status in outcome:
            tally.ktap(case.__doc__, output, status)
    else:
        tally.result(True, case.__doc__)


def cases_of(names, kind):
    """The cases of test files, in groups that run side by side."""
    if isinstance(names, str):
        return [[case] for case in getattr(importlib.import_module(names), kind)]
    return [[case for name in names for case in getattr(importlib.import_module(name), kind)]]


def main(arguments):
    """Everything, or what the command line chooses."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", metavar="FILE",
                        help="a test file that needs hosts, such as test_moves; default all")
    parser.add_argument("--long", action="store_true", help="what \"make check\" leaves out")
    options = parser.parse_args(arguments)
    tally = Tally()
    if not options.files and not options.long:
        here(tally)
    files = options.files or (LONG_ON_HOSTS if options.long else ON_HOSTS)
    kind = "LONG" if options.long else "CASES"
    on_hosts(tally, [group for names in files for group in cases_of(names, kind)])
    print(f"{tally.passed} passed, {tally.failed} failed, {tally.skipped} skipped")
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
