# SPDX-License-Identifier: GPL-2.0-or-later
"""The wire between the two hosts."""
import json
import socket

from .errors import BedError

LIMIT_S = 10


class Link:
    """Control of the segment's rate, delay and integrity."""

    def __init__(self, path):
        self.path = path

    def _command(self, line):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(LIMIT_S)
            sock.connect(str(self.path))
            sock.sendall(line.encode() + b"\n")
            answer = sock.makefile("r").readline().strip()
        if not answer or answer.startswith("error"):
            raise BedError(f"the segment answers '{answer}' to '{line}'")
        return answer

    def _set(self, what, value):
        if value < 0:
            raise BedError(f"the link's {what} cannot be {value}")
        self._command(f"{what} {int(value)}")

    def rate(self, bytes_per_s):
        """Limit the rate; 0 takes the limit away."""
        self._set("rate", bytes_per_s)

    def delay(self, microseconds):
        """How long each frame travels, one way."""
        self._set("delay", microseconds)

    def cut(self):
        """Lose every frame between the hosts."""
        self._command("cut")

    def mend(self):
        """Carry frames again."""
        self._command("mend")

    def stats(self):
        """Counters, as a dict."""
        return json.loads(self._command("stats"))
