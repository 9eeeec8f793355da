# SPDX-License-Identifier: GPL-2.0-or-later
"""The client of a memcached, against a server that errs when told to."""

import re
import socket
import subprocess
import sys
import threading

from running import LIMIT, Failure, Workload, expect_clean, expect_found

LOOPBACK = "127.0.0.1"


class Server(threading.Thread):
    """As much of memcached as the client uses."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((LOOPBACK, 0))
        self.port = self.socket.getsockname()[1]
        self.stored = {}
        self.touched = set()
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
        if words[0] == b"touch":
            self.touched.add(words[1])
            return b"TOUCHED\r\n"
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


KEYS = "--keys", "500"


def once(server, what):
    """Do one thing with every key; return status and output."""
    run = subprocess.run(
        [f"{sys.argv[1]}/kvclient", "--server", f"{LOOPBACK}:{server.port}",
         *KEYS, "--once", what], capture_output=True, text=True, timeout=LIMIT)
    return run.returncode, run.stdout


def filled():
    server = Server()
    status, said = once(server, "fill")
    if status or " done checks=500 errors=0" not in said:
        raise Failure(f"filling: status {status}: {said}")
    return server


def client(server):
    return Workload("kvclient", "--server", f"{LOOPBACK}:{server.port}", *KEYS)


def clean():
    server = filled()
    with client(server) as w:
        expect_clean(w)
    for what in "touch", "look":
        status, said = once(server, what)
        if status or " done checks=500 errors=0" not in said:
            raise Failure(f"{what}: status {status}: {said}")
    if len(server.touched) != 500:
        raise Failure(f"{len(server.touched)} keys were touched")


def planted(plant, pattern):
    server = filled()
    with client(server) as w:
        server.plant = plant
        w.wait(rf" FAILED .*{pattern}")
        server.plant = None
        expect_found(w, "checks=|key ")


def looked(plant):
    """A look at everything finds a value that is not whole."""
    server = filled()
    server.plant = plant
    status, said = once(server, "look")
    if status != 1 or " FAILED key " not in said:
        raise Failure(f"status {status}: {said}")


def silent():
    """A server that is away for a while is waited for, and the time told."""
    server = filled()
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
            ("full", r"key \d+ version 2: expected STORED found SERVER_ERROR")):
        yield (f"kvclient: finds what a server does wrong: {plant}",
               lambda p=plant, t=pattern: planted(p, t))
    for plant in "flip", "other", "lost":
        yield (f"kvclient: a look at everything finds: {plant}",
               lambda p=plant: looked(p))
    yield "kvclient: outlasts a silent server", silent
