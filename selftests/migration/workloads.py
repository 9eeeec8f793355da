# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs in a guest that prove its memory while it moves."""
import re
import sys
import pathlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]
                       / "tools" / "testbed"))

from xenbed.wait import wait_until  # noqa: E402

READY_LIMIT_S = 60
GROW_LIMIT_S = 60
END_LIMIT_S = 120

# For the kernel of a guest that is not alone on its host: the emulated processor lets no
# hypervisor see XSETBV, so that one guest's XCR0 shows in another's.
ONE_OF_MANY = "noxsave"
# Light enough that an emulated processor has time for the migration too.
MEMORY = "memory --size 48 --hot 12 --threads 2 --rate 1000 --scan 2"
CODE = "code --rate 1"
FILESYSTEM = ("mkdir -p /mnt/san && mount -t ext4 /dev/xvda /mnt/san && "
              "exec filesystem --dir /mnt/san --rate 2")


def checks_in(text):
    """The number of checks that a log tells last; raises if one failed."""
    for line in text.splitlines():
        if " FAILED " in line:
            raise AssertionError(line)
    found = re.findall(r"^workload \S+ (?:ok|done) checks=(\d+)", text, re.M)
    return int(found[-1]) if found else 0


def all_checks(loads):
    """The number of checks of each, with one command for each place."""
    parts = [part for load in loads for part in load.parts()]
    counts = {}
    for place in {id(part.place): part.place for part in parts}.values():
        here = [part for part in parts if part.place is place]
        shown = place.run("; ".join(
            f"echo '== {part.name}'; grep -m 1 ' FAILED ' {part.log}; "
            f"tail -n 2 {part.log}" for part in here), check=True).output
        for section in shown.split("== ")[1:]:
            name, _, text = section.partition("\n")
            counts[name] = checks_in(text)
    return counts


def must_grow(*loads):
    """Wait until each has done more checks than now, and none has failed."""
    before = all_checks(loads)

    def grown():
        now = all_checks(loads)
        return all(now[name] > before[name] for name in before)
    wait_until(grown, GROW_LIMIT_S, "all workloads to go on",
               lambda: f"checks: {before}, then {all_checks(loads)}")


class Workload:
    """One self-checking program, in a guest or in a Dom0.

    Status lines are kept in a file beside it, so that it can be asked after
    a migration from whichever host reaches it.
    """

    def __init__(self, place, name, command):
        self.place = place
        self.name = name
        self.log = f"/tmp/{name}.log"
        place.run(f"({command}) >{self.log} 2>&1 </dev/null & "
                  f"echo $! >/tmp/{name}.pid", check=True)
        wait_until(lambda: " ready " in self.text(), READY_LIMIT_S,
                   f"workload {name} to get ready", self.text)

    def parts(self):
        """What it consists of: itself."""
        return [self]

    def text(self):
        """All that it has printed."""
        return self.place.run(f"cat {self.log}", check=True).output

    def checks(self):
        """How many checks it has done; raises if one failed."""
        return checks_in(self.text())

    def finish(self):
        """End it; its last full check must find nothing either."""
        self.place.run(f"kill -TERM $(cat /tmp/{self.name}.pid)", check=True)
        wait_until(lambda: " done " in self.text() or " FAILED " in self.text(),
                   END_LIMIT_S, f"workload {self.name} to end", self.text)
        return self.checks()


class TcpStream:
    """A checked TCP stream between a guest and a Dom0."""

    PORT = 7100

    def __init__(self, guest, host, options="--rate 64"):
        self.server = Workload(guest, "tcpserver",
                               f"exec tcpstream --listen {self.PORT}")
        self.client = Workload(
            host, f"tcpclient-{guest.name}",
            f"exec /build/workload/tcpstream --connect {guest.ip}:{self.PORT} "
            f"{options}")

    def parts(self):
        """Both of its ends."""
        return [self.client, self.server]

    def finish(self):
        """Every byte has come back."""
        self.client.finish()
        self.server.finish()
