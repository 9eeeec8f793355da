# SPDX-License-Identifier: GPL-2.0-or-later
"""Another implementation of TLS, to see that ours speaks it."""
import socket
import ssl
import threading

from agents import LIMIT_S, PORT


def server_context():
    """How a target speaks TLS."""
    return ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)


class Peer:
    """Another implementation of TLS, for one connection."""

    def __init__(self, hosts, context, serve, port=PORT):
        context.load_cert_chain(hosts.good / "cert.pem", hosts.good / "key.pem")
        context.load_verify_locations(hosts.good / "ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        self.context, self.serve, self.error = context, serve, None
        self.server = socket.create_server(("127.0.0.1", port))
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        raw, _ = self.server.accept()
        try:
            with self.context.wrap_socket(raw, server_side=True) as wrapped:
                self.serve(wrapped)
        except OSError as error:
            self.error = error

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.thread.join(LIMIT_S)
        self.server.close()
