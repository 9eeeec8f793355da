# SPDX-License-Identifier: GPL-2.0-or-later
"""Both ends of a connection, as programs: `listen` and `connect`."""
import os
import pathlib
import socket
import struct
import subprocess
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
AGENT = TOP / "build" / "tsmc-agent"
PORT = 8002  # the default
LIMIT_S = 40
SLACK_S = 8  # of a busy machine
NOBODY = 65534
SESSION = bytes(range(16))
BULK, URGENT = 1, 2


def hello(channel=BULK, session=SESSION):
    """A HELLO record."""
    return (struct.pack("<HHI", 1, 0, 32) + b"TSMCMGRI"
            + struct.pack("<HHI", 1, channel, 7) + session)


def wait_until(condition, what, limit=LIMIT_S):
    """Wait for something; say what when it does not come."""
    deadline = time.monotonic() + limit
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {limit} s for {what}")
        time.sleep(0.02)


class Program:
    """tsmc-agent with what it has said."""

    def __init__(self, *argv, **options):
        self.log = tempfile.TemporaryFile(mode="w+")
        self.process = subprocess.Popen([str(AGENT), "-v", *map(str, argv)],
                                        stderr=self.log, **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                stream.close()
        self.log.close()

    def said(self):
        """All of standard error so far."""
        return os.pread(self.log.fileno(), 1 << 20, 0).decode()

    def wait_said(self, text, limit=LIMIT_S):
        """Wait until it has said this."""
        wait_until(lambda: text in self.said(), f"'{text}' in: {self.said()}", limit)

    def ended(self, limit=LIMIT_S):
        """Wait for its end; the exit status."""
        return self.process.wait(limit)


class Listener(Program):
    """`tsmc-agent listen`, ready for connections."""

    def __init__(self, *argv, **options):
        super().__init__("listen", *argv, **options)
        wait_until(lambda: "listening at" in self.said() or self.process.poll() is not None,
                   "a listener to get ready")


class Connection(Program):
    """`tsmc-agent connect`."""

    def __init__(self, directory, where="localhost", **options):
        super().__init__("connect", "--tls-dir", directory, where, stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, **options)

    def send(self, data):
        """To the other end."""
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def read(self, count):
        """So many bytes, or fewer at the end."""
        return self.process.stdout.read(count)


def answers(connection):
    """Whether the agent at the other end answers a HELLO."""
    connection.send(hello())
    return connection.read(40)[:24] == hello()[:8] + b"TSMCMGRI" + struct.pack("<HHI", 1, BULK, 15)


def plain(port=PORT):
    """A TCP connection to a listener."""
    return socket.create_connection(("127.0.0.1", port), LIMIT_S)


def children(program):
    """Processes that a program has started and that live."""
    pid = program.process.pid
    return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def status(pid):
    """What /proc says of a process."""
    return pathlib.Path(f"/proc/{pid}/status").read_text()


def refused(directory, *words, where="localhost"):
    """A connection fails, at once, and says why."""
    with Connection(directory, where) as connection:
        assert not answers_at_all(connection), "it got through"
        assert connection.ended() == 1
        for word in words:
            assert word in connection.said(), f"no '{word}' in: {connection.said()}"


def answers_at_all(connection):
    """Whether anything comes back from the other agent."""
    try:
        connection.send(hello())
    except BrokenPipeError:
        pass
    return bool(connection.read(1))
