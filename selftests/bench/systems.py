# SPDX-License-Identifier: GPL-2.0-or-later
"""The systems that are compared, over the same plain TCP."""
import json

from command_log import our_figures, stamped, xl_figures
from xenbed import CommandFailed

XL = "xl"
MODES = ["tsmc", "precopy", "postcopy"]
SYSTEMS = [XL, *MODES]
PAGES_PER_MIB = 256
# Stock xl counts the pages of each pass, but keeps that to itself.
SHOW = "LD_PRELOAD=/build/bench/show_progress.so "
REPORT = "/tmp/bench-report.json"


def migrate(world, guest, system, timeout):
    """Move a guest to the other host; return what the system tells."""
    source, target = guest.host, world.other(guest.host)
    if system == XL:
        command = SHOW + world.mover.xl_command(guest, target)
    else:
        command = world.mover.command(guest, target,
                                      f"--mode {system} --json {REPORT}")
    result = source.run(stamped(command), timeout=timeout)
    if result.status or "falling back" in result.output:
        raise CommandFailed(source.name, command, result.status,
                            f"{result.output}\nthe receivers said:\n"
                            f"{world.mover.received()}")
    guest.host = target
    if system == XL:
        return xl_figures(result.output, guest.memory_mb * PAGES_PER_MIB)
    return our_figures(result.output, json.loads(source.read(REPORT)))
