# SPDX-License-Identifier: GPL-2.0-or-later
"""The part that compares what an estimate tells with the migration that follows."""
import json

from dirtying import Filled
from figures import median, table
from measured import measure
from peer_matrix import cells, limit_s, of, worst
from systems import MODES

SIZE_MB = 256
LIMIT_S = 60
TOLD = "/tmp/bench-estimate.json"
OFF_MOST = 1.25
# What is told, what a run calls it, and a difference that says nothing: as
# large as what lies between runs that are alike.
FIGURES = {"readiness": ("readiness_s", "readiness_s", 0),
           "downtime": ("downtime_s", "downtime_s", 0),
           "recovery": ("recovery_s", "recovery_s", 0.1),
           "bytes": ("bytes_sent", "bytes", 0),
           "faults": ("faults", "faults", 40)}


def estimate(bench, guest):
    """All that an estimate for the bench's link tells of a guest."""
    guest.host.run(f"tsmc-agent estimate --rate {bench.options.link / 2**20:.3f} "
                   f"--json {TOLD} {guest.name}", timeout=LIMIT_S, check=True)
    return json.loads(guest.host.read(TOLD))


def one(bench, guest, mode):
    """An estimate and at once the migration."""
    told = estimate(bench, guest)
    return {**measure(bench.world, guest, mode, limit_s(SIZE_MB, bench.options.link)),
            "estimate": told, "told": told["modes"][mode]}


def run(bench):
    """Under each rate all modes in turns."""
    options, runs = bench.options, []
    guest = bench.world.guest(bench.world.a, "estimate", memory_mb=SIZE_MB, disk=True)
    for rate in options.rates:
        filled = Filled(guest, "own", "half", rate, options.link)
        for number in range(options.runs):
            for mode in (mode for mode in MODES if mode in options.systems):
                found = {"rate": rate, **one(bench, guest, mode), **filled.after()}
                runs.append(found)
                bench.say(f"estimate, {rate}, {mode} {number + 1}/{options.runs}: "
                          + ", ".join(f"{name} {value}" for name, value in
                                      pairs([found]).items()))
        filled.finish()
    bench.world.destroy(guest)
    return runs


def off(told, seen, slack):
    """How far off: the larger by the smaller; a difference within the slack is none."""
    if abs(told - seen) <= slack:
        return 1.0
    least = min(told, seen)
    return max(told, seen) / least if least > 0 else float("inf")


def pairs(runs):
    """Name of a figure to its medians, told / seen."""
    return {name: f"{median([run['told'][key] for run in runs]):.4g} / "
                  f"{median(of(runs, seen)):.4g}"
            for name, (key, seen, _) in FIGURES.items()}


def offs(runs, name):
    """How far off a figure was, in each run."""
    key, seen, slack = FIGURES[name]
    return [off(run["told"][key], run[seen], slack) for run in runs]


def show(runs):
    """The table."""
    rows = []
    for cell in cells(runs, "system", "rate"):
        here = [run for run in runs if cell.items() <= run.items()]
        rows.append([" ".join(cell.values())] + [
            f"{text} ({median(offs(here, name)):.2f})"
            for name, text in pairs(here).items()])
    table(f"estimate / what then happened, {SIZE_MB} MB, half; medians (how far off)",
          ["mode, rate", *FIGURES], rows)


def judge_figure(runs, name, targets):
    """One figure; of the modes and rates the worst."""
    found = [median(offs([run for run in runs if cell.items() <= run.items()], name))
             for cell in cells(runs, "system", "rate")]
    if found:
        targets.at_most(f"estimate_{name}", worst(found), OFF_MOST)


def judge(runs, targets):
    """All figures."""
    for name in FIGURES:
        judge_figure(runs, name, targets)
