# SPDX-License-Identifier: GPL-2.0-or-later
"""The access workload: clean, with planted errors, and what it measures."""

import os
import re
import signal
import struct
import subprocess
import sys
import tempfile

from running import Failure, LIMIT, Skip, Workload, expect_clean, expect_found

PAGE = 4096
WORD_COUNT = 8
SMALL = ("--size", 4)
HOT_PAGES = 153     # 15 % of 4 MiB


def access(*options):
    return Workload("access", *SMALL, *options)


def clean(*options):
    with access(*options) as w:
        expect_clean(w)


def flip(offset, pattern):
    """In a page of a scan, which comes by everywhere, and often."""
    with access("--pattern", "scan", "--rate", 0) as w:
        w.flip(w.address("base") + 700 * PAGE + offset)
        expect_found(w, pattern)


def flip_last_check():
    """A word that no access comes by is found by the last check."""
    with access("--rate", 1) as w:
        w.flip(w.address("base") + 800 * PAGE + 4088)
        w.process.send_signal(signal.SIGTERM)
        w.wait(r" FAILED pattern, page 800 .* word 511 ")
        if w.process.wait(LIMIT) != 1:
            raise Failure(f"exit status {w.process.returncode}")


def stale():
    """A page goes back to what it was before later updates."""
    with access("--pattern", "scan") as w:
        page = w.address("base") + 17 * PAGE
        old = w.peek(page, PAGE)
        w.wait(" ok ")
        w.wait(" ok ")
        w.poke(page, old)
        expect_found(w, "counter, page 17 .* word 1 ")


def stale_rewrite():
    """A page goes back to what it was before the table was rewritten."""
    with access("--rate", 100, "--stray", 0) as w:
        page = w.address("base") + 900 * PAGE
        old = w.peek(page, PAGE)
        w.process.send_signal(signal.SIGUSR1)
        w.wait(" rewritten rounds=1 pages=1024")
        if w.peek(page, PAGE) == old:
            raise Failure("page 900 was not rewritten")
        w.poke(page, old)
        w.process.send_signal(signal.SIGTERM)
        w.wait(" FAILED (counter|pattern), page 900 ")


def zero():
    with access("--pattern", "scan") as w:
        w.poke(w.address("base") + 600 * PAGE, bytes(PAGE))
        expect_found(w, "identity, page 600 .* found 0$")


def rewrite():
    """The whole table changes, and nothing is wrong."""
    with access() as w:
        base = w.address("base")
        old = w.peek(base, 1024 * PAGE)
        w.process.send_signal(signal.SIGUSR1)
        w.wait(" rewritten rounds=1 pages=1024")
        new = w.peek(base, 1024 * PAGE)
        same = [page for page in range(1024)
                if old[page * PAGE + 16:(page + 1) * PAGE]
                == new[page * PAGE + 16:(page + 1) * PAGE]]
        if same:
            raise Failure(f"{len(same)} pages were not rewritten")
        expect_clean(w)


def counts(w):
    """The counter of each page."""
    table = w.peek(w.address("base"), 1024 * PAGE)
    return [struct.unpack_from("<Q", table, page * PAGE + WORD_COUNT)[0]
            for page in range(1024)]


def truth_of(path):
    """What a truth file says of each pfn."""
    with open(path) as truth:
        return dict(re.fullmatch(r"(\d+) (hot|cold)", line.rstrip()).groups()
                    for line in truth)


def pfns(w):
    """The pfn of each page of the table."""
    with open(f"/proc/{w.process.pid}/pagemap", "rb", buffering=0) as pagemap:
        entries = os.pread(pagemap.fileno(), 8 * 1024,
                           w.address("base") // PAGE * 8)
    return [entry & ((1 << 55) - 1)
            for entry in struct.unpack("<1024Q", entries)]


def skewed():
    """The hot part takes nearly all, and is what --truth says."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "truth")
        w = access("--rate", 0, "--truth", path)
        try:
            with w:
                for _ in range(3):
                    w.wait(" ok ")
                number, truth, count = pfns(w), truth_of(path), counts(w)
        except Failure:
            if "does not tell pfns" in "".join(w.seen):
                raise Skip("the kernel tells no pfns here") from None
            raise
    hot = [count[page] for page in range(1024)
           if truth[str(number[page])] == "hot"]
    if len(hot) != HOT_PAGES or sum(hot) < 0.98 * sum(count):
        raise Failure(f"{len(hot)} hot pages took {sum(hot)} of {sum(count)}")
    if max(hot) < 20 * min(hot):
        raise Failure(f"hot pages took from {min(hot)} to {max(hot)}")


def moving():
    """Only the window is used, and it moves."""
    with access("--pattern", "moving", "--step", 1) as w:
        w.wait(" ok ")
        used = [page for page, count in enumerate(counts(w)) if count]
        if not used or used[-1] - used[0] > 3 * 103:
            raise Failure(f"pages {used[:1]} to {used[-1:]} were used")
        for _ in range(3):
            w.wait(" ok ")
        later = [page for page, count in enumerate(counts(w)) if count]
        if len(later) < len(used) + 102:
            raise Failure(f"{len(used)} pages used, later {len(later)}")


class Header:
    """What the module's header would say."""

    def __init__(self):
        self.file = tempfile.NamedTemporaryFile(prefix="header-")
        self.name = self.file.name
        self.write(0, 0)

    def write(self, state, epoch):
        os.pwrite(self.file.fileno(),
                  bytes(36) + struct.pack("<IQ", state, epoch), 0)


def resumed():
    """A new epoch is a resume; a stop in it takes longer to recover from."""
    header = Header()
    with access("--header", header.name) as w:
        w.wait(" ok ")
        w.wait(" ok ")
        header.write(1, 1)
        line = w.wait(" resumed recovery_ms=")
        quick = int(w.field("recovery_ms", line))
        w.wait(" ok .* epoch=1")
        w.process.send_signal(signal.SIGSTOP)
        header.write(1, 2)
        try:
            w.process.wait(1.5)
        except subprocess.TimeoutExpired:
            pass
        w.process.send_signal(signal.SIGCONT)
        line = w.wait(" resumed recovery_ms=")
        slow = int(w.field("recovery_ms", line))
        if quick > 1000 or slow < 900 or slow < quick:
            raise Failure(f"recovered in {quick} and {slow} ms")
        expect_clean(w)


def stalled():
    """A stop is a stall, and forgotten with the next resume."""
    header = Header()
    with access("--header", header.name) as w:
        w.wait(" ok ")
        w.process.send_signal(signal.SIGSTOP)
        try:
            w.process.wait(1.5)
        except subprocess.TimeoutExpired:
            pass
        w.process.send_signal(signal.SIGCONT)
        w.wait(" ok ")
        long = float(w.field("stall_ms", w.wait(" ok ")))
        header.write(1, 1)
        short = float(w.field("stall_ms", w.wait(" ok .* epoch=1")))
        if not 1400 < long < 5000 or not 0 < short < 1000:
            raise Failure(f"stalls of {long} and then {short} ms")
        expect_clean(w)


def heatcheck():
    """Precision and recall of a table that is known."""
    with tempfile.TemporaryDirectory() as directory:
        truth, table = directory + "/truth", directory + "/table"
        heats = [15, 8, 7, 0, 9, 1, 1, 1]
        words = ["hot", "hot", "hot", "hot", "cold", "cold", "cold", "cold"]
        with open(truth, "w") as out:
            out.writelines(f"{pfn} {word}\n" for pfn, word in enumerate(words))
        with open(table, "wb") as out:
            out.write(bytes(heat << 4 | 7 for heat in heats))
        run = subprocess.run([os.path.join(sys.argv[1], "heatcheck"), truth,
                              table], capture_output=True, text=True,
                             timeout=LIMIT)
        if run.returncode or "precision=0.6667 recall=0.5000" not in run.stdout:
            raise Failure(f"status {run.returncode}: {run.stdout}{run.stderr}")
        with open(truth, "a") as out:
            out.write("8 hot\n")
        run = subprocess.run([os.path.join(sys.argv[1], "heatcheck"), truth,
                              table], capture_output=True, text=True,
                             timeout=LIMIT)
        if run.returncode != 2 or "no such pfn" not in run.stderr:
            raise Failure(f"status {run.returncode}: {run.stdout}{run.stderr}")


def checks():
    """Yield name and function of every check."""
    for pattern in ("zipf", "moving", "scan"):
        yield (f"access: clean: {pattern}",
               lambda p=pattern: clean("--pattern", p))
    yield "access: clean: scattered", lambda: clean("--scatter")
    for what, offset, pattern in (
            ("identity", 1, "identity, page 700 "),
            ("counter", 13, "counter, page 700 "),
            ("pattern", 1600, "pattern, page 700 ")):
        yield (f"access: finds a flipped bit: {what}",
               lambda o=offset, p=pattern: flip(o, p))
    yield ("access: finds a flipped bit where no access comes by",
           flip_last_check)
    yield "access: finds lost updates", stale
    yield "access: finds a page of before a rewrite", stale_rewrite
    yield "access: finds a zero page", zero
    yield "access: rewrites the whole table when asked", rewrite
    yield "access: the hot part is hot, and told", skewed
    yield "access: the window moves", moving
    yield "access: tells when its speed is back", resumed
    yield "access: tells the longest stall of a thread", stalled
    yield "heatcheck: precision and recall", heatcheck
