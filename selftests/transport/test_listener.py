# SPDX-License-Identifier: GPL-2.0-or-later
"""What a listener takes, for how long, and what it has to lose."""
import ctypes
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time

from agents import (AGENT, LIMIT_S, NOBODY, PORT, SLACK_S, URGENT, Connection, Listener, Program,
                    answers, children, hello, plain, refused, status, wait_until)

# How many connections at a time, and how long handshake and HELLO may take.
CONNECTIONS, HANDSHAKE_S, HELLO_S = 64, 10, 20


def nobody_there(hosts):
    """where nobody listens, or which no name leads to"""
    refused(hosts.good, "port 8009", "Connection refused", "tsmc-agent listen",
            where="localhost:8009")
    refused(hosts.good, "there is no address of nowhere.invalid", where="nowhere.invalid")


def plain_peers(hosts):
    """TLS and plain TCP do not understand each other, and say so"""
    with Listener("--insecure") as listener:
        refused(hosts.good, "does it speak TLS there?")
        assert "without TLS" in listener.said()
    with Listener("--tls-dir", hosts.good) as listener, plain() as raw:
        raw.sendall(hello())
        try:
            got = raw.recv(4096)
        except ConnectionResetError:
            got = b""
        assert b"TSMCMGRI" not in got, "it was answered without TLS"
        listener.wait_said("does not speak TLS 1.3")
    with socket.create_server(("127.0.0.1", PORT)) as server:
        threading.Thread(target=lambda: server.accept()[0].sendall(b"220 hello\r\n"),
                         daemon=True).start()
        refused(hosts.good, "does not speak TLS 1.3")


def insecure(_hosts):
    """without TLS a HELLO is answered, but only where that was asked for"""
    with Listener("--insecure"), plain() as raw:
        raw.sendall(hello())
        assert raw.recv(40, socket.MSG_WAITALL)[8:16] == b"TSMCMGRI"


def secret(hosts):
    """a second channel that does not know the session is turned away"""
    with Listener("--tls-dir", hosts.good) as listener, Connection(hosts.good) as connection:
        connection.send(hello(URGENT, os.urandom(16)))
        assert not connection.read(1)
        listener.wait_said("no such session here to join")


def inherited(hosts):
    """a listening socket is taken from systemd"""
    with socket.create_server(("127.0.0.1", 8010)) as server:
        # What systemd does: the socket is descriptor 3, the process is named.
        start = ("import os, sys; os.dup2(int(sys.argv[1]), 3, inheritable=True); "
                 "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1'); "
                 "os.execv(sys.argv[2], sys.argv[2:])")
        process = subprocess.Popen([sys.executable, "-c", start, str(server.fileno()), AGENT,
                                    "listen", "--tls-dir", hosts.good],
                                   pass_fds=[server.fileno()], stderr=subprocess.DEVNULL)
    try:
        with Connection(hosts.good, "localhost:8010") as connection:
            assert answers(connection), connection.said()
    finally:
        process.terminate()
        assert process.wait(LIMIT_S) == 0


def idle(hosts):
    """a connection that says nothing, or too little, is cut; with and without TLS"""
    def drip(raw, ended):
        """A byte now and then does not help."""
        try:
            for byte in hello():
                raw.sendall(bytes([byte]))
                time.sleep(1)
        except ConnectionError:
            ended.set()
    with Listener("--tls-dir", hosts.good) as tls, \
         Listener("--insecure", "--port", "8011") as bare, \
         plain() as silent, plain(8011) as dripping, Connection(hosts.good) as mute:
        began, ended = time.monotonic(), threading.Event()
        threading.Thread(target=drip, args=(dripping, ended), daemon=True).start()
        assert silent.recv(1) in (b"", b"\x15"), "it was answered"
        took = time.monotonic() - began
        assert HANDSHAKE_S - 1 < took < HANDSHAKE_S + SLACK_S, took
        tls.wait_said("did not finish the TLS handshake in 10 s")
        assert not mute.read(1)
        took = time.monotonic() - began
        assert HELLO_S - 1 < took < HELLO_S + SLACK_S, took
        assert ended.wait(SLACK_S), "it is still listened to"
        bare.wait_said("HELLO")


def crowd(hosts):
    """more connections than the limit wait until one has ended"""
    with Listener("--tls-dir", hosts.good) as listener:
        taken = [plain() for _ in range(CONNECTIONS)]
        wait_until(lambda: len(children(listener)) == CONNECTIONS, "all to be served")
        with Connection(hosts.good) as connection:
            wait_until(lambda: waiting(PORT) == 1, "one more to wait")
            taken.pop().close()
            assert answers(connection), connection.said()
        for raw in taken:
            raw.close()
        wait_until(lambda: not children(listener), "all to end")


def waiting(port):
    """Connections that are not accepted yet."""
    shown = subprocess.run(["ss", "-Hltn", f"sport = :{port}"], capture_output=True, text=True,
                           check=True).stdout
    return sum(int(line.split()[1]) for line in shown.splitlines())


def landlock():
    """Whether this kernel can take files away from a process."""
    return ctypes.CDLL(None).syscall(444, None, 0, 1) > 0


def outlives(hosts):
    """a connection goes on when the listener is stopped by Ctrl-C"""
    with Listener("--tls-dir", hosts.good, start_new_session=True) as listener, Connection(hosts.good) as connection:
        wait_until(lambda: children(listener), "the connection")
        os.killpg(listener.process.pid, signal.SIGINT)
        assert listener.ended() == 0
        assert answers(connection), connection.said()


def confined(hosts):
    """what speaks TLS is nobody, without capabilities and without a network, on both sides"""
    with Listener("--tls-dir", hosts.good) as listener, Connection(hosts.good) as connection:
        wait_until(lambda: children(listener), "the connection")
        receive = int(children(listener)[0])
        wait_until(lambda: pathlib.Path(f"/proc/{receive}/task/{receive}/children").read_text(),
                   "a relay")
        relay = int(pathlib.Path(f"/proc/{receive}/task/{receive}/children").read_text().split()[0])
        for pid in (relay, connection.process.pid):
            wait_until(lambda pid=pid: f"Uid:\t{NOBODY}" in status(pid), "it to become nobody", 5)
            for line in ("CapEff:\t0000000000000000", "CapPrm:\t0000000000000000",
                         "NoNewPrivs:\t1", f"Gid:\t{NOBODY}\t{NOBODY}", "Groups:\t \n"):
                assert line in status(pid), f"no {line!r} in {status(pid)}"
            net = os.readlink(f"/proc/{pid}/ns/net")
            assert net != os.readlink("/proc/self/ns/net"), "it has a network"
        for program in (listener, connection):
            assert not landlock() or "still open files" not in program.said(), program.said()
        assert answers(connection), connection.said()


CASES = [nobody_there, plain_peers, insecure, secret, inherited, idle, crowd, outlives, confined]
