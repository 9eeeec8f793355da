# SPDX-License-Identifier: GPL-2.0-or-later
"""How right the hot class is, and what it costs to know."""
import json
import re
import time

from figures import median
from order_loads import TRUTH, ZIPF
from workloads import Workload
from xenbed.wait import wait_until

SAMPLES_LIMIT_S = 60
# The first sample ends what came before; three intervals follow it.
INTERVALS = 3
FLAT_OUT = "exec access --pattern zipf --size 32 --rate 0 --samples /tmp/samples"
PHASES = 8
PHASE_S = 5
BIG = "exec access --pattern zipf --size 96 --rate 1000"


def request(guest, what):
    """Ask the guest's module for something, as tsmc-agent does."""
    guest.host.run(
        f"xenstore-write /local/domain/{guest.domid()}/data/tsmc/request "
        f"'{what}'", check=True)


def status(guest):
    """What the module says of itself."""
    return json.loads(guest.run("tsmcctl status --json", check=True).output)


def announce(guest):
    """Ask it to prepare, with a number that was never used before."""
    request(guest, f"prepare {time.time_ns()}")


def withdraw(guest):
    """Take the announcement back, and wait until that is heard."""
    request(guest, "finish")
    wait_until(lambda: status(guest)["state"] == "idle", 30,
               "the module to be idle")


def accuracy(guest, seed):
    """Precision and recall of a fresh workload's hot part."""
    load = Workload(guest, "access",
                    f"{ZIPF} --truth {TRUTH} --seed {seed}")
    wanted = status(guest)["samples"] + 1 + INTERVALS
    # In the guest, since a look from outside takes longer than an interval.
    watch = guest.start(
        "until [ $(tsmcctl status --json | tr ',' '\\n' | "
        f"sed -n 's/.*\"samples\": *//p' | tr -d ' }}') -ge {wanted} ]; do "
        f"usleep 20000; done; heatcheck {TRUTH}; tsmcctl status --json")
    try:
        announce(guest)
        ended = watch.wait(SAMPLES_LIMIT_S)
    finally:
        watch.forget()
    withdraw(guest)
    load.finish()
    found = re.search(r"precision=([\d.]+) recall=([\d.]+)", ended.output)
    if ended.status or not found:
        raise RuntimeError(f"heatcheck failed: {ended.output}")
    print("".join(f"#   {line}\n" for line in ended.output.splitlines()),
          end="", flush=True)
    return {"seed": seed, "precision": float(found.group(1)),
            "recall": float(found.group(2)), "said": ended.output}


def phases(text):
    """(state, accesses per second) of each phase that samples tell."""
    runs = []
    for line in text.splitlines():
        seconds, done, _epoch, state = line.split()
        row = float(seconds), int(done)
        if not runs or runs[-1][0] != int(state):
            runs.append((int(state), row, row))
        else:
            runs[-1] = int(state), runs[-1][1], row
    return [(state, (last[1] - first[1]) / (last[0] - first[0]))
            for state, first, last in runs
            if last[0] - first[0] > PHASE_S / 2]


def throughput(guest):
    """Speed flat out while tracking, by the speed without, in turns."""
    load = Workload(guest, "access", FLAT_OUT)
    node = f"/local/domain/{guest.domid()}/data/tsmc/request"
    number = time.time_ns()
    # The length of a phase is what is measured, so that it is slept out.
    guest.host.run(
        f"for i in $(seq {PHASES}); do sleep {PHASE_S}; "
        f"xenstore-write {node} \"prepare $(({number} + i))\"; "
        f"sleep {PHASE_S}; xenstore-write {node} finish; done; "
        f"sleep {PHASE_S}", timeout=(2 * PHASES + 1) * PHASE_S + 60, check=True)
    speeds = phases(guest.run("cat /tmp/samples", check=True).output)
    load.finish()
    ratios = [2 * speed / (speeds[i - 1][1] + speeds[i + 1][1])
              for i, (state, speed) in enumerate(speeds)
              if state == 1 and 0 < i < len(speeds) - 1]
    if len(ratios) < PHASES / 2:
        raise RuntimeError(f"only {len(ratios)} phases were told apart")
    return {"speeds": speeds, "ratios": ratios, "ratio": median(ratios)}


def settling(world, migrate):
    """What settling adds to the downtime of a guest of 1 GiB."""
    guest = world.guest(world.a, "big", memory_mb=1024)
    load = Workload(guest, "access", BIG)
    shares = []
    for _ in range(2):
        report = migrate(world, guest, "hints", lambda: None, rate=0)
        settle_s = status(guest)["settle_ns"] / 1e9
        rest_s = report["downtime_s"] - settle_s
        shares.append({"settle_s": settle_s,
                       "downtime_s": report["downtime_s"],
                       "share": settle_s / rest_s})
    load.finish()
    world.destroy(guest)
    return {"runs": shares, "share": median([s["share"] for s in shares])}
