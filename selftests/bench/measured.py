# SPDX-License-Identifier: GPL-2.0-or-later
"""One migration, measured from everywhere."""
import re

from outside import Outside
from systems import PAGES_PER_MIB, migrate


def dom0_cpu_s(bed):
    """CPU seconds that the Dom0s have used, as Xen counts them."""
    return sum(float(host.run("xl list Domain-0 | awk 'END { print $6 }'",
                              check=True).output) for host in bed.hosts)


def link_bytes(bed):
    """Bytes that the link has carried so far."""
    return sum(bed.link.stats()["bytes"])


def pages_in_use(guest):
    """Memory less what is free, as the guest says."""
    text = guest.run("cat /proc/meminfo", check=True).output
    free_kib = int(re.search(r"^MemFree: *(\d+) kB$", text, re.M).group(1))
    return guest.memory_mb * PAGES_PER_MIB - free_kib // 4


def measure(world, guest, system, timeout):
    """Migrate; return all figures but those that the workload tells."""
    in_use = pages_in_use(guest)
    cpu_s, sent = dom0_cpu_s(world.bed), link_bytes(world.bed)
    with Outside(world.bed, guest) as outside:
        figures = migrate(world, guest, system, timeout)
        figures["dom0_cpu_s"] = dom0_cpu_s(world.bed) - cpu_s
        figures["bytes"] = link_bytes(world.bed) - sent
    return {**figures, "system": system, "in_use": in_use,
            "gap_s": outside.sight.gap_s}
