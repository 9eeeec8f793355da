# SPDX-License-Identifier: GPL-2.0-or-later
"""Whose certificate is accepted, and what is said of one that is not."""
import os
import ssl
import subprocess

from agents import (AGENT, LIMIT_S, NOBODY, PORT, Connection, Listener, Program, answers, hello,
                    plain, refused)
from peer import Peer, server_context


def through(hosts):
    """TLS carries a HELLO to an agent and its answer back, by any name in the certificate"""
    with Listener("--tls-dir", hosts.good) as listener:
        for where in ("localhost", f"localhost:{PORT}", "127.0.0.1", "[::1]", f"[::1]:{PORT}"):
            with Connection(hosts.good, where) as connection:
                assert answers(connection), connection.said() + listener.said()


def one_purpose(hosts):
    """certificates for one side of TLS are good for that side only"""
    with Listener("--tls-dir", hosts.server_only) as listener:
        with Connection(hosts.client_only) as connection:
            assert answers(connection), connection.said() + listener.said()
        refused(hosts.server_only, "refused the connection")
        listener.wait_said("may not be used for this side of TLS")
    with Listener("--tls-dir", hosts.client_only) as listener:
        refused(hosts.good, "may not be used for this side of TLS")


def by_hand(hosts):
    """connect with empty input tells by its exit status whether both hosts are content"""
    with Listener("--tls-dir", hosts.good) as listener:
        for directory, status in ((hosts.good, 0), (hosts.stranger, 1)):
            done = subprocess.run([AGENT, "connect", "--tls-dir", directory, "localhost"],
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  timeout=LIMIT_S, check=False)
            assert done.returncode == status, done.stderr + listener.said()
            assert bool(done.stderr) == bool(status), done.stderr


def target_certificates(hosts):
    """a target whose certificate is not the right one gets nothing of a source"""
    for directory, word in ((hosts.stranger, "is not signed by our CA"),
                            (hosts.expired, "has expired"),
                            (hosts.early, "is not valid yet"),
                            (hosts.elsewhere, "is for another name")):
        with Listener("--tls-dir", directory) as listener:
            refused(hosts.good, "certificate of localhost", word)
            listener.wait_said("refused the connection")


def source_certificates(hosts):
    """a source whose certificate is not the right one gets nothing of a target; both say why"""
    with Listener("--tls-dir", hosts.good) as listener:
        for directory, here, there in (
                (hosts.stranger, "CA is unknown", "is not signed by our CA"),
                (hosts.expired, "Certificate is expired", "has expired"),
                (hosts.early, "Certificate is expired", "is not valid yet")):
            refused(directory, "refused the connection", str(directory), here)
            listener.wait_said(there)
        with Connection(hosts.elsewhere) as connection:
            assert answers(connection), "a source may have any name"


def no_certificate(hosts):
    """a source without certificate is refused"""
    with Listener("--tls-dir", hosts.good) as listener:
        context = ssl.create_default_context(cafile=hosts.good / "ca.pem")
        with plain() as raw, context.wrap_socket(raw, server_hostname="localhost") as wrapped:
            try:
                wrapped.sendall(hello())
                got = wrapped.recv(1)
            except (ssl.SSLError, ConnectionError):
                got = b""
        assert not got, "it was answered"
        listener.wait_said("has shown no certificate")


def old_tls(hosts):
    """nobody talks TLS 1.2"""
    with Listener("--tls-dir", hosts.good) as listener:
        done = subprocess.run(
            ["openssl", "s_client", "-tls1_2", "-connect", f"127.0.0.1:{PORT}",
             "-cert", hosts.good / "cert.pem", "-key", hosts.good / "key.pem"],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT_S, check=False)
        assert done.returncode, done.stdout
        listener.wait_said("does not speak TLS 1.3")
    context = server_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with Peer(hosts, context, lambda wrapped: None):
        refused(hosts.good, "localhost")


def files(hosts):
    """what is wrong with a file is said with its path, by both sides"""
    other_key = (hosts.stranger / "key.pem").read_bytes()
    cases = [(f"no-{name}", {name: None}, (f"{name}.pem", "No such file"))
             for name in ("ca", "cert", "key")]
    cases += [("bad-ca", {"ca": b"noise"}, ("ca.pem holds no certificate",)),
              ("bad-cert", {"cert": b"noise"}, ("cert.pem",)),
              ("bad-key", {"key": b"noise"}, ("key.pem",)),
              ("not-ours", {"key": other_key}, ("is not the key of",))]
    for name, content, words in cases:
        directory = hosts.broken(name, **content)
        for argv in (("listen", "--tls-dir", directory),
                     ("connect", "--tls-dir", directory, "localhost")):
            with Program(*argv, stdin=subprocess.DEVNULL) as program:
                assert program.ended() == 1, program.said()
                for word in (str(directory),) + words:
                    assert word in program.said(), f"no '{word}' in: {program.said()}"


def unreadable(hosts):
    """a key that may not be read, and the default directory"""
    directory = hosts.broken("unreadable")
    (directory / "key.pem").chmod(0o600)
    # Who is nobody may not come to a tree below /root by its path.
    with open(AGENT, "rb") as agent, Program(
            "listen", "--tls-dir", directory, user=NOBODY, group=NOBODY,
            executable=f"/proc/self/fd/{agent.fileno()}", pass_fds=[agent.fileno()]) as program:
        assert program.ended() == 1
        assert "key.pem: Permission denied" in program.said(), program.said()
    if not os.path.exists("/etc/tsmc"):
        with Program("listen") as program:
            assert program.ended() == 1
            assert "/etc/tsmc/ca.pem: No such file" in program.said(), program.said()


CASES = [through, one_purpose, by_hand, target_certificates, source_certificates, no_certificate,
         old_tls, files, unreadable]
