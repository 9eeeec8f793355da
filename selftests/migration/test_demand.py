# SPDX-License-Identifier: GPL-2.0-or-later
"""Pages that are touched before they are pushed."""
from workloads import Workload, must_grow

MEMORY = "memory --size 32 --hot 16 --threads 2 --rate 2000 --scan 4 --mix all"
SLOW_PUSH = "--push-interval 500 --push-batch 16"


def demand(world):
    """vCPUs that touch missing pages in every way get them on demand"""
    guest = world.guest(world.a, "eager", memory_mb=160)
    load = Workload(guest, "memory", MEMORY)
    for _ in range(2):
        report = world.there(guest, SLOW_PUSH)
        assert report["faults"] > 20, f"only {report['faults']} demand faults"
        must_grow(load)
    load.finish()
    world.destroy(guest)
    world.check_debris()


CASES = [demand]
