#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What is shown of a migration on a terminal, and told as events; without Xen. KTAP out."""
import sys
import traceback

import test_events
import test_view

CASES = [*test_view.CASES, *test_events.CASES]


def run(case):
    """One case; whether it holds."""
    try:
        case()
    except Exception:
        print("".join(f"# {line}\n" for line in traceback.format_exc().splitlines()), end="")
        return False
    return True


def main(chosen):
    """All cases, or those named."""
    cases = [case for case in CASES if not chosen or case.__name__ in chosen]
    print(f"TAP version 13\n1..{len(cases)}", flush=True)
    failed = 0
    for number, case in enumerate(cases, 1):
        good = run(case)
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} {case.__doc__}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
