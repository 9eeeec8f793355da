# SPDX-License-Identifier: GPL-2.0-or-later
"""Moves guests between the two hosts of a testbed, by us and by xl."""
import collections
import json
import pathlib
import shlex
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tools" / "testbed"))

from xenbed import CommandFailed  # noqa: E402

# One plain TCP pipe for both: an encrypting one would measure the cipher.
AGENT_PORT = 8002
XL_PORT = 8003
LIMIT_S = 240

Move = collections.namedtuple("Move", "status output report")


class Mover:
    """Listens on both hosts for guests that come in."""

    def __init__(self, bed):
        self.bed = bed
        self.listeners = []
        for host in bed.hosts:
            self._listen(host, AGENT_PORT, "tsmc-agent -v receive")
            self._listen(host, XL_PORT, "xl migrate-receive")

    def _listen(self, host, port, command):
        self.listeners.append(host.start(
            f"exec socat -b 262144 TCP-LISTEN:{port},bind={host.ip},reuseaddr,fork,"
            f"nodelay EXEC:{shlex.quote(command)}"))

    def received(self, host=None):
        """All that the receiving agents have said, on one host or on both."""
        return "".join(listener.output() for listener in self.listeners
                       if host in (None, listener.host))

    def close(self):
        """Listen no longer."""
        for listener in self.listeners:
            listener.forget()

    @staticmethod
    def _pipe(target, port):
        return shlex.quote(f"socat -b 262144 - TCP:{target.ip}:{port},nodelay,"
                           "retry=50,interval=0.1")

    def command(self, guest, target, options=""):
        """The command that migrates with tsmc-agent."""
        return (f"tsmc-agent migrate -s '' {options} {guest.name} "
                f"{self._pipe(target, AGENT_PORT)}")

    def xl_command(self, guest, target):
        """The command that migrates with xl.

        It leaves the end of a pass over the memory out unless it is verbose.
        """
        return f"xl -v migrate -s '' {guest.name} {self._pipe(target, XL_PORT)}"

    def try_move(self, guest, source, target, options="", timeout=LIMIT_S):
        """Migrate with tsmc-agent; return how it went."""
        result = source.run(
            "rm -f /tmp/report.json; "
            + self.command(guest, target, f"--json /tmp/report.json {options}"),
            timeout=timeout)
        report = None
        if result.status == 0:
            guest.host = target
            report = json.loads(source.read("/tmp/report.json"))
        return Move(result.status, result.output, report)

    def move(self, guest, source, target, options="", timeout=LIMIT_S):
        """Migrate with tsmc-agent, which must succeed; return the report."""
        move = self.try_move(guest, source, target, options, timeout)
        if move.status:
            raise CommandFailed(source.name, "tsmc-agent migrate", move.status,
                                f"{move.output}\nthe receivers said:\n"
                                f"{self.received()}")
        for line in move.output.splitlines():
            if "falling back" in line:
                print(f"# {line}", flush=True)
        return move.report

    def xl_move(self, guest, source, target, timeout=LIMIT_S):
        """Migrate with xl, which must succeed; return its output."""
        result = source.run(self.xl_command(guest, target), timeout=timeout,
                            check=True)
        guest.host = target
        return result.output


def debris(host, guests):
    """What a migration has left on a host that should not be there."""
    found = []
    names = {"Domain-0"} | {guest.name for guest in guests}
    for line in host.run("xl list", check=True).output.splitlines()[1:]:
        if line.split()[0] not in names:
            found.append(f"domain: {line}")
    listed = set(host.run("xl list | awk 'NR > 1 { print $2 }'",
                          check=True).output.split())
    stored = host.run("xenstore-list /local/domain", check=True).output.split()
    found += [f"xenstore: /local/domain/{domid}" for domid in stored
              if domid not in listed]
    found += [f"process: {line}" for line in host.run(
        "pgrep -a -x tsmc-agent; ls -A /run/tsmc 2>/dev/null").output.splitlines()]
    return found


def free_mib(host):
    """Memory that Xen has left on a host, in MiB."""
    return int(host.run("xl info free_memory", check=True).output)
