# SPDX-License-Identifier: GPL-2.0-or-later
"""What "tsmc-agent metrics" prints of counters and records that a test has written."""
import pathlib
import re
import shlex
import shutil
import subprocess

from exposition import Metrics, Wrong
from host import AGENT, LIMIT_S, TOP, Busy, agent, forget, told, write_record

PLACE = pathlib.Path("/var/lib/tsmc")
COUNTERS = """tsmc-counters 1
source completed 41 16100000001 18446744073709551615 33000 2854000000 0 0
source failed 2 5 6 7 0 0 0
source abandoned 1 0 0 0 0 0 0
target completed 12 3500000000 9000000000 0 0 517 1250000000
target failed 3 0 0 0 0 0 0
target abandoned 4 0 0 0 0 0 0
downtime-max-ns 1500000000
"""
GOOD = '# HELP a_total b\n# TYPE a_total counter\na_total{c="d"} 1\n'
# Each of them breaks one rule of the format.
BAD = [GOOD[:-1], GOOD.replace(" 1\n", "\n"), GOOD.replace(" 1\n", " x\n"), GOOD.replace(" 1\n", " -1\n"),
       GOOD.replace('"d"', "d"), GOOD.replace("a_total{", "1a_total{"), GOOD + 'a_total{c="d"} 2\n',
       GOOD.replace("counter", "number"), GOOD.replace("a_total", "a"), GOOD + "# TYPE a_total counter\n",
       GOOD + "\n", "a_total 1\n" + GOOD, GOOD.replace('c="d"', 'c="d",c="e"'),
       GOOD + "# HELP b_total b\n# TYPE b_total counter\nb_total 1\na_total 2\n"]


def put(text):
    """The file as agents have left it."""
    PLACE.mkdir(exist_ok=True)
    (PLACE / "counters").write_text(text)


def reader():
    """the reader of the format takes what is right, and none of what is wrong"""
    Metrics(GOOD)
    for text in BAD:
        try:
            Metrics(text)
        except Wrong:
            continue
        raise AssertionError(f"taken: {text}")


def nothing_yet():
    """before any migration all metrics are there, and 0"""
    shutil.rmtree(PLACE, ignore_errors=True)
    metrics = Metrics(told("metrics"))
    assert len(metrics.types) == 9 and set(metrics.samples.values()) == {0.0}, metrics.samples
    assert not PLACE.exists()


def numbers():
    """each number of the file is in the metric that is its own"""
    put(COUNTERS)
    metrics = Metrics(told("metrics"))
    expected = [(41, "s_total", "source", "completed"), (2, "s_total", "source", "failed"),
                (1, "s_total", "source", "abandoned"), (12, "s_total", "target", "completed"),
                (3, "s_total", "target", "failed"), (4, "s_total", "target", "abandoned"),
                (16.100000001, "_duration_seconds_total", "source", "completed"),
                (3.5, "_duration_seconds_total", "target", "completed"),
                (18446744073709551615, "_bytes_total", "source", "completed"),
                (6, "_bytes_total", "source", "failed"), (9e9, "_bytes_total", "target", "completed")]
    for number, name, side, outcome in expected:
        assert metrics.value(f"tsmc_migration{name}", side=side, outcome=outcome) == float(number), (name, side, outcome)
    for number, name in ((33007, "pages_total"), (2.854, "downtime_seconds_total"), (1.5, "downtime_seconds_max"),
                         (517, "faults_total"), (1.25, "fault_wait_seconds_total")):
        assert metrics.value(f"tsmc_migration_{name}") == number, name


def open_ones():
    """migrations that are on and such that were interrupted are counted apart"""
    with Busy(7) as pid:
        for number, (phase, alive) in enumerate((("moving", True), ("given", True), ("given", False),
                                                 ("waiting", False), ("owner", True), ("complete", False))):
            write_record(number, phase, f"web{number}", domid=7 if alive else 9, pid=pid)
        metrics = Metrics(told("metrics"))
    seen = [metrics.value("tsmc_migrations_open", side=side, state=state)
            for side in ("source", "target") for state in ("active", "interrupted")]
    assert seen == [2, 1, 1, 1], seen
    forget()


def damaged():
    """a damaged file is told of, and nothing is printed that could be taken for counters"""
    put(COUNTERS.replace("41", "41x"))
    status, said, complaint = agent("metrics")
    assert status == 1 and not said and "damaged" in complaint, (status, said, complaint)
    put(COUNTERS)


def no_room():
    """who redirects to a full disk is told"""
    with open("/dev/full", "w", encoding="ascii") as full:
        status, complaint = agent("metrics", stdout=full)[::2]
    assert status == 1 and "cannot print" in complaint, (status, complaint)


def example():
    """the example unit replaces the text for the node exporter as a whole, or leaves it"""
    unit = (TOP / "tools" / "examples" / "dom0" / "tsmc-metrics.service").read_text()
    command = shlex.split(re.search("^ExecStart=(.*)$", unit, re.M).group(1))
    place = pathlib.Path(re.search("^WorkingDirectory=-(.*)$", unit, re.M).group(1))
    place.mkdir(parents=True)
    path = {"PATH": f"{AGENT.parent}:/usr/bin:/bin"}
    for text, status in ((COUNTERS, 0), ("damaged", 1)):
        put(text)
        done = subprocess.run(command, cwd=place, env=path, capture_output=True, timeout=LIMIT_S, check=False)
        assert done.returncode == status, done
        metrics = Metrics((place / "tsmc.prom").read_text())
        assert metrics.value("tsmc_migrations_total", side="source", outcome="completed") == 41
    put(COUNTERS)


CASES = [reader, nothing_yet, numbers, open_ones, damaged, no_room, example]
