# SPDX-License-Identifier: GPL-2.0-or-later
"""The module in a kernel that looks for leaks and wrong locking itself.

Debian ships no such kernel: "make debug-kernel" builds one from its source.
"""
import re
import time

from test_module import LIMIT_S, PROGRAMS, SUSPENDED, suspend
from workloads import CODE, FILESYSTEM, MEMORY, Workload, must_grow

MEMORY_MB = 320
# What these do with the module is done many times besides.
CYCLES, CYCLES_LONG = 20, 100
LEFT_OUT = {"page_class", "state_operand", "load_unload", "tsmcctl.sh"}
KMEMLEAK = "/sys/kernel/debug/kmemleak"
PAGE_OWNER = "/sys/kernel/debug/page_owner"
# kmemleak says nothing of what was allocated less than 5 s ago.
OLD_ENOUGH_S = 6
# A page that a caller without a name got from the page allocator, and no other
# part of the kernel on its behalf: only code that has been unloaded has none.
PAGE_OF_UNLOADED = re.compile(r"^PFN .*\n(?: \w+\S*\+\S+\n){2,3} 0x[0-9a-f]{16}$",
                              re.M)


def verdict(good, what, details=""):
    """The output and status of a program that tested one thing."""
    if good:
        return f"ok 1 {what}", 0
    return f"not ok 1 {what}\n{details}", 1


def unreferenced(guest):
    """What kmemleak reports.

    An object is reported by the second scan that finds no pointer to it: the
    first only remembers its checksum.
    """
    ended = time.monotonic()
    old = False
    while not old:
        guest.run(f"echo scan >{KMEMLEAK}", timeout=LIMIT_S, check=True)
        old = time.monotonic() - ended > OLD_ENOUGH_S
    guest.run(f"echo scan >{KMEMLEAK}", timeout=LIMIT_S, check=True)
    return guest.run(f"cat {KMEMLEAK}", timeout=LIMIT_S, check=True).output


def pages_of_unloaded(guest):
    """Where the pages come from that code which is gone had allocated.

    kmemleak knows nothing of those that are not vmalloc's.
    """
    guest.run(f"grep -q ^PFN {PAGE_OWNER}", timeout=LIMIT_S, check=True)
    owners = guest.run(f"grep -B 4 '^ 0x' {PAGE_OWNER}", timeout=LIMIT_S).output
    return "\n".join(PAGE_OF_UNLOADED.findall(owners))


def without_module(guest):
    """The module goes, and what is left of it then."""
    guest.run("rmmod tsmc", check=True)
    locks = guest.run("grep debug_locks: /proc/lockdep_stats", check=True).output
    assert locks.split()[-1] == "1", \
        "lockdep is off after its first complaint:\n" + guest.run("dmesg").output
    leaks = unreferenced(guest)
    pages = pages_of_unloaded(guest)
    return [verdict(not leaks, "no memory is lost", leaks),
            verdict(not pages, "no page is lost", pages)]


def debug_kernel(world, cycles=CYCLES):
    """module in a debug kernel"""
    guest = world.guest(world.b, "debugged", memory_mb=MEMORY_MB, module=False,
                        debug=True, extra="page_owner=on")
    results = []
    for program in [f"load_unload_busy {cycles}"] + [program for program in PROGRAMS
                                                     if program not in LEFT_OUT]:
        status, output = guest.run(f"cd /selftests && ./{program}",
                                   timeout=LIMIT_S)
        results.append((output, status))
    results += [suspend(guest, program) for program in SUSPENDED]
    results += without_module(guest)
    world.destroy(guest)
    return results


def debug_kernel_long(world):
    """module in a debug kernel for long"""
    return debug_kernel(world, CYCLES_LONG)


def moved(world):
    """migrations of a debug kernel"""
    world.a.run("mkfs.ext4 -q -F -E nodiscard,lazy_itable_init=1 /dev/vdb 65536", timeout=120, check=True)
    guest = world.guest(world.a, "wary", memory_mb=MEMORY_MB, debug=True, disk=True, extra="page_owner=on")
    loads = [Workload(guest, "memory", MEMORY), Workload(guest, "code", CODE),
             Workload(guest, "filesystem", FILESYSTEM)]
    for options in ("", "--mode postcopy", "--mode precopy"):
        world.there(guest, options)
        must_grow(*loads)
    stays = world.mover.try_move(guest, guest.host, world.other(guest.host), "--max-downtime 1")
    assert stays.status == 1, stays.output
    must_grow(*loads)
    for load in loads:
        load.finish()
    results = without_module(guest)
    world.destroy(guest)
    world.check_debris()
    return [verdict(True, "the guest's own checks are clean in four migrations, one of them refused")] + results


CASES = [debug_kernel]
LONG = [debug_kernel_long, moved]
