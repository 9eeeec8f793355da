# SPDX-License-Identifier: GPL-2.0-or-later
"""What is told of a migration while it goes on agrees with what it was."""
import json

from mover import debris
from workloads import Workload, must_grow
from xenbed.wait import wait_until

LOAD = "memory --size 24 --hot 8 --threads 2 --rate 1000 --scan 4"
EVENTS = "/tmp/events"
STEPS = ["reach", "copy", "plug", "rounds", "suspend", "switch", "give", "pages", "remove"]
LIMIT_S = 60


def events_on(host):
    """What was told there."""
    return [json.loads(line) for line in host.read(EVENTS).splitlines()]


def steps_in(events):
    """Steps in their order."""
    return [event["step"] for event in events if event["event"] == "step"]


def told(world):
    """events tell each step in its time, sums of the report, and the end"""
    guest = world.guest(world.a, "shown", memory_mb=128)
    load = Workload(guest, "memory-shown", LOAD)
    source, target = guest.host, world.other(guest.host)
    report = world.mover.move(guest, source, target, f"--events {EVENTS}")
    events = events_on(source)
    assert steps_in(events) == STEPS, events
    begun = {event["step"]: event["t_s"] for event in events if event["event"] == "step"}
    assert abs(begun["pages"] - begun["suspend"] - report["downtime_s"]) < 0.1, (begun, report["downtime_s"])
    last = [event for event in events if event["event"] == "progress"][-1]
    assert 0 < last["pages"] <= report["pages_transferred"], last
    for name, pages in last["classes"].items():
        assert pages <= sum(stage.get(name, 0) for stage in report["pages"].values()), name
    assert sum(event["new"] for event in events if event["event"] == "faults") == report["requests"], events
    assert events[-1]["event"] == "end" and events[-1]["result"] == "moved" and events[-1]["status"] == 0, events
    must_grow(load)
    load.finish()
    world.destroy(guest)
    world.check_debris()


def stopped(world):
    """an interrupt says what it does at once, and events tell the same"""
    guest = world.guest(world.a, "asked-back", memory_mb=128)
    load = Workload(guest, "memory-asked-back", LOAD)
    source, target = guest.host, world.other(guest.host)
    moving = source.start(world.mover.command(guest, target, f"--bwlimit 4 --events {EVENTS}"))
    try:
        wait_until(lambda: "stage one" in moving.output(), LIMIT_S, "stage one to begin", moving.output)
        source.run("pkill -INT -x tsmc-agent", check=True)
        status, output = moving.wait(LIMIT_S)
    finally:
        moving.forget()
    assert status == 1 and f"stopping: {guest.name} stays here" in output, output
    events = events_on(source)
    assert steps_in(events)[-1] == "stop" and events[-1]["result"] == "stayed", events
    must_grow(load)
    wait_until(lambda: not debris(target, []), LIMIT_S, "nothing to be left", lambda: str(debris(target, [])))
    load.finish()
    world.destroy(guest)
    world.check_debris()


CASES = [told]
LONG = [stopped]
