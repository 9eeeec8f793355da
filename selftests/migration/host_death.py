# SPDX-License-Identifier: GPL-2.0-or-later
"""A host dies while guests come to it or leave it: what becomes of each of them.

Each death is one pair of hosts'. The guests stand at different moments when it comes.
"""
from faults import SOURCE, await_break, command_to, go_on, listen, prepare_at
from mover import debris
from workloads import ONE_OF_MANY, Workload, must_grow
from xenbed.wait import wait_until

LOAD = "memory --size 16 --hot 8 --threads 1 --rate 100 --scan 1"
# Of silence, before a source gives a target up, and for what it then has to do.
NOTICE_LIMIT_S = 150


class Move:
    """A guest that stands at a breakpoint of its migration from A to B."""

    def __init__(self, world, phase):
        self.world, self.phase = world, phase
        self.guest = world.guest(world.a, f"at-{phase}", memory_mb=128, extra=ONE_OF_MANY)
        self.load = Workload(self.guest, f"memory-{phase}", LOAD)
        command = command_to(world.b, self.guest)
        self.moving = world.a.start(prepare_at(f"{phase} break", world.a, world.b, command))
        self.here = world.a if phase in SOURCE else world.b
        await_break(self.here, phase, self.moving)

    def go_on(self):
        """On from the breakpoint, if that is on a host that lives."""
        if self.here.alive():
            go_on(self.here, self.phase)


def give_up(host, guest):
    """An operator says that the other host is gone for good."""
    wait_until(lambda: host.run(f"tsmc-agent abort --lost {guest.name}").status == 0, NOTICE_LIMIT_S,
               f"what is left of {guest.name} to be removed",
               lambda: host.run("xl list; ls /run/tsmc").output)


def nothing_left(host, guests):
    """Only these guests are on a host."""
    wait_until(lambda: not debris(host, guests), NOTICE_LIMIT_S, f"{host.name} to be clean",
               lambda: str(debris(host, guests)))


def says(move, what):
    """The source comes to say so."""
    wait_until(lambda: what in move.moving.output(), NOTICE_LIMIT_S,
               f"the source of {move.guest.name} to say '{what}'", move.moving.output)


def runs_on(move):
    """At the source, as if nothing had been."""
    must_grow(move.load)
    move.world.check_guest(move.guest)


def target_dies(world):
    """the target's host dies: guests stay that were not handed over, the other is given up"""
    listen(world.b)
    given, told, moving = moves = [Move(world, phase) for phase in ("given", "told", "moving")]
    world.b.kill()
    for move in moves:
        move.go_on()
    status, output = moving.moving.wait(NOTICE_LIMIT_S)
    assert status == 1, output
    says(told, "runs on here")
    says(given, "called again")
    # It would be told for ever; an operator knows better.
    world.a.run("pkill -INT -x tsmc-agent")
    for move in (told, given):
        move.moving.wait(NOTICE_LIMIT_S)
        give_up(world.a, move.guest)
    nothing_left(world.a, [moving.guest, told.guest])
    runs_on(moving)
    runs_on(told)


def source_dies(world):
    """the source's host dies: what had not come whole is given up, or never was"""
    listener = listen(world.b)
    owner, _ = moves = [Move(world, phase) for phase in ("owner", "incoming")]
    world.a.kill()
    for move in moves:
        move.go_on()
    wait_until(lambda: f"abort --lost {owner.guest.name}" in listener.output(), NOTICE_LIMIT_S,
               "the target to say what it waits for", listener.output)
    give_up(world.b, owner.guest)
    nothing_left(world.b, [])


DEATHS = (target_dies, source_dies)
