# SPDX-License-Identifier: GPL-2.0-or-later
"""Watching a guest's network from outside both hosts."""
import itertools
import json
import signal
import subprocess

from . import paths, process
from .errors import BedError
from .wait import file_tail

STOP_LIMIT_S = 10
_numbers = itertools.count()


class Observer:
    """Probes a guest's UDP echo every interval_ms, from now until stop().

    Gaps longer than gap_ms between answers are recorded. Any number of
    observers may watch, one at a time: they share one address.
    """

    def __init__(self, bed, guest, interval_ms=5, gap_ms=50, port=7):
        stem = bed.directory / f"observer-{next(_numbers)}"
        self.out = stem.with_suffix(".json")
        self.out.unlink(missing_ok=True)
        self.process = process.spawn(
            [paths.BIN / "observer", "--interval", interval_ms, "--gap",
             gap_ms, bed.sockets / "observer.sock", guest.ip, port], self.out)

    def stop(self):
        """Stop watching; return what was seen.

        A dict of probes, answers, longest_gap_ns and gaps, a list of dicts of
        start_ns and end_ns, CLOCK_REALTIME.
        """
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_LIMIT_S)
            return json.loads(self.out.read_text())
        except (subprocess.TimeoutExpired, ValueError):
            process.stop(self.process)
            raise BedError("the observer did not report\n"
                           + file_tail(self.out)) from None
