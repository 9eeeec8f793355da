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

MEMORY = "memory --size 64 --hot 16 --threads 2 --rate 2000 --scan 4"
CODE = "code --rate 3"
FILESYSTEM = ("mkdir -p /mnt/san && mount -t ext4 /dev/xvda /mnt/san && "
              "exec filesystem --dir /mnt/san --rate 5")


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

    def text(self):
        """All that it has printed."""
        return self.place.run(f"cat {self.log}", check=True).output

    def checks(self):
        """How many checks it has done; raises if one failed."""
        text = self.text()
        if " FAILED " in text:
            line = next(l for l in text.splitlines() if " FAILED " in l)
            raise AssertionError(line)
        found = re.findall(r"^workload \S+ (?:ok|done) checks=(\d+)", text, re.M)
        return int(found[-1]) if found else 0

    def must_grow(self):
        """Wait until it has done more checks than now, and none failed."""
        before = self.checks()
        wait_until(lambda: self.checks() > before, GROW_LIMIT_S,
                   f"workload {self.name} to go on", self.text)

    def finish(self):
        """End it; its last full check must find nothing either."""
        self.place.run(f"kill -TERM $(cat /tmp/{self.name}.pid)", check=True)
        wait_until(lambda: " done " in self.text() or " FAILED " in self.text(),
                   END_LIMIT_S, f"workload {self.name} to end", self.text)
        return self.checks()


class TcpStream:
    """A checked TCP stream between a guest and a Dom0."""

    PORT = 7100

    def __init__(self, guest, host, options="--rate 256"):
        self.server = Workload(guest, "tcpserver",
                               f"exec tcpstream --listen {self.PORT}")
        self.client = Workload(
            host, f"tcpclient-{guest.name}",
            f"exec /build/workload/tcpstream --connect {guest.ip}:{self.PORT} "
            f"{options}")

    def must_grow(self):
        """Both directions go on."""
        self.client.must_grow()
        self.server.must_grow()

    def finish(self):
        """Every byte has come back."""
        self.client.finish()
        self.server.finish()
