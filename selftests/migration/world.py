# SPDX-License-Identifier: GPL-2.0-or-later
"""What the cases of a run share: two hosts, the mover, kernel logs."""
import re
import threading

from mover import Mover, TOP, debris  # noqa: F401
from xenbed import Guest

# What a healthy kernel never prints.
KERNEL_TROUBLE = re.compile(
    r"WARNING: (CPU|possible|suspicious)|\bBUG:|\bOops\b|Call Trace|"
    r"general protection|soft lockup|hung_task|blocked for more than|"
    r"rcu.*stall|segfault|trap invalid opcode|I/O error|Kernel panic|"
    r"grant .*fail|page allocation failure|tsmc: (cannot|error)")
HYPERVISOR_TROUBLE = re.compile(
    r"domain_crash|Domain \d+ .*crashed|Assertion|Xen WARN|Xen BUG|"
    r"general protection|page fault", re.I)


def boot_lines(log):
    """How much of a kernel's log comes before anything of ours.

    What the kernel says of the emulated processor while it boots is no
    concern of a migration.
    """
    lines = log.splitlines()
    ours = [number for number, line in enumerate(lines) if "tsmc" in line]
    return ours[0] if ours else len(lines)


class World:
    """A testbed with a mover on it."""

    def __init__(self, bed):
        self.bed = bed
        self.a, self.b = bed.hosta, bed.hostb
        self.mover = Mover(bed)
        self.booted_lines = {host: len(host.run("dmesg", check=True).output.splitlines())
                             for host in (self.a, self.b)}
        self.guests = []
        self.created = 0
        self.numbering = threading.Lock()

    def close(self):
        """Stop listening."""
        self.mover.close()

    def other(self, host):
        """The host that this one is not."""
        return self.b if host is self.a else self.a

    def guest(self, host, name, **options):
        """A running guest."""
        with self.numbering:
            guest = Guest(name, ip=f"192.0.2.{50 + self.created}", **options)
            self.created += 1
        guest.create(host)
        guest.booted_lines = boot_lines(guest.run("dmesg", check=True).output)
        self.guests.append(guest)
        return guest

    def destroy(self, guest):
        """Remove a guest, after a look at its kernel's log."""
        self.check_guest(guest)
        guest.host.run(f"xl destroy {guest.name}", check=True)
        self.guests.remove(guest)

    def there(self, guest, options=""):
        """Move a guest to the other host with tsmc-agent."""
        report = self.mover.move(guest, guest.host, self.other(guest.host), options)
        print(f"# {guest.name} to {guest.host.name}: total {report['total_s']:.1f} s, "
              f"readiness {report['readiness_s']:.1f} s, "
              f"downtime {report['downtime_s']:.3f} s, holes "
              f"{report['missing_pages']}, faults {report['faults']}", flush=True)
        return report

    def check_debris(self):
        """Nothing is left of any migration but the guests."""
        for host in (self.a, self.b):
            here = [g for g in self.guests if g.host is host]
            found = debris(host, here)
            assert not found, f"{host.name} has left: {found}"

    @staticmethod
    def check_guest(guest):
        """The guest's kernel has nothing to complain of."""
        log = guest.run("dmesg", check=True).output.splitlines()
        found = [line for line in log[guest.booted_lines:]
                 if KERNEL_TROUBLE.search(line)]
        assert not found, f"{guest.name}'s kernel says: {found}"

    def check_hosts(self):
        """Neither have the Dom0s' kernels and the hypervisors."""
        for host in (self.a, self.b):
            log = host.run("dmesg", check=True).output.splitlines()
            found = [l for l in log[self.booted_lines[host]:] if KERNEL_TROUBLE.search(l)]
            assert not found, f"{host.name}'s kernel says: {found}"
            log = host.run("xl dmesg", check=True).output
            found = [l for l in log.splitlines() if HYPERVISOR_TROUBLE.search(l)]
            assert not found, f"{host.name}'s hypervisor says: {found}"
