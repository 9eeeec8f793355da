# SPDX-License-Identifier: GPL-2.0-or-later
"""An observer outside the guest sees no longer gap than the agent reports."""
from outside import Outside, reconnection_s
from workloads import MEMORY, Workload, must_grow

# The emulated processors are noisy: the rule holds for most of so many moves.
MOVES = 3


def gap(world):
    """the gap seen from outside is the reported downtime and the reconnection"""
    guest = world.guest(world.a, "seen", memory_mb=160)
    load = Workload(guest, "memory", MEMORY)
    longer = []
    for _ in range(MOVES):
        with Outside(world.bed, guest) as outside:
            report = world.there(guest)
        back = reconnection_s(guest.host, world.mover.received(guest.host))
        seen = (f"gap {outside.sight.gap_s:.3f} s, reported downtime "
                f"{report['downtime_s']:.3f} s, interface back after {back:.3f} s")
        print(f"# {seen}", flush=True)
        if outside.sight.gap_s > 1.2 * report["downtime_s"] + back:
            longer.append(seen)
    assert len(longer) <= MOVES // 2, f"longer than reported: {longer}"
    must_grow(load)
    load.finish()
    world.destroy(guest)


LONG = [gap]
