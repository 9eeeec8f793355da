# SPDX-License-Identifier: GPL-2.0-or-later
"""The part that measures what a page of stage one costs Dom0's processor."""
from dirtying import Filled
from figures import median, spread, table
from measured import measure
from peer_matrix import limit_s, of, values
from systems import XL

SIZE_MB = 256
# What a guest writes meanwhile would be another measurement: nearly nothing.
IDLE_LINK = 1_000_000
PER_CPU_LEAST = 1.0
COMPARED = [XL, "tsmc"]


def run(bench):
    """Both in turns, over a link without a limit."""
    guest = bench.world.guest(bench.world.a, "speed", memory_mb=SIZE_MB, disk=True)
    filled = Filled(guest, "own", "full", "low", IDLE_LINK)
    bench.bed.link.rate(0)
    runs = []
    for number in range(bench.options.runs):
        for system in COMPARED:
            figures = measure(bench.world, guest, system,
                              limit_s(SIZE_MB, bench.options.link))
            filled.after()
            per_cpu_s = figures["stage_one_pages"] / figures["stage_one_cpu_s"]
            runs.append({**figures, "pages_per_cpu_s": per_cpu_s})
            bench.say(f"speed, {system} {number + 1}/{bench.options.runs}: "
                      f"{figures['stage_one_pages']} pages in "
                      f"{figures['stage_one_cpu_s']:.2f} CPU s of Dom0")
    bench.bed.link.rate(bench.options.link)
    filled.finish()
    bench.world.destroy(guest)
    return runs


def show(runs):
    """The table."""
    table(f"stage one, link without a limit, {SIZE_MB} MB; median (least..most)",
          ["system", "pages per CPU s of Dom0", "total, s", "CPU of Dom0s, s"],
          [[system, *(spread(of(runs, key, system=system), form) for key, form in
                      (("pages_per_cpu_s", ".0f"), ("total_s", ".1f"),
                       ("dom0_cpu_s", ".1f")))]
           for system in values(runs, "system")])


def judge(runs, targets):
    """Ours by xl migrate's."""
    targets.at_least("stage_one_per_cpu",
                     median(of(runs, "pages_per_cpu_s", system="tsmc"))
                     / median(of(runs, "pages_per_cpu_s", system=XL)), PER_CPU_LEAST)
