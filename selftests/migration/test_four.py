# SPDX-License-Identifier: GPL-2.0-or-later
"""Several migrations at once."""
import json

from workloads import ONE_OF_MANY, Workload, must_grow

LOAD = "memory --size 16 --hot 8 --threads 1 --rate 40 --scan 1"
LIMIT_S = 300
# libxl gives a hotplug script 40 s; each host has one processor for Dom0 and its busy guests.
WEIGHT = "xl sched-credit2 -d Domain-0 -w 16384"
RATE = 3_000_000  # bytes/s of the link: less than two migrations one way could use
# Of the rates of two that go the same way.
FAIR = 1.5


def four_at_once(world):
    """four guests move at once, two each way, share the link fairly, and all are right"""
    for host in (world.a, world.b):
        host.run(WEIGHT)
    guests = [world.guest(host, f"four{number}", memory_mb=128, extra=ONE_OF_MANY)
              for number, host in enumerate((world.a, world.b, world.a, world.b))]
    loads = [Workload(guest, f"memory-{guest.name}", LOAD) for guest in guests]
    world.bed.link.rate(RATE)
    try:
        moving = [guest.host.start(world.mover.command(guest, world.other(guest.host),
                                                       f"--json /tmp/{guest.name}.json"))
                  for guest in guests]
        rates = []
        for guest, move in zip(guests, moving):
            status, output = move.wait(LIMIT_S)
            move.forget()
            assert status == 0, f"{guest.name}: {output}"
            report = json.loads(guest.host.read(f"/tmp/{guest.name}.json"))
            rates.append(report["bytes_sent"] / report["total_s"])
            guest.host = world.other(guest.host)
    finally:
        world.bed.link.rate(0)
    print(f"# bytes/s of each: {[round(rate) for rate in rates]}", flush=True)
    for first, second in (rates[0::2], rates[1::2]):
        assert 1 / FAIR <= first / second <= FAIR, rates
    must_grow(*loads)
    world.check_debris()
    for guest, load in zip(guests, loads):
        load.finish()
        world.destroy(guest)


LONG = [four_at_once]
