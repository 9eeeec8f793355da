# SPDX-License-Identifier: GPL-2.0-or-later
"""What operators are told of guests and migrations."""
import json
import re

from held import Held
from workloads import Workload, must_grow
from xenbed.wait import wait_until

COUNT_LIMIT_S = 30
LOAD = "memory --size 24 --hot 8 --threads 2 --rate 1000 --scan 4"


def listed(host):
    """What list tells programs of each guest of a host, by name."""
    said = host.run("tsmc-agent list --json", check=True).output
    return {one["name"]: one for one in json.loads(said)["guests"]}


def migrations(host, name):
    """What status tells programs of the migrations of a guest."""
    return json.loads(host.run(f"tsmc-agent status --json {name}", check=True).output)["migrations"]


def metrics(host):
    """What metrics prints, by name with labels."""
    said = host.run("tsmc-agent metrics", check=True).output
    return {name: float(value) for name, value in re.findall(r"^([a-z].*) (\S+)$", said, re.M)}


def rise(before, host):
    """By how much the metrics of a host have risen since then."""
    return {name: value - before[name] for name, value in metrics(host).items() if value != before[name]}


def counted(before, host, side, outcome):
    """What has risen on a host that is to count a migration; its agent may end after the other's."""
    name = f'tsmc_migrations_total{{side="{side}",outcome="{outcome}"}}'
    wait_until(lambda: name in rise(before[host], host), COUNT_LIMIT_S, f"{host.name} to count {name}",
               lambda: str(rise(before[host], host)))
    risen = rise(before[host], host)
    assert [value for key, value in risen.items() if key.startswith("tsmc_migrations_total")] == [1], risen
    return risen


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


def metrics_count(world):
    """a migration is counted once on each host, with its figures; one that fails, too"""
    guest = world.guest(world.a, "counted", memory_mb=128)
    source, target = guest.host, world.other(guest.host)
    before = {host: metrics(host) for host in (source, target)}
    report = world.there(guest)
    risen = counted(before, source, "source", "completed")
    here = {name.removeprefix("tsmc_migration_"): value for name, value in risen.items()}
    assert here["pages_total"] == report["pages_transferred"], (here, report["pages_transferred"])
    assert here['bytes_total{side="source",outcome="completed"}'] == report["bytes_sent"], here
    assert abs(here["downtime_seconds_total"] - report["downtime_s"]) < 1e-3, (here, report["downtime_s"])
    faults = counted(before, target, "target", "completed").get("tsmc_migration_faults_total", 0)
    assert faults == report["faults"], (faults, report["faults"])
    before = {host: metrics(host) for host in (source, target)}
    status, output = target.run(world.mover.command(guest, source, "--max-downtime 1"))
    assert status == 1, output
    counted(before, target, "source", "failed")
    counted(before, source, "target", "failed")
    for host in (source, target):
        assert not any("_open" in name and value for name, value in metrics(host).items())
    world.destroy(guest)
    world.check_debris()


CASES = [list_tells, metrics_count]
LONG = [status_tells]
