# SPDX-License-Identifier: GPL-2.0-or-later
"""Twenty migrations in a row, and nothing leaks."""
from mover import free_mib
from workloads import MEMORY, Workload, must_grow

MOVES = 20
LOOKS = 6  # at the workload, which itself never stops checking
SLACK_MIB = 1


def twenty(world):
    """20 migrations in a row under load: right memory, nothing left behind"""
    guest = world.guest(world.a, "runner", memory_mb=192)
    load = Workload(guest, "memory", MEMORY.replace("--size 48", "--size 24"))
    # The first pair makes what is allocated once, such as xenstored's tables.
    for _ in range(2):
        world.there(guest)
    before = free_mib(world.a), free_mib(world.b)
    for number in range(MOVES - 2):
        report = world.there(guest)
        assert report["mode"] == "tsmc", f"move {number + 3}: {report}"
        if number % LOOKS == 0:
            must_grow(load)
    after = free_mib(world.a), free_mib(world.b)
    # A domain's leak would be its 192 MiB or its tables; Xen's own heap moves a little.
    lost = [then - now for then, now in zip(before, after)]
    assert max(lost) <= SLACK_MIB, f"free memory of the hosts, MiB: {before}, then {after}"
    must_grow(load)
    load.finish()
    world.destroy(guest)
    world.check_debris()
    world.check_hosts()


CASES = [twenty]
