#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What carries a migration without ssh, on loopback and without Xen.

Runs in a network of its own, so that ports are free and the link can be
cut. Names of cases on the command line choose among them. Prints KTAP.
"""
import os
import socket
import subprocess
import sys
import tempfile
import traceback

import test_certificates
import test_listener
import test_relay
import test_usage
from certificates import Hosts

SKIPPED = 4  # kselftest's exit status
CASES = [*test_usage.CASES, *test_certificates.CASES, *test_listener.CASES, *test_relay.CASES]


def run(case, hosts):
    """One case; whether it holds."""
    try:
        case(hosts)
    except Exception:
        print("".join(f"# {line}\n" for line in traceback.format_exc().splitlines()), end="")
        return False
    return True


def main(chosen):
    """All cases, or those named."""
    cases = [case for case in CASES if not chosen or case.__name__ in chosen]
    print(f"TAP version 13\n1..{len(cases)}", flush=True)
    test_relay.link("up")
    failed = 0
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        hosts = Hosts(directory)
        for number, case in enumerate(cases, 1):
            good = run(case, hosts)
            failed += not good
            print(f"{'ok' if good else 'not ok'} {number} {case.__doc__}", flush=True)
    return 1 if failed else 0


def skip(why):
    """Says why nothing can be tested here."""
    print(f"TAP version 13\n1..0 # SKIP {why}")
    sys.exit(SKIPPED)


def localhost_is_known():
    """Whether /etc/hosts says what every host's does."""
    try:
        return socket.gethostbyname("localhost") == "127.0.0.1"
    except OSError:
        return False


if __name__ == "__main__":
    if "TSMC_OWN_NETWORK" not in os.environ:
        if not localhost_is_known():
            skip("localhost has no address: is there no /etc/hosts?")
        os.environ["TSMC_OWN_NETWORK"] = "1"
        if subprocess.run(["unshare", "--net", "--mount", "true"], check=False).returncode:
            skip("no network of its own can be had here")
        # /run too: sockets of sessions are there.
        os.execvp("unshare", ["unshare", "--net", "--mount", "sh", "-c",
                              'mount -t tmpfs tmpfs /run && exec "$@"', "sh",
                              sys.executable, *sys.argv])
    sys.exit(main(sys.argv[1:]))
