# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian packages on real hosts and in a whole Debian guest: installed, used, removed."""
import json
import subprocess

from mover import TOP
from workloads import MEMORY, Workload, must_grow

IMAGE = TOP / "build" / "images" / "debian-guest.img"
UNIT = "tsmc-guest.service"
BACKGROUND_MS = 10000  # not what the module has by itself
INSTALL_S = 120
NAMED = ("find / -xdev \\( -path /proc -o -path /sys -o -path /build -o -path /host -o -path /packages "
         "-o -path /tmp -o -path /var/log -o -path /var/lib/dpkg -o -path /root \\) -prune -o -name '*tsmc*' -print")


def named(place):
    """Files of a host or guest that have our name."""
    return set(place.run(f"{NAMED}; ls -d /run/tsmc* 2>/dev/null || :", check=True).output.split())


def agents_from_packages(world):
    """tsmc-agent is installed on both hosts, and is the one that runs"""
    world.before_packages = {}
    for host in world.bed.hosts:
        host.run("rm /usr/local/bin/tsmc-agent", check=True)
        world.before_packages[host] = named(host)
        host.run("dpkg -i /build/deb/tsmc-agent_*.deb", timeout=INSTALL_S, check=True)
        found = host.run("command -v tsmc-agent", check=True).output.strip()
        assert found == "/usr/sbin/tsmc-agent", found


def whole_guest(world):
    """a Debian with systemd boots, and the unit loads the module with its settings"""
    for host in world.bed.hosts:
        host.run("blockdev --flushbufs /dev/vdb", check=True)
    subprocess.run(["dd", f"if={IMAGE}", f"of={world.bed.directory}/san.img", "bs=1M", "conv=notrunc,sparse",
                    "status=none"], check=True)
    guest = world.debian = world.guest(world.a, "debian", memory_mb=512, full=True)
    guest.run("dpkg -i /packages/tsmc-tools_*.deb", timeout=INSTALL_S, check=True)
    guest.run(f"systemctl is-active {UNIT}", check=True)
    guest.run(f"echo 'SETTINGS=\"background-ms {BACKGROUND_MS}\"' >/etc/default/tsmc-guest && "
              f"systemctl restart {UNIT}", check=True)
    settings = json.loads(guest.run("tsmcctl set --json", check=True).output)
    assert settings["background_ms"] == BACKGROUND_MS, settings


def moved(world):
    """it moves in three stages, with its memory right, and keeps module and settings"""
    guest = world.debian
    load = Workload(guest, "memory", MEMORY)
    report = world.there(guest)
    assert report["mode"] == "tsmc", report["mode"]
    must_grow(load)
    load.finish()
    guest.run(f"systemctl is-active {UNIT}", check=True)
    settings = json.loads(guest.run("tsmcctl set --json", check=True).output)
    assert settings["background_ms"] == BACKGROUND_MS, settings
    world.check_debris()


def purged_in_guest(world):
    """a purge in the guest unloads the module and leaves nothing"""
    guest = world.debian
    guest.run("dpkg --purge tsmc-tools tsmc-dkms", timeout=INSTALL_S, check=True)
    loaded = guest.run("grep -c '^tsmc ' /proc/modules").output.strip()
    assert loaded == "0", "the module is still loaded"
    left = named(guest)
    assert not left, left
    world.destroy(guest)


def purged_on_hosts(world):
    """a purge in Dom0 leaves nothing"""
    for host in world.bed.hosts:
        host.run("dpkg --purge tsmc-agent", timeout=INSTALL_S, check=True)
        left = named(host) - world.before_packages[host]
        # Others of this run use it.
        host.run("cp /build/tsmc-agent /usr/local/bin/", check=True)
        assert not left, f"{host.name}: {left}"


CASES = [agents_from_packages, whole_guest, moved, purged_in_guest, purged_on_hosts]
