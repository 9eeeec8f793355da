# SPDX-License-Identifier: GPL-2.0-or-later
"""An observer outside the guest sees no longer gap than the agent reports."""
from outside import Outside, reconnection_s
from workloads import MEMORY, Workload, must_grow


def gap(world):
    """the gap seen from outside is the reported downtime and the reconnection"""
    guest = world.guest(world.a, "seen", memory_mb=160)
    load = Workload(guest, "memory", MEMORY)
    with Outside(world.bed, guest) as outside:
        report = world.there(guest)
    back = reconnection_s(world.b, world.mover.received())
    print(f"# gap {outside.sight.gap_s:.3f} s, reported downtime "
          f"{report['downtime_s']:.3f} s, interface back after {back:.3f} s",
          flush=True)
    allowed = 1.2 * report["downtime_s"] + back
    assert outside.sight.gap_s <= allowed, f"the gap is longer than {allowed:.3f} s"
    must_grow(load)
    load.finish()
    world.destroy(guest)


CASES = [gap]
