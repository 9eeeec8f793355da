# SPDX-License-Identifier: GPL-2.0-or-later
"""A workload that runs, and what is expected of it."""

import os
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

LIMIT = 20          # seconds that any awaited event may take


class Failure(Exception):
    """A check did not hold."""


class Skip(Exception):
    """This machine cannot run the check."""


class Workload:
    """A running workload and the lines that it prints."""

    def __init__(self, name, *options):
        self.name = name
        self.status_file = tempfile.NamedTemporaryFile(prefix="status-")
        self.process = subprocess.Popen(
            [os.path.join(sys.argv[1], name), "--status",
             self.status_file.name, *map(str, options)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.lines = queue.Queue()
        self.seen = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    def __enter__(self):
        try:
            self.ready = self.wait(r" ready pid=")
        except Failure:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def wait(self, pattern):
        """Return the next line that matches."""
        end = time.monotonic() + LIMIT
        while True:
            try:
                line = self.lines.get(timeout=max(0, end - time.monotonic()))
            except queue.Empty:
                line = ""
            if not line:
                raise Failure(f"{self.name}: no line matching '{pattern}' "
                              f"within {LIMIT} s, had: {self.seen[-4:]}")
            self.seen.append(line)
            if re.search(pattern, line):
                return line

    def field(self, name, line=None):
        """Return the value of name=value."""
        return re.search(rf"\b{name}=(\S+)", line or self.ready).group(1)

    def address(self, name):
        return int(self.field(name), 16)

    def stop(self):
        """End it; return its exit status and the numbers of its last line."""
        self.process.send_signal(signal.SIGTERM)
        line = self.wait(" done ")
        return (self.process.wait(LIMIT), int(self.field("checks", line)),
                int(self.field("errors", line)))

    def memory(self):
        return open(f"/proc/{self.process.pid}/mem", "r+b", buffering=0)

    def peek(self, address, length):
        with self.memory() as memory:
            return os.pread(memory.fileno(), length, address)

    def poke(self, address, data):
        with self.memory() as memory:
            os.pwrite(memory.fileno(), data, address)

    def flip(self, address):
        self.poke(address, bytes([self.peek(address, 1)[0] ^ 0x10]))

    def status(self):
        with open(self.status_file.name) as status:
            return status.read().rstrip()


def expect_clean(workload):
    """Two status lines with growing numbers, then a clean end."""
    first = workload.wait(" ok ")
    second = workload.wait(" ok ")
    if int(workload.field("checks", second)) <= \
       int(workload.field("checks", first)):
        raise Failure(f"checks do not grow: {first} / {second}")
    status, checks, errors = workload.stop()
    if status or errors or not checks:
        raise Failure(f"status {status} checks {checks} errors {errors}: "
                      f"{workload.seen[-3:]}")
    if not workload.status().startswith(f"workload {workload.name} done "):
        raise Failure(f"status file holds: {workload.status()}")


def expect_found(workload, pattern):
    """The error is reported at once, goes on being shown, and fails the run."""
    workload.wait(rf" FAILED .*{pattern}")
    line = workload.wait(r" FAILED checks=\d+ errors=[1-9]")
    if not workload.status().startswith(f"workload {workload.name} FAILED "):
        raise Failure(f"status file holds: {workload.status()}")
    status, _, errors = workload.stop()
    if status != 1 or not errors:
        raise Failure(f"status {status} errors {errors} after: {line}")
