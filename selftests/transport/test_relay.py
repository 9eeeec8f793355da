# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes through a relay, and how it ends."""
import os
import socket
import subprocess
import threading
import time

from agents import LIMIT_S, SLACK_S, Connection, Listener, Program, hello, plain, wait_until
from peer import Peer, server_context


def stream(hosts):
    """32 MiB go through and come back in order, though they are read late"""
    data = os.urandom(1 << 20) * 32
    got, sent = bytearray(), [0]

    def echo(wrapped):
        while chunk := wrapped.recv(70000):
            wrapped.sendall(chunk)
        wrapped.unwrap()

    def write(end):
        for at in range(0, len(data), 300000):
            end.sendall(data[at:at + 300000])
            sent[0] = at
    # One socket for both directions, as the agent has it.
    ours, theirs = socket.socketpair()
    with Peer(hosts, server_context(), echo) as other, ours, \
         Program("connect", "--tls-dir", hosts.good, "localhost", stdin=theirs,
                 stdout=theirs) as connection:
        theirs.close()
        ours.settimeout(LIMIT_S)
        threading.Thread(target=write, args=(ours,), daemon=True).start()
        wait_until(lambda: sent[0] > 2 << 20, "more to be sent than what is on its way back holds")
        while len(got) < len(data) and (chunk := ours.recv(100000)):
            got.extend(chunk)
        ours.shutdown(socket.SHUT_WR)
        assert connection.ended() == 0, connection.said()
    assert got == data, f"{len(got)} bytes came back, the same: {got == data[:len(got)]}"
    assert not other.error, other.error


def last_words(hosts):
    """what an agent says before it gives up is heard by one that goes on sending"""
    other_version = bytearray(hello())
    other_version[16] = 2
    flood = bytes(other_version) + bytes(4 << 20)

    def heard(end):
        """It answers with its own version, and reads no further."""
        def write():
            try:
                end.sendall(flood)
            except OSError:
                pass
        writer = threading.Thread(target=write, daemon=True)
        writer.start()
        writer.join(LIMIT_S)
        got = b""
        while len(got) < 40 and (chunk := end.recv(40 - len(got))):
            got += chunk
        return got[8:18] == b"TSMCMGRI\x01\x00"
    with Listener("--tls-dir", hosts.good) as listener:
        ours, theirs = socket.socketpair()
        with ours, Program("connect", "--tls-dir", hosts.good, "localhost", stdin=theirs,
                           stdout=theirs) as connection:
            theirs.close()
            ours.settimeout(LIMIT_S)
            assert heard(ours), connection.said() + listener.said()
    with Listener("--insecure"), plain() as raw:
        assert heard(raw), "nothing was heard without TLS"


def truncated(hosts):
    """an end that the peer has not announced is an error"""
    def cut(wrapped):
        wrapped.recv(1)
        wrapped.shutdown(socket.SHUT_RDWR)
        socket.socket(fileno=wrapped.detach()).close()
    with Peer(hosts, server_context(), cut):
        with Connection(hosts.good) as connection:
            connection.send(b"x")
            assert not connection.read(1)
            assert connection.ended() == 1
            assert "broke the connection off" in connection.said(), connection.said()


def link_cut(hosts):
    """a link that is cut is noticed in some 10 s, idle or not"""
    hold, shaken = threading.Event(), threading.Semaphore(0)

    def serve(_wrapped):
        shaken.release()
        hold.wait(2 * LIMIT_S)
    with Peer(hosts, server_context(), serve), Peer(hosts, server_context(), serve, 8012), \
         Connection(hosts.good) as idle_one, Connection(hosts.good, "localhost:8012") as busy:
        assert shaken.acquire(timeout=LIMIT_S) and shaken.acquire(timeout=LIMIT_S), "no handshake"
        link("down")
        began = time.monotonic()
        try:
            busy.send(b"x")
            assert idle_one.ended() == 1 and busy.ended() == 1
            took = time.monotonic() - began
        finally:
            link("up")
            hold.set()
        for connection in (idle_one, busy):
            assert "nothing was heard" in connection.said(), connection.said()
        print(f"# a cut link was left after {took:.1f} s")
        assert 5 < took < 10 + SLACK_S, took


def link(how):
    """Loopback is all the network that there is here."""
    subprocess.run(["ip", "link", "set", "lo", how], check=True)


CASES = [stream, last_words, truncated, link_cut]
