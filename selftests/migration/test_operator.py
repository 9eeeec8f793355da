# SPDX-License-Identifier: GPL-2.0-or-later
"""What an operator does to a guest while it moves, on either side."""
from held import Held
from mover import debris
from workloads import Workload, must_grow
from xenbed.wait import wait_until

LOAD = "memory --size 24 --hot 8 --threads 2 --rate 1000 --scan 4"
BEGIN_LIMIT_S = 60
END_LIMIT_S = 120
# 40 pages a second.
SLOWER = "--push-interval 400 --push-batch 16 --prepull 0"
# xl gives a guest a minute to suspend.
SAVE_LIMIT_S = 120


def loaded(world, name):
    """A guest that checks its memory."""
    guest = world.guest(world.a, name, memory_mb=128)
    return guest, Workload(guest, f"memory-{name}", LOAD)


def wait_clean(host, guests):
    """Nothing but these guests is left on a host."""
    wait_until(lambda: not debris(host, guests), END_LIMIT_S, f"only {[g.name for g in guests]} to be left",
               lambda: str(debris(host, guests)))


def nothing_else(world):
    """Nothing but the guests that there are is left, on both hosts."""
    for host in (world.a, world.b):
        wait_clean(host, [g for g in world.guests if g.host is host])


def all_well(world, guest, load):
    """The guest goes on, and nothing else is left."""
    must_grow(load)
    nothing_else(world)


def state_of(host, name):
    """The letters that xl has for a domain, such as '--p---'; '' when there is none."""
    result = host.run(f"xl list {name}")
    return result.output.splitlines()[-1].split()[4] if result.status == 0 else ""


class StageOne:
    """A migration that is in stage one when the block begins."""

    def __init__(self, world, guest):
        self.source, self.target = guest.host, world.other(guest.host)
        self.moving = self.source.start(world.mover.command(guest, self.target, "--bwlimit 4"))

    def __enter__(self):
        wait_until(lambda: "stage one" in self.moving.output() or not self.moving.running(), BEGIN_LIMIT_S,
                   "stage one to begin", self.moving.output)
        assert self.moving.running(), self.moving.output()
        return self

    def __exit__(self, *_):
        self.moving.forget()

    def fails(self):
        """What the agent says in the end."""
        status, output = self.moving.wait(END_LIMIT_S)
        assert status == 1, f"status {status}: {output}"
        return output


def refusals(world):
    """in stage three save, another migration and unloading are refused; pause and unpause hold"""
    guest, load = loaded(world, "asked")
    with Held(world, guest, SLOWER) as held:
        target, source = held.target, held.source
        status, output = guest.run("rmmod tsmc")
        assert status and "tsmc" in guest.run("lsmod", check=True).output, output
        status, output = target.run(world.mover.command(guest, source))
        assert status == 1 and "another tsmc-agent" in output, output
        # The old copy cannot be woken.
        source.run(f"xl unpause {guest.name}--migratedaway")
        assert state_of(source, f"{guest.name}--migratedaway")[3] == "s"
        target.run(f"xl pause {guest.name}", check=True)
        assert "p" in state_of(target, guest.name)
        held.must_be_held("the guest was paused")
        target.run(f"xl unpause {guest.name}", check=True)
        must_grow(load)
        held.must_be_held("the guest was unpaused")
        saving = target.start(f"xl save {guest.name} /dev/null")
        wait_until(lambda: "not suspending" in guest.run("dmesg").output, 30,
                   "the guest to say that it does not suspend", saving.output)
        must_grow(load)
        held.complete()
        status, output = saving.wait(SAVE_LIMIT_S)
        saving.forget()
        assert status, output
        print(f"# xl save said: {output.splitlines()[-1]}", flush=True)
    all_well(world, guest, load)
    world.there(guest)
    load.finish()
    world.destroy(guest)
    world.check_debris()


def shut_down(world):
    """a guest that is shut down in stage three ends as it should"""
    guest, _ = loaded(world, "ending")
    with Held(world, guest) as held:
        held.target.run(f"xl shutdown {guest.name}", check=True)
        held.must_be_held("the guest was asked to shut down")
        held.complete()
        wait_until(lambda: state_of(held.target, guest.name)[3:4] in ("s", ""), END_LIMIT_S, "the guest to end",
                   lambda: state_of(held.target, guest.name))
        held.target.run(f"xl destroy {guest.name}")
    world.guests.remove(guest)
    world.check_debris()


def present(guest):
    """Frames of its memory that are where they belong."""
    command = f"/build/selftests/migration/present {guest.name} {guest.memory_mb * 256}"
    return int(guest.host.run(command, check=True).output)


def crashed(world):
    """a guest that crashes in stage three keeps all of its memory for a dump"""
    guest, _ = loaded(world, "crashing")
    before = present(guest)
    with Held(world, guest) as held:
        guest.run("(sleep 0.2; echo c >/proc/sysrq-trigger) >/dev/null 2>&1 </dev/null &")
        wait_until(lambda: "c" in state_of(held.target, guest.name), END_LIMIT_S, "the guest to crash",
                   lambda: state_of(held.target, guest.name))
        held.must_be_held("the guest crashed")
        assert present(guest) < before
        held.complete()
        # "xl dump-core" takes minutes here, also of a guest that has not moved.
        assert present(guest) == before
        held.target.run(f"xl destroy {guest.name}", check=True)
    world.guests.remove(guest)
    world.check_debris()


def destroyed_there(world):
    """a guest that is destroyed at the target in stage three is gone, and the source says what it keeps"""
    guest, _ = loaded(world, "doomed")
    with Held(world, guest) as held:
        held.target.run(f"xl destroy {guest.name}", check=True)
        assert held.end() == 3, held.said()
        assert "destroyed" in held.said() and "abort --lost" in held.moving.output(), held.said()
        held.source.run(f"tsmc-agent abort --lost {guest.name}", check=True)
    world.guests.remove(guest)
    world.check_debris()


def destroyed_here(world):
    """when the old copy is destroyed in stage three the guest is paused, and both sides say why"""
    guest, _ = loaded(world, "robbed")
    with Held(world, guest) as held:
        held.source.run(f"xl destroy {guest.name}--migratedaway", check=True)
        assert held.end() == 3, held.said()
        assert "was destroyed" in held.moving.output(), held.said()
        wait_until(lambda: "p" in state_of(held.target, guest.name), END_LIMIT_S, "the guest to be paused", held.said)
        held.target.run(f"tsmc-agent abort --lost {guest.name}", check=True)
        held.source.run(f"tsmc-agent abort --lost {guest.name}", check=True)
    world.guests.remove(guest)
    world.check_debris()


def paused_before(world):
    """a guest that is paused in stage one is not moved, and goes on when it is unpaused"""
    guest, load = loaded(world, "halted")
    # Its time goes on while it is paused: that looks like a lockup.
    guest.run("echo 60 >/proc/sys/kernel/watchdog_thresh", check=True)
    with StageOne(world, guest) as one:
        one.source.run(f"xl pause {guest.name}", check=True)
        said = one.fails()
        assert "is paused" in said, said
        one.source.run(f"xl unpause {guest.name}", check=True)
    all_well(world, guest, load)
    world.there(guest)
    all_well(world, guest, load)
    load.finish()
    world.destroy(guest)


def gone_before(world):
    """a guest that is shut down or destroyed in stage one leaves nothing"""
    for name, command in (("stopped", "xl shutdown -w"), ("removed", "xl destroy")):
        guest, _ = loaded(world, name)
        with StageOne(world, guest) as one:
            one.source.run(f"{command} {guest.name}", timeout=END_LIMIT_S, check=True)
            print(f"# {name}: {one.fails().splitlines()[-1]}", flush=True)
            one.source.run(f"xl destroy {guest.name}")
        world.guests.remove(guest)
        nothing_else(world)


def saved_before(world):
    """a guest that is saved in stage one is in its file, and nowhere else"""
    guest, load = loaded(world, "saved")
    with StageOne(world, guest) as one:
        one.source.run(f"xl save {guest.name} /var/tmp/saved", timeout=SAVE_LIMIT_S, check=True)
        said = one.fails()
        assert "somebody else" in said or "No such process" in said, said
        world.guests.remove(guest)
        nothing_else(world)
        world.guests.append(guest)
        one.source.run("xl restore /var/tmp/saved && rm /var/tmp/saved", timeout=SAVE_LIMIT_S, check=True)
    all_well(world, guest, load)
    world.there(guest)
    all_well(world, guest, load)
    load.finish()
    world.destroy(guest)


LONG = [refusals, shut_down, crashed, destroyed_there, destroyed_here, paused_before, gone_before,
        saved_before]
