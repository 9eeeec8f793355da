# SPDX-License-Identifier: GPL-2.0-or-later
"""What fills a guest's memory, and writes to it while it is migrated.

In every run the access workload fills the guest with content that it checks.
With the load "own" it also does the writing: evenly among its hot part, at a
rate. With "memtester" Debian's program does, as fast as it can.
"""
import re

from measured import pages_in_use
from order_loads import Load
from programs import install
from systems import PAGES_PER_MIB
from xenbed.wait import wait_until

LOADS = ["own", "memtester"]
FILLS = {"half": 0.5, "full": 0.9}
RATES = ["low", "high"]
THREADS = 2
# Of the pages that can cross in a second: well under, and above even if pages
# are hit that have been hit already.
RATE_SHARE = {"low": 0.1, "high": 3}
IDLE_PER_S = 20
# High: over half of the memory in use.
HOT_SHARE = 0.55
LOW_HOT_MIB = 4
SMALLEST_MIB = 4
# Page tables, and what access notes of each page; the program itself.
OVERHEAD = 0.006
PROGRAM_MIB = 2
STALL_LIMIT_S = 30
MEMTESTER_LIMIT_S = 60


class NoRoom(Exception):
    """What a guest has in use already leaves no room for a workload."""


def room(memory_pages, in_use, fill):
    """(table, hot part when high) in MiB: of a guest of so many pages."""
    wanted = FILLS[fill] * memory_pages
    table = int((wanted - in_use) / PAGES_PER_MIB * (1 - OVERHEAD)) - PROGRAM_MIB
    if table < SMALLEST_MIB:
        raise NoRoom(f"{100 * in_use / memory_pages:.0f} % of the guest's memory "
                     "is in use before any workload runs")
    return table, min(table, int(HOT_SHARE * wanted / PAGES_PER_MIB))


def split(table, hot):
    """(filled, memtester's) MiB of a table of which so much is to be hot."""
    if table < 2 * SMALLEST_MIB:
        raise NoRoom("beside memtester no memory is left to fill")
    return table - min(hot, table - SMALLEST_MIB), min(hot, table - SMALLEST_MIB)


def hot_mib(rate, high):
    """What is written to again and again, in MiB."""
    return high if rate == "high" else min(LOW_HOT_MIB, high)


def access_command(table_mib, hot_mib_, writes_per_s):
    """The command line of the workload that fills the memory."""
    hot = max(1, round(100 * hot_mib_ / table_mib))
    return (f"exec access --pattern zipf --skew 0 --stray 0 --size {table_mib} "
            f"--hot {hot} --threads {THREADS} --rate {writes_per_s // THREADS}")


class Filled:
    """A guest with its memory filled, and written to at a rate."""

    def __init__(self, guest, load, fill, rate, link_rate):
        self.guest = guest
        self.memtester = load == "memtester"
        if self.memtester:
            install(guest, "memtester")
        table, high = room(guest.memory_mb * PAGES_PER_MIB, pages_in_use(guest),
                           fill)
        self.hot_mib = hot_mib(rate, high)
        writes = int(RATE_SHARE[rate] * link_rate / 4096)
        if self.memtester:
            table, self.hot_mib = split(table, self.hot_mib)
            writes = IDLE_PER_S
        self.load = Load(guest, "access", access_command(
            table, min(table, self.hot_mib), writes))
        if self.memtester:
            self._start_memtester()

    def _start_memtester(self):
        """Start it, and wait until it holds all of its memory."""
        self.guest.run(f"(memtester {self.hot_mib}M 2>&1 | grep -i -e fail -e cannot) "
                       ">/tmp/memtester.log 2>/dev/null </dev/null &", check=True)

        def held_mib():
            text = self.guest.run("cat /proc/$(pidof memtester)/status").output
            found = re.search(r"^VmRSS:\s+(\d+) kB$", text, re.M)
            return int(found.group(1)) / 1024 if found else 0
        wait_until(lambda: held_mib() >= self.hot_mib, MEMTESTER_LIMIT_S,
                   f"memtester to hold {self.hot_mib} MiB")

    def after(self):
        """What the workload tells of a migration that is over, in seconds."""
        back_s = self.load.recovery_s()
        text = wait_until(self._told, STALL_LIMIT_S, "the workload to go on",
                          self.load.workload.text)
        return {"back_s": back_s, "stall_s": last_stall_s(text)}

    def _told(self):
        """All that it has said, once it has said something since the resume."""
        text = self.load.workload.text()
        return text if last_stall_s(text) is not None else None

    def finish(self):
        """End it, and wait until its memory is free; nothing is wrong."""
        if self.memtester:
            self.guest.run("killall memtester && while pidof memtester >/dev/null; "
                           "do usleep 50000; done", check=True)
            complaints = self.guest.run("cat /tmp/memtester.log", check=True).output
            assert not complaints, f"memtester says: {complaints}"
        self.load.finish()
        self.guest.run("while kill -0 $(cat /tmp/access.pid) 2>/dev/null; "
                       "do usleep 50000; done", check=True)


def last_stall_s(text):
    """The longest stall since the last resume that a log tells, or None."""
    since = text.rpartition(" resumed ")[2]
    found = re.findall(r" ok .* stall_ms=([\d.]+)", since)
    return float(found[-1]) / 1e3 if found else None
