# SPDX-License-Identifier: GPL-2.0-or-later
"""Waiting for an event with a hard limit."""
import time

from .errors import TimedOut

POLL_S = 0.05


def wait_until(condition, limit_s, what, detail=lambda: ""):
    """Return the first true value of condition().

    Raises TimedOut after limit_s seconds, naming what was awaited and adding
    the text of detail().
    """
    deadline = time.monotonic() + limit_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimedOut(f"waited {limit_s} s for {what}\n{detail()}")
        time.sleep(POLL_S)


def file_tail(path, lines=25):
    """The last lines of a log, indented, or a word on why there are none."""
    try:
        text = path.read_text(errors="replace")
    except OSError as error:
        return f"  ({path}: {error.strerror})"
    tail = text.splitlines()[-lines:]
    return f"the end of {path}:\n" + "\n".join("  " + line for line in tail)
