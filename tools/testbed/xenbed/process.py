# SPDX-License-Identifier: GPL-2.0-or-later
"""Child processes that never outlive their owner."""
import os
import signal
import subprocess

STOP_LIMIT_S = 5


def spawn(argv, log, cwd=None, env=None):
    """Start argv, its output appended to the file log.

    The kernel kills it when this process ends, however it ends. It gets a
    process group of its own, so that Ctrl-C reaches only the owner, which
    then tears down in order.
    """
    with open(log, "ab") as out:
        return subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *map(str, argv)],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=cwd,
            env=env, process_group=0)


def stop(process):
    """End a child: politely first, then for good."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def start_time(pid):
    """When a process started, in clock ticks since boot; None if it is gone.

    Together with the pid it names a process for good.
    """
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            fields = stat.read().rpartition(b")")[2].split()
    except OSError:
        return None
    return None if fields[0] == b"Z" else int(fields[19])


def alive(pid, started):
    """Is the process still the one that started then?"""
    return started is not None and start_time(pid) == started


def kill(pid, started):
    """SIGKILL a process unless it is gone already."""
    if alive(pid, started):
        os.kill(pid, signal.SIGKILL)
