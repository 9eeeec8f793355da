# SPDX-License-Identifier: GPL-2.0-or-later
"""The end of a guest that was moved: who waits for it does what the configuration says."""
from mover import LIMIT_S, TOP, debris
from xenbed import paths
from xenbed.guest import BOOT_LIMIT_S
from xenbed.wait import wait_until

PROGRAM = TOP / "tools" / "xl-migrate" / "tsmc-xl-migrate"
END_LIMIT_S = 60


def moved(world, name, options, config=""):
    """A guest that tsmc-xl-migrate has moved, by ssh; its kernel is at the other host, too."""
    guest = world.guest(world.a, name, memory_mb=128, config=config)
    world.a.push(str(PROGRAM), "/root/")
    world.b.run(f"cp -u {paths.DOM0_BUILD}/images/guest.gz /root/", check=True)
    world.a.run(f"/root/{PROGRAM.name} {options} {name} {world.b.name}", timeout=LIMIT_S, check=True)
    guest.host = world.b
    return guest


def waiting(host):
    """Processes that wait for the end of a guest."""
    return host.run("pgrep -f -x 'tsmc-agent monitor .*'").output.split()


def log(host, name):
    """What was told of the end of a guest."""
    return host.run(f"cat /var/log/xen/tsmc-{name}.log").output


def restarted(world):
    """a guest that tsmc-xl-migrate has moved reboots at the target, and is gone when it powers off"""
    guest = moved(world, "restarted", "", 'on_reboot = "restart"\non_poweroff = "destroy"')
    assert len(waiting(world.b)) == 1, waiting(world.b)
    first, uuid = guest.domid(), world.b.run("xl list -v restarted | awk 'END { print $7 }'").output
    guest.run("reboot -f")
    wait_until(lambda: guest.domid() not in (None, first), BOOT_LIMIT_S, "the guest to be started anew",
               lambda: log(world.b, guest.name))
    guest.wait_up()
    assert world.b.run("xl list -v restarted | awk 'END { print $7 }'").output == uuid
    assert len(waiting(world.b)) == 1, log(world.b, guest.name)
    assert world.b.run("tsmc-agent monitor restarted").status == 1, "two wait for it"
    guest.run("poweroff -f")
    wait_until(lambda: guest.domid() is None, END_LIMIT_S, "the guest to be destroyed",
               lambda: log(world.b, guest.name))
    world.guests.remove(guest)
    wait_until(lambda: not waiting(world.b), END_LIMIT_S, "the monitor to end", lambda: log(world.b, guest.name))
    world.check_debris()


def let_go(world):
    """who waits ends when the guest moves on, and goes on when that comes to nothing"""
    guest = moved(world, "letgo", "")
    failed = world.b.run("tsmc-agent migrate --max-downtime 1 letgo hosta", timeout=LIMIT_S)
    assert failed.status == 1, failed
    assert len(waiting(world.b)) == 1, log(world.b, guest.name)
    world.there(guest)
    wait_until(lambda: not waiting(world.b), END_LIMIT_S, "the monitor to end", lambda: log(world.b, guest.name))
    world.destroy(guest)
    world.check_debris()


def nobody(world):
    """with -e nobody waits, and a guest that powers off stays in the list"""
    guest = moved(world, "nobody", "-e")
    assert not debris(world.b, [guest]), debris(world.b, [guest])
    guest.run("poweroff -f")
    wait_until(lambda: "s" in world.b.run("xl list nobody | awk 'END { print $5 }'").output, END_LIMIT_S,
               "the guest to shut down")
    world.b.run("xl destroy nobody", check=True)
    world.guests.remove(guest)
    world.check_debris()


LONG = [restarted, let_go, nobody]
