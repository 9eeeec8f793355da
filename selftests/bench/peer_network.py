# SPDX-License-Identifier: GPL-2.0-or-later
"""The part that watches a guest's network throughput across a migration."""
from figures import median, spread, table
from measured import measure
from peer_matrix import limit_s, of, values
from plots import over_time
from systems import XL
from throughput import BEFORE_S, back_s, curve, samples_in
from workloads import Workload, must_grow

SIZE_MB = 256
PORT = 7200
SAMPLES = "/tmp/stream-samples"
# KiB/s: emulated hosts carry so much at an even speed beside a migration.
RATE = 128
AFTER_S = 15
BACK_MOST = 0.5


def uptime(host):
    """A Dom0's monotonic clock."""
    return float(host.run("cut -d' ' -f1 /proc/uptime", check=True).output)


class Stream:
    """From a guest to a Dom0, where it is checked and sampled."""

    def __init__(self, guest, host):
        self.server = Workload(
            host, "streamserver", "exec /build/workload/tcpstream "
            f"--listen {host.ip}:{PORT} --samples {SAMPLES}")
        self.client = Workload(
            guest, "streamclient", f"exec tcpstream --connect {host.ip}:{PORT} "
            f"--mode sink --rate {RATE}")

    def finish(self):
        """Every byte was right."""
        self.client.finish()
        self.server.finish()


def one(bench, guest, system):
    """One migration of a guest that sends a stream to the target's Dom0."""
    target = bench.world.other(guest.host)
    stream = Stream(guest, target)
    # The speed before is what is measured, so that it is waited out.
    target.run(f"sleep {BEFORE_S + 1}", check=True)
    began = uptime(target)
    figures = measure(bench.world, guest, system,
                      limit_s(SIZE_MB, bench.options.link))
    must_grow(stream.server)
    target.run(f"sleep {AFTER_S}", check=True)
    samples = samples_in(target.read(SAMPLES))
    stream.finish()
    return {**figures, "back_s": back_s(samples, began),
            "curve": curve(samples, began)}


def run(bench):
    """All systems in turns."""
    guest = bench.world.guest(bench.world.a, "stream", memory_mb=SIZE_MB, disk=True)
    runs = []
    for number in range(bench.options.runs):
        for system in bench.options.systems:
            runs.append(one(bench, guest, system))
            back = runs[-1]["back_s"]
            bench.say(f"network, {system} {number + 1}/{bench.options.runs}: "
                      + (f"back after {back:.1f} s" if back is not None else
                         "never back at its speed"))
    bench.world.destroy(guest)
    return runs


def show(runs):
    """The table."""
    table(f"network throughput, {SIZE_MB} MB; median (least..most)",
          ["system", "back at 90 %, s", "gap outside, s", "total, s"],
          [[system, *(spread(of(runs, key, system=system), form) for key, form in
                      (("back_s", ".1f"), ("gap_s", ".2f"), ("total_s", ".1f")))]
           for system in values(runs, "system")])


def judge(runs, targets):
    """Ours by xl migrate's."""
    if {"tsmc", XL} <= set(values(runs, "system")):
        targets.at_most("network_back", median(of(runs, "back_s", system="tsmc"))
                        / median(of(runs, "back_s", system=XL)), BACK_MOST)


def plot(runs, directory):
    """The paper's Figure 6: the first run of each system."""
    over_time(directory / "figure6.svg", "network throughput across a migration",
              {system: of(runs, "curve", system=system)[0]
               for system in values(runs, "system")})
