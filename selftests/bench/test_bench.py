#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The parts of the benchmarks that need no hosts. Prints KTAP."""
import math
import pathlib
import subprocess
import sys
import tempfile
import traceback

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "selftests" / "migration"),
                str(TOP / "tools" / "testbed")]

import peer_estimate  # noqa: E402
import peer_matrix  # noqa: E402
import plots  # noqa: E402
import throughput  # noqa: E402
from command_log import our_figures, passes, stamped, stamped_lines, xl_figures  # noqa: E402
from dirtying import NoRoom, access_command, last_stall_s, room, split  # noqa: E402
from figures import Targets, spread  # noqa: E402

XL_SAID = """\
100.000000 500 the command begins
100.100000 510 xc: info: Saving domain 2, type x86 HVM
101.000000 520 xc: detail: Frames iteration 0: 11264/1044480    1%
120.000000 700 xc: detail: Frames iteration 0: 1044480/1044480  100%
120.500000 701 xc: progress: Frames iteration 1: 0/3000    0%
125.000000 720 xc: progress: Frames iteration 1: 3000/3000  100%
126.000000 721 xc: progress: Domain now suspended: 0/0    0%
127.000000 725 xc: progress: Frames iteration 2: 1000/1000  100%
130.000000 730 migration sender: Target reports successful startup.
131.000000 740 the command is over
"""


def equal(found, expected):
    """Numbers may differ by what floating point makes of them."""
    if isinstance(expected, float):
        assert math.isclose(found, expected, abs_tol=1e-9), f"{found}, not {expected}"
    else:
        assert found == expected, f"{found}, not {expected}"


def xl_words():
    """the figures of xl migrate are in what it says"""
    figures = xl_figures(XL_SAID, 65536)
    for key, expected in (("total_s", 31.0), ("readiness_s", 25.0),
                          ("downtime_s", 5.0), ("recovery_s", 1.0), ("rounds", 2),
                          ("pages", 65536 + 4000), ("stage_one_pages", 65536),
                          ("stage_one_cpu_s", 1.9)):
        equal(figures[key], expected)


def xl_same_number():
    """two passes of xl with one number are two passes"""
    text = XL_SAID.replace("Frames iteration 2", "Frames iteration 1")
    equal([entries for _, entries in passes(stamped_lines(text))],
          [1044480, 3000, 1000])


def xl_silence():
    """an xl migrate that does not say enough is an error"""
    try:
        xl_figures(XL_SAID.replace("now suspended", ""), 65536)
    except ValueError:
        return
    raise AssertionError("nothing was missed")


def our_words():
    """the cost of our stage one lies between two of our lines"""
    report = {"readiness_s": 1, "downtime_s": 2, "recovery_s": 3, "rounds": 1,
              "pages_transferred": 9, "faults": 4,
              "pages": {"stage1": {"kernel": 3, "anon": 4}}}
    figures = our_figures("10.0 100 the command begins\n10.5 150 stage one: full memory copy\n"
                          "11.5 350 stage two: suspending the guest\n"
                          "12.5 400 the command is over\n", report)
    for key, expected in (("total_s", 2.5), ("stage_one_cpu_s", 2.0),
                          ("stage_one_pages", 7), ("pages", 9)):
        equal(figures[key], expected)


def stamps():
    """a stamped command keeps its status and each of its lines"""
    done = subprocess.run(["bash", "-c", stamped("echo one; echo two >&2; exit 3")],
                          stdout=subprocess.PIPE, text=True, check=False)
    equal(done.returncode, 3)
    equal([line.text for line in stamped_lines(done.stdout)][:3],
          ["the command begins", "one", "two"])


def rooms():
    """a table fills a guest as far as wanted, and no further"""
    table, hot = room(256 * 256, 80 * 256, "half")
    assert 40 <= table <= 48, table
    equal(hot, table)
    table, hot = room(1024 * 256, 100 * 256, "full")
    assert 810 <= table <= 822, table
    equal(hot, int(0.55 * 0.9 * 1024))
    try:
        room(128 * 256, 100 * 256, "half")
    except NoRoom as why:
        assert "78 %" in str(why), why
        return
    raise AssertionError("there was room")


def memtester_rooms():
    """beside memtester there is room for the workload that watches"""
    equal(split(100, 90), (10, 90))
    equal(split(100, 100), (4, 96))
    try:
        split(7, 7)
    except NoRoom:
        return
    raise AssertionError("there was room")


def commands():
    """the hot part is a share of the table, of one percent at least"""
    assert "--size 800 --hot 1 " in access_command(800, 4, 200)
    assert "--size 100 --hot 55 --threads 2 --rate 100" in access_command(100, 55, 200)


def stall_lines():
    """a stall counts from the last resume"""
    text = "workload access ok checks=1 stall_ms=900.0\n"
    equal(last_stall_s(text + "workload access resumed recovery_ms=5\n"), None)
    equal(last_stall_s(text + "workload access resumed recovery_ms=5\n"
                       "workload access ok checks=2 stall_ms=20.0\n"
                       "workload access ok checks=3 stall_ms=30.5\n"), 0.0305)


def stream(stop, again, end=30):
    """Samples of 1000 bytes/s that cease for a while."""
    samples, total = [], 0
    for tenth in range(end * 10):
        at = tenth / 10
        if not stop < at <= again:
            total += 100
        samples.append((at, total))
    return samples


def back():
    """the throughput is back when a whole window is at 90 %"""
    assert abs(throughput.back_s(stream(12, 15), 10) - 3) < 0.3
    equal(throughput.back_s(stream(12, 30), 10), None)


def burst():
    """a burst of what was held back is not the old speed"""
    samples = [(at, total + (3000 if at > 15.2 else 0))
               for at, total in stream(12, 18)]
    found = throughput.back_s(samples, 10)
    assert abs(found - 6) < 0.3, found


def sample_lines():
    """samples are read line by line, a broken last line is left out"""
    equal(throughput.samples_in("1.0 100\n1.1 200\n1.2"), [(1.0, 100), (1.1, 200)])
    equal(throughput.curve([(10.0, 0), (10.5, 100)], 10), [(0.5, 200.0)])


def runs_of(system, size=256, rate="low", **figures):
    """Three runs that are alike."""
    return 3 * [{"load": "own", "fill": "half", "rate": rate, "size": size,
                 "system": system, "in_use": 1000, "hot_mib": 4, "total_s": 1.0,
                 "pages": 1000, "gap_s": 1.0, **figures}]


def verdict(runs, rate=4096 * 1000):
    """Name to (value, good) of what these runs are judged by."""
    targets = Targets()
    peer_matrix.judge(runs, targets, rate)
    return {result["name"]: (result["value"], result["ok"])
            for result in targets.results}


def by_xl():
    """of several sizes the worst ratio to xl migrate counts"""
    found = verdict(runs_of("xl", total_s=10.0) + runs_of("tsmc", total_s=4.0)
                    + runs_of("xl", 512, total_s=10.0)
                    + runs_of("tsmc", 512, total_s=6.0))
    equal(found["total_own_half_low"], (0.6, False))
    equal(found["pages_own_half_low"], (1.0, False))


def by_use():
    """pages and time are judged by what is in use"""
    found = verdict(runs_of("tsmc", pages=1040, total_s=1.1)
                    + runs_of("postcopy", pages=1010))
    equal(found, {"pages_by_use_tsmc": (1.04, True), "time_by_link_tsmc": (1.1, True),
                  "pages_by_use_postcopy": (1.01, False)})


def growth():
    """downtime may grow neither with the dirty rate nor with the size"""
    found = verdict(runs_of("tsmc", 128, gap_s=1.0) + runs_of("tsmc", 1024, gap_s=1.6)
                    + runs_of("tsmc", 128, "high", gap_s=1.2))
    equal(found["downtime_high_by_low"], (1.2, True))
    equal(found["downtime_large_by_small"], (1.6, False))


def not_measured():
    """what could not be measured is a miss"""
    found = verdict(runs_of("tsmc") + runs_of("xl", total_s=None))
    equal(found["total_own_half_low"], (None, False))
    equal(Targets().print(), 1)


def estimates():
    """an estimate is as far off as its worst figure's median over the runs"""
    def runs_told(rate, *readiness):
        return [{"rate": rate, "system": "tsmc", "readiness_s": 10.0,
                 "told": {"readiness_s": told}} for told in readiness]

    def verdict_of(runs):
        targets = Targets()
        peer_estimate.judge_figure(runs, "readiness", targets)
        return targets.results[0]["value"], targets.results[0]["ok"]
    equal(verdict_of(runs_told("low", 8, 9, 30)), (1.25, True))
    equal(verdict_of(runs_told("low", 10, 10, 10) + runs_told("high", 10, 13, 14)),
          (1.3, False))
    equal(peer_estimate.off(3, 9, 6), 1.0)
    equal(peer_estimate.off(3, 9, 5), 3.0)
    equal(peer_estimate.off(0, 9, 5), math.inf)


def spreads():
    """a spread is a median with its range"""
    equal(spread([3, 1, 2]), "2 (1..3)")
    equal(spread([None, None]), "-")


def drawn():
    """gnuplot draws both kinds of plots"""
    with tempfile.TemporaryDirectory() as directory:
        sizes, time = (pathlib.Path(directory) / name for name in ("a.svg", "b.svg"))
        plots.by_size(sizes, "sizes", runs_of("xl", 128) + runs_of("xl", 512)
                      + runs_of("tsmc", 128))
        plots.over_time(time, "time", {"xl": [(0, 1e6), (1, 2e6)],
                                       "tsmc": [(0, 1e6), (2, 2e6)]})
        for path in (sizes, time):
            text = path.read_text()
            assert "</svg>" in text and "tsmc" in text and "xl" in text, text[:400]


TESTS = [xl_words, xl_same_number, xl_silence, our_words, stamps, rooms, memtester_rooms,
         commands,
         stall_lines, back, burst, sample_lines, by_xl, by_use, growth, not_measured,
         estimates, spreads, drawn]


def main():
    """All tests."""
    failed = 0
    print(f"TAP version 13\n1..{len(TESTS)}")
    for number, test in enumerate(TESTS, 1):
        try:
            test()
            verdict_ = "ok"
        except Exception:
            failed += 1
            verdict_ = "not ok"
            print("".join(f"# {line}\n" for line in
                          traceback.format_exc().splitlines()), end="")
        print(f"{verdict_} {number} {test.__doc__}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
