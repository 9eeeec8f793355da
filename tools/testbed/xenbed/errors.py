# SPDX-License-Identifier: GPL-2.0-or-later
"""What can go wrong with a testbed."""


class BedError(Exception):
    """The testbed cannot do what was asked."""


class TimedOut(BedError):
    """A hard limit passed; the message says what was awaited."""


class HostDied(BedError):
    """A host's emulator ended."""

    def __init__(self, host, message):
        super().__init__(message)
        self.host = host


class CommandFailed(BedError):
    """A command that was expected to succeed did not."""

    def __init__(self, where, command, status, output):
        super().__init__(f"{where}: '{command}' ended with status {status}:\n"
                         f"{output}")
        self.status = status
        self.output = output
