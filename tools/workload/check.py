#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Prove that each workload runs clean and that each finds planted errors.

usage: check.py DIRECTORY-OF-THE-PROGRAMS

Prints KTAP.  Errors are planted from outside: into the memory of a running
workload, into its registers, its files and its connections.
"""

import ctypes
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import check_access
import check_kvclient
from running import (LIMIT, Failure, Skip, Workload, expect_clean,
                     expect_found)

PAGE = 4096
LOOPBACK = "127.0.0.1"


# --- memory ---

MEMORY = ("--size", 8, "--hot", 2, "--scan", 0)


def memory_clean():
    with Workload("memory", *MEMORY) as w:
        expect_clean(w)


def memory_clean_all():
    with Workload("memory", "--mix", "all", "--rate", 0, *MEMORY) as w:
        expect_clean(w)


def memory_flip(page, offset, pattern, *options):
    with Workload("memory", *options, *MEMORY) as w:
        w.flip(w.address("base") + page * PAGE + offset)
        expect_found(w, pattern)


def memory_stale():
    """A page goes back to what it was a second ago: updates are lost."""
    with Workload("memory", *MEMORY, "--hot", 1) as w:
        page = w.address("base") + 17 * PAGE
        old = w.peek(page, PAGE)
        w.wait(" ok ")
        w.wait(" ok ")
        w.poke(page, old)
        expect_found(w, r"page 17 .*expected 0x\w+.* found 0x")


def memory_swapped():
    with Workload("memory", *MEMORY) as w:
        base = w.address("base")
        w.poke(base + 1500 * PAGE, w.peek(base + 1501 * PAGE, PAGE))
        expect_found(w, "identity, page 1500 ")


def memory_zero():
    with Workload("memory", *MEMORY) as w:
        w.poke(w.address("base") + 1600 * PAGE, bytes(PAGE))
        expect_found(w, "identity, page 1600 .* found 0$")


# --- code ---

def code(*options):
    return Workload("code", "--dir", os.path.abspath(sys.argv[1]), *options)


def code_clean():
    with code() as w:
        expect_clean(w)


def code_flip(field, pattern):
    with code() as w:
        w.flip(w.address(field))
        expect_found(w, pattern)


class Ptrace:
    """Just enough to change a register of a running process."""

    SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17
    GETREGS, GETFPREGS, SETFPREGS = 12, 14, 15
    RIP = 16 * 8
    XMM = 160

    def __init__(self, pid):
        self.pid = pid
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long,
                                     ctypes.c_void_p, ctypes.c_void_p]
        self.libc.ptrace.restype = ctypes.c_long

    def call(self, request, data=None):
        if self.libc.ptrace(request, self.pid, None, data) < 0:
            raise OSError(ctypes.get_errno(), "ptrace")

    def change_spinning_registers(self, workload):
        """Flip a bit of each SIMD register if the process spins on 'pause'."""
        buffer = ctypes.create_string_buffer(512)
        self.call(self.SEIZE)
        self.call(self.INTERRUPT)
        _, status = os.waitpid(self.pid, 0)
        own_stop = status >> 16
        self.call(self.GETREGS, ctypes.addressof(buffer))
        rip = int.from_bytes(buffer.raw[self.RIP:self.RIP + 8], "little")
        spins = own_stop and b"\xf3\x90" in (workload.peek(rip, 2),
                                             workload.peek(rip - 2, 2))
        if spins:
            self.call(self.GETFPREGS, ctypes.addressof(buffer))
            for register in range(16):
                offset = self.XMM + register * 16
                buffer[offset] = buffer.raw[offset] ^ 1
            self.call(self.SETFPREGS, ctypes.addressof(buffer))
        self.call(self.DETACH, None if own_stop else
                  (status >> 8) & 0xff)
        return spins


def code_registers():
    with code("--rate", 0) as w:
        ptrace = Ptrace(w.process.pid)
        try:
            end = time.monotonic() + LIMIT
            while not ptrace.change_spinning_registers(w):
                if time.monotonic() > end:
                    raise Failure(f"never saw it wait for a signal in {LIMIT} s")
        except PermissionError as error:
            raise Skip("ptrace is not allowed here") from error
        expect_found(w, "SIMD register 0 quarter 0")


def code_crash():
    with code() as w:
        w.process.send_signal(signal.SIGILL)
        w.wait(" FAILED killed by signal 4 ")
        if w.process.wait(LIMIT) != -signal.SIGILL:
            raise Failure(f"exit status {w.process.returncode}")
        if " FAILED killed by signal 4 " not in w.status():
            raise Failure(f"status file holds: {w.status()}")


# --- hard ---

def hard_asked(w, sig, answer):
    w.process.send_signal(sig)
    return w.wait(answer)


def hard_clean():
    with Workload("hard") as w:
        for run in (1, 2):
            hard_asked(w, signal.SIGUSR1, " written ")
            hard_asked(w, signal.SIGUSR2, f" ran .* runs={run}$")
        expect_clean(w)


def hard_flip():
    with Workload("hard") as w:
        hard_asked(w, signal.SIGUSR1, " written ")
        w.flip(w.address("pages") + 3 * PAGE + 5)
        hard_asked(w, signal.SIGUSR2, "FAILED loads: byte ")


# --- filesystem ---

def filesystem_clean(directory):
    with Workload("filesystem", "--dir", directory) as w:
        expect_clean(w)
    if os.listdir(directory):
        raise Failure(f"files left behind: {os.listdir(directory)}")


def filesystem_flip(directory):
    with Workload("filesystem", "--dir", directory) as w:
        path = os.path.join(directory, "workload-03")
        fd = os.open(path, os.O_RDWR)
        try:
            byte = os.pread(fd, 1, 70000)
            os.pwrite(fd, bytes([byte[0] ^ 1]), 70000)
            os.fsync(fd)
        finally:
            os.close(fd)
        expect_found(w, "workload-03 at offset 70000: expected 0x")


def in_directory(check):
    with tempfile.TemporaryDirectory(dir=sys.argv[1]) as directory:
        try:
            probe = os.open(directory + "/probe",
                            os.O_CREAT | os.O_RDWR | os.O_DIRECT)
        except OSError as error:
            raise Skip("no direct I/O in the build directory") from error
        os.close(probe)
        os.unlink(directory + "/probe")
        check(directory)


# --- tcpstream ---

class Proxy(threading.Thread):
    """Passes one connection on and flips one byte on the way."""

    def __init__(self, target, flip_up=None, flip_down=None):
        super().__init__(daemon=True)
        self.target = target
        self.flips = {"up": flip_up, "down": flip_down}
        self.listener = socket.create_server((LOOPBACK, 0))
        self.port = self.listener.getsockname()[1]
        self.cut = threading.Event()
        self.start()

    def run(self):
        client, _ = self.listener.accept()
        server = socket.create_connection(self.target)
        routes = {client: (server, "up"), server: (client, "down")}
        done = {"up": 0, "down": 0}
        while routes and not self.cut.is_set():
            for source in select.select(list(routes), [], [], 0.05)[0]:
                sink, way = routes[source]
                data = bytearray(source.recv(65536))
                if not data:
                    sink.shutdown(socket.SHUT_WR)
                    del routes[source]
                    continue
                flip = self.flips[way]
                if flip is not None and 0 <= flip - done[way] < len(data):
                    data[flip - done[way]] ^= 0x80
                done[way] += len(data)
                sink.sendall(data)
        client.close()
        server.close()


def port_of(workload):
    return int(workload.field("listen").rsplit(":", 1)[1])


def server():
    return Workload("tcpstream", "--listen", LOOPBACK + ":0")


def client(port, *options):
    return Workload("tcpstream", "--connect", f"{LOOPBACK}:{port}", *options)


def tcpstream_clean():
    samples = tempfile.NamedTemporaryFile(prefix="samples-")
    with server() as s, client(port_of(s), "--samples", samples.name) as c:
        expect_clean(c)
        expect_clean_server(s)
    rows = [tuple(map(float, row.split())) for row in open(samples.name)]
    if len(rows) < 15 or rows[-1][1] < 1 << 20:
        raise Failure(f"{len(rows)} samples, last {rows[-1:]}")


def expect_clean_server(workload):
    status, checks, errors = workload.stop()
    if status or errors or not checks:
        raise Failure(f"server: status {status} checks {checks} "
                      f"errors {errors}: {workload.seen[-3:]}")


def tcpstream_sink():
    with server() as s, client(port_of(s), "--mode", "sink", "--rate", 0) as c:
        c.wait(" ok .* bytes=[1-9]")
        c.wait(" ok .* bytes=[1-9]")
        status, _, errors = c.stop()
        if status or errors:
            raise Failure(f"client: status {status} errors {errors}")
        expect_clean_server(s)


def tcpstream_flip_up():
    """Seen by the server, and by the client in what comes back."""
    with server() as s:
        proxy = Proxy((LOOPBACK, port_of(s)), flip_up=100024)
        with client(proxy.port) as c:
            expect_found(c, "client received byte 100000: ")
            expect_found(s, "server received byte 100000: ")


def tcpstream_flip_down():
    with server() as s:
        proxy = Proxy((LOOPBACK, port_of(s)), flip_down=200000)
        with client(proxy.port) as c:
            expect_found(c, "client received byte 200000: ")
            expect_clean_server(s)


def tcpstream_cut():
    with server() as s:
        proxy = Proxy((LOOPBACK, port_of(s)))
        with client(proxy.port) as c:
            c.wait(" ok .* bytes=[1-9]")
            proxy.cut.set()
            expect_found(c, "client: .* after [1-9][0-9]* bytes sent")


# --- udpecho ---

def udpecho_echo():
    with Workload("udpecho", "--listen", LOOPBACK + ":0") as w:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(LIMIT)
            s.connect((LOOPBACK, port_of(w)))
            for size in (0, 1, 64, 1472, 9000):
                data = os.urandom(size)
                s.send(data)
                if s.recv(65536) != data:
                    raise Failure(f"{size} bytes came back changed")
        w.wait(" ok checks=5 errors=0 ")
        expect_clean_server(w)


def udpecho_taken():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind((LOOPBACK, 0))
        run = subprocess.run(
            [os.path.join(sys.argv[1], "udpecho"), "--listen",
             f"{LOOPBACK}:{s.getsockname()[1]}"],
            capture_output=True, text=True, timeout=LIMIT)
    if run.returncode != 2 or "cannot bind to" not in run.stderr:
        raise Failure(f"status {run.returncode}: {run.stderr}")


def checks():
    """Yield name and function of every check."""
    yield "memory: clean", memory_clean
    yield "memory: clean with all instructions", memory_clean_all
    for what, page, offset, pattern in (
            ("pattern", 1000, 1024, "pattern, page 1000 "),
            ("identity", 2047, 2048, "identity, page 2047 "),
            ("address", 2000, 2056, "address, page 2000 "),
            ("counter", 3, 2065, "(counter|xadd|cmpxchg), page 3 "),
            ("slot of a thread", 5, 2077, "slot .* page 5 "),
            ("unused slot", 6, 2048 + 24 + 8 * 12, "slot .* page 6 "),
            ("seam", 1700, 4090, "seam of pages 1700 and 1701"),
            ("first byte", 0, 0, "pattern, page 0 "),
            ("last byte", 2047, 4095, "pattern, page 2047 ")):
        yield (f"memory: finds a flipped bit: {what}",
               lambda p=page, o=offset, t=pattern: memory_flip(p, o, t))
    yield ("memory: finds a flipped bit: seam under change",
           lambda: memory_flip(1, 4090, "seam of pages 1 and 2", "--mix",
                               "all"))
    yield "memory: finds lost updates", memory_stale
    yield "memory: finds the wrong page", memory_swapped
    yield "memory: finds a zero page", memory_zero
    yield "code: clean", code_clean
    yield ("code: finds changed text",
           lambda: code_flip("text", "checksum of the program's text"))
    yield ("code: finds a changed mapped file",
           lambda: code_flip("file", "shared mapping page 0 word 0 "))
    yield ("code: finds changed generated code",
           lambda: code_flip("jit", "generated function 0 "))
    yield "code: finds changed SIMD registers", code_registers
    yield "code: reports its own crash", code_crash
    yield "hard: clean", hard_clean
    yield "hard: finds a changed page", hard_flip
    yield "filesystem: clean", lambda: in_directory(filesystem_clean)
    yield ("filesystem: finds a changed block",
           lambda: in_directory(filesystem_flip))
    yield "tcpstream: clean", tcpstream_clean
    yield "tcpstream: clean towards a sink", tcpstream_sink
    yield "tcpstream: finds a byte changed on the way up", tcpstream_flip_up
    yield "tcpstream: finds a byte changed on the way down", tcpstream_flip_down
    yield "tcpstream: finds a broken connection", tcpstream_cut
    yield "udpecho: echoes", udpecho_echo
    yield "udpecho: reports a taken port", udpecho_taken
    yield from check_access.checks()
    yield from check_kvclient.checks()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    todo = list(checks())
    failed = 0
    print(f"KTAP version 1\n1..{len(todo)}")
    for number, (name, check) in enumerate(todo, 1):
        try:
            check()
            print(f"ok {number} {name}", flush=True)
        except Skip as reason:
            print(f"ok {number} {name} # SKIP {reason}", flush=True)
        except (Failure, OSError, subprocess.TimeoutExpired) as error:
            failed += 1
            print(f"# {error}\nnot ok {number} {name}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
