# SPDX-License-Identifier: GPL-2.0-or-later
"""Several migrations at once."""
from workloads import Workload, must_grow

LOAD = "memory --size 16 --hot 8 --threads 1 --rate 40 --scan 1"
LIMIT_S = 300
# libxl gives a hotplug script 40 s; each host has one processor for Dom0 and its busy guests.
WEIGHT = "xl sched-credit2 -d Domain-0 -w 16384"


def four_at_once(world):
    """four guests move at once, two each way, and all are right"""
    for host in (world.a, world.b):
        host.run(WEIGHT)
    # The emulated processor lets no hypervisor see XSETBV: one guest's XCR0 shows in another's.
    guests = [world.guest(host, f"four{number}", memory_mb=128, extra="noxsave")
              for number, host in enumerate((world.a, world.b, world.a, world.b))]
    loads = [Workload(guest, f"memory-{guest.name}", LOAD) for guest in guests]
    moving = [guest.host.start(world.mover.command(guest, world.other(guest.host)))
              for guest in guests]
    for guest, move in zip(guests, moving):
        status, output = move.wait(LIMIT_S)
        move.forget()
        assert status == 0, f"{guest.name}: {output}"
        guest.host = world.other(guest.host)
    must_grow(*loads)
    world.check_debris()
    for guest, load in zip(guests, loads):
        load.finish()
        world.destroy(guest)


LONG = [four_at_once]
