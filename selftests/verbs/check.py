#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Verbs that need no Xen, run for real in a mount namespace. KTAP out; needs root."""
import importlib
import sys
import traceback

import host

FILES = ["test_status", "test_metrics"]


def main():
    """Every case as one KTAP line."""
    host.enter()
    cases = [case for name in FILES for case in importlib.import_module(name).CASES]
    failed = 0
    print(f"TAP version 13\n1..{len(cases)}")
    for number, case in enumerate(cases, 1):
        good = True
        try:
            case()
        except Exception:
            good = False
            print("".join(f"# {line}\n" for line in traceback.format_exc().splitlines()), end="")
            host.forget()
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} {case.__doc__}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
