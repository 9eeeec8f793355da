# SPDX-License-Identifier: GPL-2.0-or-later
"""Two real Xen hosts in emulators, joined by an Ethernet segment.

    with Testbed("build/testbed/mine") as bed:
        status, output = bed.hosta.run("xl list")

A Testbed that is used as a context manager owns its hosts: they are gone when
the block is left, whatever ends it. Testbed.attach() talks to hosts that
another process owns.
"""
from .bed import Testbed
from .errors import BedError, CommandFailed, HostDied, TimedOut
from .guest import Guest
from .observer import Observer
from .verdict import died_of_emulator, retry_once

__all__ = ["Testbed", "Guest", "Observer", "BedError", "CommandFailed",
           "HostDied", "TimedOut", "died_of_emulator", "retry_once"]
