# SPDX-License-Identifier: GPL-2.0-or-later
"""The part that compares the systems over sizes, fills and dirty rates."""
import math

from dirtying import FILLS, RATES, Filled, NoRoom
from figures import median, spread, table
from measured import measure
from plots import by_size
from systems import PAGES_PER_MIB, XL

TOTAL = {"half": {"low": 0.50, "high": 0.30}, "full": {"low": 0.75, "high": 0.40}}
PAGES = {"half": {"low": 0.50, "high": 0.30}, "full": {"low": 0.80, "high": 0.40}}
GAP = {"low": 0.30, "high": 0.10}
COMPARED = {"total": ("total_s", lambda fill, rate: TOTAL[fill][rate]),
            "pages": ("pages", lambda fill, rate: PAGES[fill][rate]),
            "downtime": ("gap_s", lambda _, rate: GAP[rate])}
# Of the pages in use.
PAGES_MOST = {"tsmc": 1.05, "postcopy": 1.00}
TIME_MOST = {"tsmc": 1.15}
HIGH_BY_LOW = 1.3
LARGE_BY_SMALL = 1.5
SMALL_MB, LARGE_MB = 128, 1024
COLUMNS = [("total, s", "total_s", ".1f"), ("readiness, s", "readiness_s", ".1f"),
           ("downtime, s", "downtime_s", ".2f"), ("recovery, s", "recovery_s", ".1f"),
           ("pages", "pages", ".0f"), ("MB on the wire", "mb", ".0f"),
           ("gap outside, s", "gap_s", ".2f"), ("faults", "faults", ".0f"),
           ("stall, s", "stall_s", ".2f"), ("back at 90 %, s", "back_s", ".1f"),
           ("CPU of Dom0s, s", "dom0_cpu_s", ".1f")]


def limit_s(size, rate):
    """So long no migration of a guest takes: xl's six passes, and half more."""
    return 120 + 9 * size * 2**20 / rate


class Matrix:
    """All runs with guests of one size; what they bring goes into figures."""

    def __init__(self, bench, size, figures):
        self.bench = bench
        self.size = size
        # An attempt that the emulator has ended may have left some.
        for key in "runs", "impossible":
            figures[key] = [run for run in figures[key] if run["size"] != size]
        self.runs, self.impossible = figures["runs"], figures["impossible"]

    def run(self):
        """Every fill, rate and load, the systems in turns."""
        options = self.bench.options
        guest = self.bench.world.guest(self.bench.world.a, f"mem{self.size}",
                                       memory_mb=self.size, disk=True)
        for load in options.loads:
            for fill in options.fills:
                for rate in options.rates:
                    self.cell(guest, load, fill, rate)
        self.bench.world.destroy(guest)

    def cell(self, guest, load, fill, rate):
        """All systems under one workload."""
        options = self.bench.options
        where = {"load": load, "size": self.size, "fill": fill, "rate": rate}
        name = f"{self.size} MB, {fill}, {load} {rate}"
        try:
            filled = Filled(guest, load, fill, rate, options.link)
        except NoRoom as why:
            self.bench.say(f"{name}: impossible: {why}")
            self.impossible.append({**where, "why": str(why)})
            return
        for number in range(options.runs):
            # None is always the first, or always goes in one direction.
            turn = number % len(options.systems)
            for system in options.systems[turn:] + options.systems[:turn]:
                figures = measure(self.bench.world, guest, system,
                                  limit_s(self.size, options.link))
                run = {**where, "hot_mib": filled.hot_mib, **figures,
                       **filled.after(), "mb": figures["bytes"] / 1e6}
                self.runs.append(run)
                self.bench.say(
                    f"{name}, {system} {number + 1}/{options.runs}: "
                    f"{run['in_use']} pages in use, {run['pages']} sent, total "
                    f"{run['total_s']:.1f} s, gap {run['gap_s']:.2f} s")
        filled.finish()


def of(runs, key, **where):
    """One figure of all runs that are so; None where a system has none."""
    return [run.get(key) for run in runs
            if all(run[name] == value for name, value in where.items())]


def values(runs, name):
    """What a key is in these runs, in the order in which they were made."""
    return list(dict.fromkeys(run[name] for run in runs))


def cells(runs, *names):
    """Each combination of these keys that was run, as a dict."""
    return list({tuple(run[name] for name in names):
                 {name: run[name] for name in names} for run in runs}.values())


def show(runs, impossible):
    """A table for each workload."""
    for cell in cells(runs, "load", "size", "fill", "rate"):
        here = [run for run in runs if cell.items() <= run.items()]
        rows = [[system] + [spread(of(here, key, system=system), form)
                            for _, key, form in COLUMNS]
                for system in values(here, "system")]
        in_use = median(of(here, "in_use"))
        hot = here[0]["hot_mib"] * PAGES_PER_MIB / in_use
        table(f"{cell['size']} MB, {cell['fill']}, {cell['load']} {cell['rate']}: "
              f"{in_use:.0f} pages in use, {hot:.0%} of them hot; median "
              "(least..most) of "
              f"{len(of(here, 'total_s', system=here[0]['system']))}",
              ["system"] + [title for title, _, _ in COLUMNS], rows)
    for cell in impossible:
        print(f"{cell['size']} MB, {cell['fill']}, {cell['load']} {cell['rate']}: "
              f"impossible: {cell['why']}")


def worst(ratios):
    """The largest; NaN if one could not be measured, or if there is none."""
    if not ratios or any(math.isnan(ratio) for ratio in ratios):
        return math.nan
    return max(ratios)


def ratios(runs, key, above, below, along):
    """above / below of the medians, for each combination of the keys along.

    Where only one of both was run there is no ratio.
    """
    found = []
    for cell in cells(runs, *along):
        pair = [median(of(runs, key, **cell, **side)) for side in (above, below)]
        if not any(not of(runs, key, **cell, **side) for side in (above, below)):
            found.append(pair[0] / pair[1] if pair[1] > 0 else math.nan)
    return found


def judge_by_xl(runs, targets):
    """Ours by xl migrate's; of several sizes the worst."""
    for cell in cells(runs, "load", "fill", "rate"):
        for name, (key, limit) in COMPARED.items():
            here = [run for run in runs if cell.items() <= run.items()]
            found = ratios(here, key, {"system": "tsmc"}, {"system": XL}, ["size"])
            if found:
                targets.at_most(f"{name}_{cell['load']}_{cell['fill']}_{cell['rate']}",
                                worst(found), limit(cell["fill"], cell["rate"]))


def judge_by_use(runs, targets, rate):
    """Pages and time by what the pages in use need; the worst of all runs."""
    for system, most in PAGES_MOST.items():
        here = [run for run in runs if run["system"] == system]
        found = [median(of(here, "pages", **cell)) / median(of(here, "in_use", **cell))
                 for cell in cells(here, "load", "size", "fill", "rate")]
        if found:
            targets.at_most(f"pages_by_use_{system}", worst(found), most)
    for system, most in TIME_MOST.items():
        here = [run for run in runs if run["system"] == system]
        found = [median(of(here, "total_s", **cell))
                 / (median(of(here, "in_use", **cell)) * 4096 / rate)
                 for cell in cells(here, "load", "size", "fill", "rate")]
        if found:
            targets.at_most(f"time_by_link_{system}", worst(found), most)


def judge_growth(runs, targets):
    """Downtime by dirty rate and by size."""
    ours = [run for run in runs if run["system"] == "tsmc"]
    for name, above, below, along, most in (
            ("high_by_low", {"rate": "high"}, {"rate": "low"},
             ["load", "size", "fill"], HIGH_BY_LOW),
            ("large_by_small", {"size": LARGE_MB}, {"size": SMALL_MB},
             ["load", "fill", "rate"], LARGE_BY_SMALL)):
        found = ratios(ours, "gap_s", above, below, along)
        if found:
            targets.at_most(f"downtime_{name}", worst(found), most)


def judge(runs, targets, rate):
    """The targets that these runs can be judged by."""
    judge_by_xl(runs, targets)
    judge_by_use(runs, targets, rate)
    judge_growth(runs, targets)


def plot(runs, directory):
    """The paper's Figure 4 (low dirty rate) and 5 (high), one file for each
    load and fill."""
    for cell in cells(runs, "load", "fill", "rate"):
        here = [run for run in runs if cell.items() <= run.items()]
        number = 4 + RATES.index(cell["rate"])
        by_size(directory / f"figure{number}-{cell['load']}-{cell['fill']}.svg",
                f"{cell['rate']} dirty rate ({cell['load']}), "
                f"{FILLS[cell['fill']]:.0%} of the memory in use", here)
