# SPDX-License-Identifier: GPL-2.0-or-later
"""The client of a memcached, against a server that errs when told to."""

import re
import signal
import socket
import threading

from running import Failure, Workload, expect_clean, expect_found

LOOPBACK = "127.0.0.1"


class Server(threading.Thread):
    """As much of memcached as the client uses."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((LOOPBACK, 0))
        self.port = self.socket.getsockname()[1]
        self.stored = {}
        self.plant = None
        self.silent = threading.Event()
        self.start()

    def run(self):
        while True:
            datagram, client = self.socket.recvfrom(2048)
            if self.silent.is_set():
                continue
            frame, request = datagram[:8], datagram[8:]
            self.socket.sendto(frame + self.answer(request), client)

    def answer(self, request):
        line, _, data = request.partition(b"\r\n")
        words = line.split()
        if words[0] == b"set":
            if self.plant == "stale" and words[1] in self.stored:
                return b"STORED\r\n"
            if self.plant == "full":
                return b"SERVER_ERROR out of memory storing object\r\n"
            self.stored[words[1]] = data[:int(words[4])]
            return b"STORED\r\n"
        data = self.stored[words[1]]
        if self.plant == "lost":
            return b"END\r\n"
        if self.plant == "flip":
            data = data[:40] + bytes([data[40] ^ 4]) + data[41:]
        if self.plant == "other":
            key = next(key for key in self.stored if key != words[1])
            data = self.stored[key]
        return (b"VALUE %s 0 %d\r\n%s\r\nEND\r\n"
                % (words[1], len(data), data))


def client(server):
    return Workload("kvclient", "--server", f"{LOOPBACK}:{server.port}",
                    "--keys", 500)


def clean():
    with client(Server()) as w:
        expect_clean(w)


def planted(plant, pattern):
    server = Server()
    with client(server) as w:
        server.plant = plant
        w.wait(rf" FAILED .*{pattern}")
        server.plant = None
        expect_found(w, "checks=|key ")


def rewrite():
    server = Server()
    with client(server) as w:
        old = dict(server.stored)
        w.process.send_signal(signal.SIGUSR1)
        w.wait(" rewritten rounds=1 keys=500")
        if any(server.stored[key] == old[key] for key in old):
            raise Failure("not every key was stored anew")
        expect_clean(w)


def silent():
    """A server that is away for a while is waited for, and the time told."""
    server = Server()
    with client(server) as w:
        w.wait(" ok ")
        w.wait(" ok ")
        server.silent.set()
        before = len(w.seen)
        for _ in range(2):
            w.wait(r" ok .* again=[1-9]")
        server.silent.clear()
        line = w.wait(" resumed recovery_ms=")
        if int(w.field("recovery_ms", line)) < 1000:
            raise Failure(f"after {len(w.seen) - before} s of silence: {line}")
        expect_clean(w)
        if not re.search("before_per_s=[1-9]", line):
            raise Failure(line)


def checks():
    """Yield name and function of every check."""
    yield "kvclient: clean", clean
    for plant, pattern in (
            ("flip", r"key \d+ byte 40: expected version 1 "),
            ("stale", r"key \d+ byte \d+: expected version \d+ .* v0"),
            ("other", r"key \d+ byte \d+: expected version 1 "),
            ("lost", r"key \d+ version 1: expected VALUE .* found END"),
            ("full", r"key \d+, storing .* found SERVER_ERROR")):
        yield (f"kvclient: finds what a server does wrong: {plant}",
               lambda p=plant, t=pattern: planted(p, t))
    yield "kvclient: stores everything anew when asked", rewrite
    yield "kvclient: outlasts a silent server", silent
