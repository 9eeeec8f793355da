# SPDX-License-Identifier: GPL-2.0-or-later
"""What runs while a guest is migrated in one order or another."""
import re

from programs import install
from workloads import Workload, checks_in
from xenbed.wait import wait_until

ONCE_LIMIT_S = 120
RECOVERY_LIMIT_S = 60

TRUTH = "/tmp/truth"
# A table several times as large as what is hot in it; light enough that an
# emulated processor has time for the migration too. Of its accesses so few go
# to the cold part that they can find it away only now and then.
ZIPF = "exec access --pattern zipf --size 32 --rate 20000 --stray 20000"
MOVING = "exec access --pattern moving --size 32 --rate 10000"
SCAN = "exec access --pattern scan --size 32 --threads 1 --rate 2000"


def recoveries(text):
    """The recovery times that a log tells, in seconds."""
    return [int(ms) / 1000 for ms in
            re.findall(r" resumed recovery_ms=(\d+)", text)]


class Load:
    """A workload that says when its speed is back."""

    def __init__(self, place, name, command):
        self.workload = Workload(place, name, command)
        self.recovered = 0

    def recovery_s(self):
        """Wait until its speed is back; return how long that took."""
        def back():
            text = self.workload.text()
            checks_in(text)
            return recoveries(text)[self.recovered:]
        found = wait_until(back, RECOVERY_LIMIT_S,
                           f"{self.workload.name} to be at its speed again",
                           self.workload.text)
        self.recovered += len(found)
        return sum(found)

    def finish(self):
        """Its last full check finds nothing wrong."""
        self.workload.finish()


class Table:
    """An access workload in the guest, for all of its migrations."""

    def __init__(self, guest, name, command):
        self.guest = guest
        self.name = name
        self.load = Load(guest, name, command)
        self.rewrites = 0

    def number(self, key):
        """What its ready line says of a key."""
        text = self.load.workload.text()
        return int(re.search(rf" ready .*\b{key}=(\d+)", text).group(1))

    def before(self, _target):
        """What to migrate with."""
        return self.load

    def rewrite(self):
        """Write the whole table once more."""
        self.rewrites += 1
        self.guest.run(
            f"kill -USR1 $(cat /tmp/{self.name}.pid); "
            f"until grep -q 'rewritten rounds={self.rewrites} ' "
            f"/tmp/{self.name}.log; do usleep 50000; done", check=True)

    def after(self):
        """Nothing: it goes on."""

    def finish(self):
        """It ends well."""
        self.load.finish()


class KeyValue:
    """A memcached in the guest, its client where the guest goes to.

    So the client's datagrams are not queued behind pages when it matters.
    What concerns every key is done inside the guest, where it is quick.
    """

    PORT = 11211
    KEYS = "--keys 12288 --value 1280"

    def __init__(self, guest):
        self.guest = guest
        self.name = "kv"
        self.load = None
        install(guest, "memcached")
        guest.run("(exec memcached -u root -l 0.0.0.0 -t 1 -m 48 "
                  f"-p {self.PORT} -U {self.PORT}) >/tmp/memcached.log 2>&1 "
                  "</dev/null & echo $! >/tmp/memcached.pid", check=True)

    def _once(self, what):
        """Do one thing with every key."""
        self.guest.run(f"kvclient --server 127.0.0.1:{self.PORT} {self.KEYS} "
                       f"--once {what}", timeout=ONCE_LIMIT_S, check=True)

    def before(self, target):
        """A client of a server that is filled anew."""
        self._once("fill")
        self.load = Load(
            target, "kvclient", "exec /build/workload/kvclient --server "
            f"{self.guest.ip}:{self.PORT} {self.KEYS} --rate 100")
        return self.load

    def rewrite(self):
        """Write to every item."""
        self._once("touch")

    def after(self):
        """All that was stored is there."""
        self.load.finish()
        self._once("look")

    def finish(self):
        """The server ends."""
        self.guest.run("kill $(cat /tmp/memcached.pid)", check=True)
