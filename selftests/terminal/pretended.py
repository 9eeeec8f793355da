# SPDX-License-Identifier: GPL-2.0-or-later
"""A pretended migration (pretend.c), on a terminal or without one."""
import fcntl
import os
import pathlib
import pty
import select
import signal
import struct
import subprocess
import termios
import time

from screen import Screen

TOP = pathlib.Path(__file__).resolve().parents[2]
PRETEND = TOP / "build" / "selftests" / "terminal" / "pretend"
LIMIT_S = 20


def environment(**changes):
    """Ours, with a terminal that can do something, and without wishes of whoever runs the test."""
    own = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
    return {**own, "TERM": "xterm", **changes}


class Terminal:
    """A pseudo terminal, and what stands on it."""

    def __init__(self, columns=80, rows=24):
        self.master, self.slave = pty.openpty()
        self.screen = Screen(columns, rows)
        self.resize(columns, rows)
        self.before = termios.tcgetattr(self.slave)

    def resize(self, columns, rows=24):
        """Has SIGWINCH sent, as a window does."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(columns, rows)

    def type(self, keys):
        """Keys that the operator presses."""
        os.write(self.master, keys)

    def take(self, seconds):
        """Looks at what comes; False when everybody has closed the terminal."""
        if select.select([self.master], [], [], seconds)[0]:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return False
            self.screen.feed(data)
        return True

    def await_that(self, condition, what):
        """Waits until something stands on the screen."""
        limit = time.monotonic() + LIMIT_S
        while not condition(self.screen.text()):
            if not self.take(0.1) or time.monotonic() > limit:
                raise AssertionError(f"{what} is not to be seen:\n{self.screen.text()}")

    def await_text(self, *texts):
        """Waits until all these stand there."""
        for text in texts:
            self.await_that(lambda seen, text=text: text in seen, f"'{text}'")

    def await_closed(self):
        """Waits until nobody has it any more."""
        os.close(self.slave)
        self.slave = -1
        limit = time.monotonic() + LIMIT_S
        while self.take(0.1):
            assert time.monotonic() < limit, "somebody still has the terminal"

    def settle(self, seconds):
        """Takes all that comes in so many seconds, to show that something does not."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            self.take(0.05)

    def unchanged(self):
        """Whether its modes are as before."""
        return termios.tcgetattr(self.slave) == self.before

    def close(self):
        """Takes it away."""
        for fd in (self.master, self.slave):
            if fd >= 0:
                os.close(fd)


class Pretended:
    """The program. Without a terminal its messages are in a file."""

    def __init__(self, *argv, terminal=None, errors=None, pass_fds=(), **changes):
        def on_terminal():
            os.setsid()
            fcntl.ioctl(terminal.slave, termios.TIOCSCTTY, 0)
        self.process = subprocess.Popen(
            [PRETEND, *argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            stderr=terminal.slave if terminal else errors, env=environment(**changes),
            preexec_fn=on_terminal if terminal else None, pass_fds=pass_fds)
        self.onlooker = None

    def do(self, *commands):
        """Has it do something; each is done when this returns."""
        for command in commands:
            self.process.stdin.write(command + "\n")
            self.process.stdin.flush()
            ready = select.select([self.process.stdout], [], [], LIMIT_S)[0]
            assert ready, f"no answer to '{command}'"
            answer = self.process.stdout.readline()
            assert answer, f"it ended at '{command}'"
            self.onlooker = int(answer) or self.onlooker

    def copies(self):
        """Begins stage one."""
        self.do("step copy", "left 9000", "sent 3000", "left 6000")

    def kill(self):
        """As whoever kills an agent."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(LIMIT_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.kill()
        self.process.wait(LIMIT_S)
