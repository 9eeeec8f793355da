# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs and kernels that do hard things while pages are missing."""
import re

from held import Held
from workloads import CODE, FILESYSTEM, MEMORY, TcpStream, Workload, must_grow
from xenbed.wait import wait_until

LISTEN_LIMIT_S = 10
RUN_LIMIT_S = 60
# A processor goes when all others have stopped for it, and they wait for pages.
HOTPLUG_LIMIT_S = 60
RUNS = 2
# The guest's watchdog reports after 20 s.
STILL_S = 35
# 27 pages a second, and nothing but them: the program is to be before them.
SLOWER = "--push-interval 600 --push-batch 16 --prepull 0"
RETRIES = "/sys/kernel/debug/tsmc/state_retries"


def ask_at(guest, load):
    """Have the program write its pages when a migration begins, and use them at the target."""
    guest.run(f"""
        pid=$(cat /tmp/{load.name}.pid)
        (tsmc-wait announced && kill -USR1 $pid) >/dev/null 2>&1 </dev/null &
        (tsmc-wait resumed && kill -USR2 $pid) >/dev/null 2>&1 </dev/null &""", check=True)
    wait_until(lambda: guest.run("pidof tsmc-wait").output.count(" ") == 1, LISTEN_LIMIT_S,
               "two programs to listen to the module")


def instructions(world):
    """each instruction and system call of a list finds missing pages as it finds others"""
    guest = world.guest(world.a, "hard", memory_mb=160)
    load = Workload(guest, "hard", "exec hard")
    for run in range(1, RUNS + 1):
        ask_at(guest, load)
        with Held(world, guest, SLOWER) as held:
            wait_until(lambda: "ran kinds=" in load.text() and f"runs={run}" in load.text(), RUN_LIMIT_S,
                       "the program to do everything once", load.text)
            held.must_be_held("everything was done once")
            report = held.complete()
        refused = int(guest.run(f"cat {RETRIES}", check=True).output)
        print(f"# {refused} instructions were refused and run again", flush=True)
        failed = [line for line in load.text().splitlines() if " FAILED " in line]
        assert not failed, "\n".join(failed)
        kinds, impossible = map(int, re.findall(r"ran kinds=(\d+) impossible=(\d+)", load.text())[-1])
        print(f"# {kinds} things, {impossible} of them not possible on this processor", flush=True)
        assert report["faults"] > kinds - impossible, f"{report['faults']} faults only for {kinds} things"
        assert refused > 0, "none was refused: what is tested?"
    load.finish()
    world.destroy(guest)
    world.check_debris()


# The last block that holds memory: the kernel can empty it.
OFFLINE = """
	for block in $(ls -d /sys/devices/system/memory/memory* | sort -V -r); do
		grep -q online $block/state || continue
		echo offline >$block/state 2>/dev/null && break
	done
	sleep 0.5
	grep -l offline /sys/devices/system/memory/memory*/state
	for state in $(grep -l offline /sys/devices/system/memory/memory*/state); do
		echo online >$state
	done"""


def storm(world):
    """processors, memory and processes come and go, and disk and network are busy, in stage three"""
    world.a.run("mkfs.ext4 -q -F -E nodiscard,lazy_itable_init=1 /dev/vdb 65536", timeout=120, check=True)
    # The kernel keeps its own memory out of the last block, so that it can go.
    guest = world.guest(world.a, "storm", memory_mb=384, disk=True, extra="kernelcore=160M",
                        config="maxmem = 416")
    guest.run("echo always >/sys/kernel/mm/transparent_hugepage/enabled; "
              "echo 1 >/sys/kernel/mm/ksm/run", check=True)
    loads = [Workload(guest, "memory", MEMORY), Workload(guest, "code", CODE.replace("--rate 1", "--rate 3")),
             Workload(guest, "filesystem", FILESYSTEM), TcpStream(guest, world.a)]
    with Held(world, guest) as held:
        guest.run("cd /sys/devices/system/cpu/cpu1 && echo 0 >online && sleep 0.3 && echo 1 >online", check=True)
        held.target.run(f"xl vcpu-set {guest.name} 1", check=True)
        wait_until(lambda: guest.run("cat /sys/devices/system/cpu/online").output == "0\n",
                   HOTPLUG_LIMIT_S, "the guest to have one processor")
        held.target.run(f"xl vcpu-set --ignore-host {guest.name} 2", check=True)
        # It is a device of the kernel's anew, and for udev to switch on.
        wait_until(lambda: guest.run("echo 1 >/sys/devices/system/cpu/cpu1/online; "
                                     "cat /sys/devices/system/cpu/online").output.endswith("0-1\n"),
                   HOTPLUG_LIMIT_S, "the guest to have both processors again")
        held.must_be_held("processors went and came")
        blocks = guest.run(OFFLINE, timeout=60).output.split()
        print(f"# offline: {blocks}", flush=True)
        assert blocks, "no block of memory could go"
        held.must_be_held("a block of memory went and came")
        held.target.run(f"xl mem-set {guest.name} 352", check=True)
        must_grow(*loads)
        held.target.run(f"xl mem-set {guest.name} 384", check=True)
        must_grow(*loads)
        held.must_be_held("memory was taken and given")
        held.complete()
    must_grow(*loads)
    world.there(guest)
    for load in loads:
        load.finish()
    world.destroy(guest)
    world.check_debris()


def stands_still(world):
    """a guest that stands still for long while pages are missing knows of no lockup"""
    guest = world.guest(world.a, "still", memory_mb=160)
    load = Workload(guest, "memory", MEMORY)
    # Nobody is surprised by an idle processor that was idle.
    guest.run("for cpu in 0 1; do (while :; do :; done) >/dev/null 2>&1 </dev/null & "
              "echo $! >>/tmp/busy; done", check=True)
    with Held(world, guest) as held:
        held.target.run(f"xl pause {guest.name} && sleep {STILL_S} && xl unpause {guest.name}",
                        timeout=3 * STILL_S, check=True)
        must_grow(load)
        held.must_be_held("the guest went on")
        guest.run("kill $(cat /tmp/busy)", check=True)
        held.complete()
    load.finish()
    world.destroy(guest)
    world.check_debris()


LONG = [instructions, storm, stands_still]
