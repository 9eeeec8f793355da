# SPDX-License-Identifier: GPL-2.0-or-later
"""What operators are told of guests and migrations."""
import json

from held import Held
from workloads import Workload, must_grow

LOAD = "memory --size 24 --hot 8 --threads 2 --rate 1000 --scan 4"


def listed(host):
    """What list tells programs of each guest of a host, by name."""
    said = host.run("tsmc-agent list --json", check=True).output
    return {one["name"]: one for one in json.loads(said)["guests"]}


def migrations(host, name):
    """What status tells programs of the migrations of a guest."""
    return json.loads(host.run(f"tsmc-agent status --json {name}", check=True).output)["migrations"]


def list_tells(world):
    """list tells memory, vCPUs, hints and why a guest cannot be migrated, as migrate does"""
    guest = world.guest(world.a, "listed", memory_mb=128)
    one = listed(guest.host)[guest.name]
    assert one["movable"] and one["hints"] and one["mode"] == "tsmc", one
    assert 120 * 1024 <= one["memory_kib"] <= 130 * 1024 and one["vcpus"] == guest.vcpus, one
    guest.run("rmmod tsmc", check=True)
    one = listed(guest.host)[guest.name]
    assert one["movable"] and not one["hints"] and one["mode"] == "precopy", one
    assert "not loaded" in one["no_hints"], one
    guest.run("modprobe tsmc", check=True)
    guest.host.run(f"xl pause {guest.name}", check=True)
    one = listed(guest.host)[guest.name]
    status, output = guest.host.run(world.mover.command(guest, world.other(guest.host)))
    guest.host.run(f"xl unpause {guest.name}", check=True)
    assert not one["movable"] and one["paused"] and "is paused" in one["why_not"], one
    assert status == 1 and one["why_not"] in output, output
    text = guest.host.run("tsmc-agent list", check=True).output
    assert any(line.split()[0] == guest.name and line.endswith("three stages")
               for line in text.splitlines()), text
    world.destroy(guest)


def status_tells(world):
    """in stage three status tells both sides whose the guest is; list, that an agent is busy with it"""
    guest = world.guest(world.a, "told", memory_mb=128)
    load = Workload(guest, "memory-told", LOAD)
    assert not migrations(world.a, guest.name) and not migrations(world.b, guest.name)
    with Held(world, guest) as held:
        here, there = (migrations(host, guest.name) for host in (held.source, held.target))
        busy = listed(held.target)[guest.name]
        held.must_be_held("both sides were asked")
        assert [(one["phase"], one["owner"], one["interrupted"]) for one in here] == [("given", "there", False)], here
        assert [(one["phase"], one["owner"], one["interrupted"]) for one in there] == [("owner", "here", False)], there
        assert here[0]["agent"] and there[0]["agent"] and here[0]["session"] == there[0]["session"]
        assert not busy["movable"] and "busy" in busy["why_not"], busy
        held.complete()
    must_grow(load)
    assert not migrations(world.a, guest.name) and not migrations(world.b, guest.name)
    load.finish()
    world.destroy(guest)
    world.check_debris()


CASES = [list_tells, status_tells]
