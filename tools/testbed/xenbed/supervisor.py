# SPDX-License-Identifier: GPL-2.0-or-later
"""A process that owns a testbed between 'up' and 'down'."""
import json
import os
import signal
import subprocess
import sys

from . import process
from .bed import STATE, Testbed
from .errors import BedError
from .host import BOOT_LIMIT_S
from .wait import file_tail, wait_until

UP_LIMIT_S = 2 * BOOT_LIMIT_S
DOWN_LIMIT_S = 30


def start(program, directory, arguments):
    """Start a supervisor and wait until its testbed is up."""
    directory.mkdir(parents=True, exist_ok=True)
    log = directory / "supervisor.log"
    with open(log, "wb") as out:
        child = subprocess.Popen(
            [sys.executable, program, "--dir", str(directory), "supervise",
             *arguments], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            start_new_session=True)

    def settled():
        if child.poll() is not None:
            return "ended"
        try:
            state = json.loads((directory / STATE).read_text())
        except FileNotFoundError:
            return None
        return state["ready"] and state["owner"] == child.pid and "ready"

    try:
        how = wait_until(settled, UP_LIMIT_S, "the testbed to come up",
                         lambda: file_tail(log))
    except BaseException:
        process.stop(child)
        raise
    if how == "ended":
        raise BedError(f"the testbed did not come up\n{file_tail(log, 60)}")


def supervise(directory, hosts, memory_mb):
    """Own a testbed until SIGTERM or SIGINT, or until all hosts are gone."""
    with Testbed(directory, hosts, memory_mb) as bed:
        while any(host.alive() for host in bed.hosts):
            signal.sigtimedwait([], 1)


def stop(directory):
    """End the supervisor of a testbed, if there is one; say if there was."""
    try:
        state = json.loads((directory / STATE).read_text())
    except FileNotFoundError:
        return False
    owner, started = state["owner"], state["started"]
    if not process.alive(owner, started):
        (directory / STATE).unlink()
        return False
    os.kill(owner, signal.SIGTERM)
    try:
        wait_until(lambda: not process.alive(owner, started), DOWN_LIMIT_S,
                   "the testbed to go down")
    except BedError:
        process.kill(owner, started)
        raise
    return True
